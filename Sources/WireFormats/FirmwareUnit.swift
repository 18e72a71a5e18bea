/// A unit code of the firmware protocol. Codes that are not known here are kept as they are: the
/// reading's unit then matches no sensor's, and it goes to the quarantine with its code's number.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Units"; the names are SenML's (RFC 8428 §12.1,
///   RFC 8798).
package struct FirmwareUnit: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The unit that the station file gives the sensor.
    package static let configured = FirmwareUnit(rawValue: 0)
    /// Millimetres.
    package static let millimetre = FirmwareUnit(rawValue: 1)
    /// Metres.
    package static let metre = FirmwareUnit(rawValue: 3)

    private static let names = [
        "mm", "cm", "m", "Cel", "%RH", "Pa", "hPa", "V", "mV", "A", "m/s", "m3/s", "count", "lx",
        "deg",
    ]

    /// The unit's name in a reading; nil for `configured`.
    package var name: String? {
        if self == .configured { return nil }
        let index = Int(rawValue) - 1
        return index < Self.names.count ? Self.names[index] : "unit code \(rawValue)"
    }
}
