import Foundation
package import GatewayModel
import WireFormats

/// `kawamori decode`: from a payload to JSON lines, by the decoders of the daemon.
package enum PayloadDecoding {
    /// The formats, as the command line names them.
    package enum Format: String, Sendable, CaseIterable {
        case firmware
        case senMLJSON = "senml-json"
        case json
        case chirpStack = "chirpstack"
        case camera
    }

    /// One JSON line per sample or detection.
    ///
    /// - Parameters:
    ///   - payload: the message.
    ///   - format: its format.
    ///   - fields: where plain JSON has its fields; nil for the house's own names.
    /// - Returns: the lines, without line ends.
    /// - Throws: what is wrong, and at which byte.
    package static func lines(
        _ payload: [UInt8], format: Format, fields: GatewayConfiguration.TopicFields?
    ) throws(DecodeError) -> [String] {
        let now = SystemClock().now()
        let wireFormat: PayloadFormat
        switch format {
        case .camera: return [line(try CameraEvent.decode(payload.span))]
        case .firmware: wireFormat = .firmware
        case .senMLJSON: wireFormat = .senmlJSON
        case .json: wireFormat = .json
        case .chirpStack: wireFormat = .chirpStack
        }
        var readings: [DecodedReading] = []
        try PayloadFormat.decodeReadings(
            payload.span, format: wireFormat, receivedAt: now,
            fields: fields.map(AdapterCatalog.fields) ?? JSONFieldMap(), into: &readings)
        return readings.map(line)
    }

    /// The bytes that hexadecimal text stands for.
    ///
    /// - Parameter text: digits in pairs; white space is passed over.
    /// - Returns: the bytes.
    /// - Throws: `malformed` at the first byte that is no digit.
    package static func bytes(hexadecimal text: [UInt8]) throws(DecodeError) -> [UInt8] {
        var digits: [UInt8] = []
        for (offset, byte) in text.enumerated() {
            if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { continue }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw DecodeError(.malformed, at: offset, "this is no hexadecimal digit")
            }
            digits.append(UInt8(digit))
        }
        guard digits.count.isMultiple(of: 2) else {
            throw DecodeError(.truncated, at: text.count, "the last byte has only one digit")
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    // MARK: - Writing

    private struct ReadingLine: Encodable {
        var name: String?
        var value: Double?
        var unit: String?
        var time: String?
        var boot: UInt32?
        var sequence: UInt32?
        var error: UInt16?
        var batteryMillivolts: UInt16?
        var signalDBm: Int8?
        var measurements: UInt8?
        var valid: UInt8?
        var spread: Double?
        var device: String?

        enum CodingKeys: String, CodingKey {
            case name, value, unit, time, boot, sequence, error, measurements, valid, spread, device
            case signalDBm = "signal_dbm"
            case batteryMillivolts = "battery_mv"
        }
    }

    private struct DetectionLine: Encodable {
        var eventID: String
        var species: String
        var confidence: Double
        var box: [Double]?
        var time: String?
        var imageByteCount: Int?
        var mediaType: String?

        enum CodingKeys: String, CodingKey {
            case species, confidence, box, time
            case eventID = "event_id"
            case imageByteCount = "image_bytes"
            case mediaType = "media_type"
        }
    }

    private static func line(_ reading: DecodedReading) -> String {
        var line = ReadingLine(
            name: reading.name, value: reading.rawValue, unit: reading.unit,
            time: reading.deviceTime?.rfc3339(),
            error: reading.errorCode == 0 ? nil : reading.errorCode,
            batteryMillivolts: reading.batteryMillivolts == 0 ? nil : reading.batteryMillivolts,
            signalDBm: reading.signalDBm, measurements: reading.burst?.pingCount,
            valid: reading.burst?.validCount, spread: reading.burst.map { Double($0.spread) },
            device: reading.deviceID.map { String($0, radix: 16) })
        if case .sequence(let boot, let sequence) = reading.identity {
            line.boot = boot
            line.sequence = sequence
        }
        return encoded(line)
    }

    private static func line(_ detection: DecodedDetection) -> String {
        encoded(
            DetectionLine(
                eventID: detection.eventID, species: detection.species,
                confidence: detection.confidence,
                box: detection.box.map { [$0.x, $0.y, $0.width, $0.height] },
                time: detection.cameraTime?.rfc3339(), imageByteCount: detection.image?.count,
                mediaType: detection.mediaType))
    }

    private static func encoded(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("decoded values are finite and always encode: \(error)")
        }
    }
}
