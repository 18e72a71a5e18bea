/// The number that a firmware device calls itself by, such as its EUI-64.
///
/// Written as sixteen hexadecimal digits, as on the label of a LoRaWAN module.
package struct DeviceID: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// Reads one to sixteen hexadecimal digits, with `:` or `-` between them or without; nil where
    /// `text` is not that, and for 0, which no device has.
    package init?(_ text: String) {
        let digits = text.filter { $0 != ":" && $0 != "-" }
        guard (1...16).contains(digits.utf8.count), let number = UInt64(digits, radix: 16),
            digits.allSatisfy(\.isHexDigit), number != 0
        else { return nil }
        self.number = number
    }

    /// Sixteen small hexadecimal digits.
    package var description: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    package static func < (left: DeviceID, right: DeviceID) -> Bool { left.number < right.number }
}
