import GatewayModel
import TestSupport
import WireFormats

/// Which readings a fleet has been told are on disk, and may have deleted.
struct AcknowledgedReadings {
    /// Boot counter and sequence of each, by sensor.
    private(set) var readings: [String: Set<ReadingNumber>] = [:]

    struct ReadingNumber: Hashable, Comparable {
        let boot: UInt32
        let sequence: UInt32

        static func < (one: Self, other: Self) -> Bool {
            (one.boot, one.sequence) < (other.boot, other.sequence)
        }
    }

    var count: Int { readings.values.reduce(0) { $0 + $1.count } }

    /// Takes what stood on a machine's console: lines of `ack TOPIC HEX`, among others.
    ///
    /// The last line may be cut off, and then never reached anybody.
    ///
    /// - Throws: where a whole line holds no acknowledgement frame.
    mutating func take(console: String) throws {
        let lines = console.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        for line in lines where line.hasPrefix("ack ") {
            let words = line.split(separator: " ")
            guard words.count == 3, let bytes = Self.bytes(hex: words[2]) else {
                throw TestSupportError("no acknowledgement: \(line)")
            }
            let sensor = String(words[1].split(separator: "/").dropLast().last ?? "")
            let frame = try AcknowledgementFrame.decode(bytes.span)
            var sequences = Set(frame.storedSequences)
            // Everything before counts from the boot's first reading, which is number 0.
            if frame.isCumulative { sequences.formUnion(0..<frame.firstSequence) }
            readings[sensor, default: []].formUnion(
                sequences.map { ReadingNumber(boot: frame.bootCounter, sequence: $0) })
        }
    }

    /// How many readings of each sensor are not among the stored ones; sensors that miss none are left
    /// out.
    func missing(from stored: [String: Set<ReadingNumber>]) -> [String: Int] {
        var missing: [String: Int] = [:]
        for (sensor, readings) in readings {
            let count = readings.subtracting(stored[sensor] ?? []).count
            if count > 0 { missing[sensor] = count }
        }
        return missing
    }

    /// The bytes of a text of hexadecimal digits; nil where it is none.
    private static func bytes(hex: Substring) -> [UInt8]? {
        let digits = Array(hex)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[place...place + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
