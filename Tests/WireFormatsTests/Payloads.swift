import GatewayModel

@testable import WireFormats

/// 2017-06-29T23:49:39Z, the moment of receipt of the resolved examples of RFC 8428.
let receipt = GatewayInstant(
    monotonicNanoseconds: 5_000_000_000, utc: UTCInstant(milliseconds: 1_498_780_179_000),
    quality: .synchronised)

/// Decodes text or bytes, and gives what came of it.
func decode(
    _ payload: some Sequence<UInt8>, _ format: PayloadFormat,
    fields: JSONFieldMap = JSONFieldMap()
) throws(DecodeError) -> [DecodedReading] {
    var readings: [DecodedReading] = []
    let bytes = Array(payload)
    try PayloadFormat.decodeReadings(
        bytes.span, format: format, receivedAt: receipt, fields: fields, into: &readings)
    return readings
}

/// The reason and place for which a payload is refused; nil where it is accepted.
func fault(_ payload: some Sequence<UInt8>, _ format: PayloadFormat) -> DecodeError? {
    do {
        _ = try decode(payload, format)
        return nil
    } catch {
        return error
    }
}

/// The same for a camera's detection.
func cameraFault(_ payload: some Sequence<UInt8>) -> DecodeError? {
    do {
        let bytes = Array(payload)
        _ = try CameraEvent.decode(bytes.span)
        return nil
    } catch {
        return error
    }
}

/// The same for an acknowledgement frame.
func acknowledgementFault(_ payload: some Sequence<UInt8>) -> DecodeError? {
    do {
        let bytes = Array(payload)
        _ = try AcknowledgementFrame.decode(bytes.span)
        return nil
    } catch {
        return error
    }
}

/// A repeatable source of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
