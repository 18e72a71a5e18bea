package import GatewayModel

/// The acknowledgement frame of the firmware protocol, version 1: readings that are on disk.
///
/// A sensor may delete what it names and nothing else, hence it is made only after the commit.
///
/// - Source: `firmware-protocol/README.md`; the C twin is `kawamori_decode_ack`.
package struct AcknowledgementFrame: Sendable, Equatable {
    /// The first byte of the frame, `k`.
    package static let magic: UInt8 = 0x6B
    /// The most ranges that one frame carries.
    package static let maximumRangeCount = 255

    private static let headerByteCount = 16
    private static let rangeByteCount = 6

    /// Consecutive sequence numbers, modulo 2³².
    package struct SequenceRange: Sendable, Equatable {
        /// The first of them.
        package var firstSequence: UInt32
        /// How many there are; 1 to 65 535.
        package var count: UInt16

        package init(firstSequence: UInt32, count: UInt16) {
            self.firstSequence = firstSequence
            self.count = count
        }

        /// Whether `sequence` is one of them, across the wrap too.
        package func contains(_ sequence: UInt32) -> Bool {
            sequence &- firstSequence < UInt32(count)
        }
    }

    /// The device that the acknowledgement is for.
    package var deviceID: UInt64
    /// The boot that the sequence numbers belong to.
    package var bootCounter: UInt32
    /// One to `maximumRangeCount` ranges.
    package var ranges: [SequenceRange]

    package init(deviceID: UInt64, bootCounter: UInt32, ranges: [SequenceRange]) {
        self.deviceID = deviceID
        self.bootCounter = bootCounter
        self.ranges = ranges
    }

    /// The frames that acknowledge the given sequence numbers of one boot, in as few ranges as
    /// their order allows; numbers that follow one another join.
    ///
    /// - Parameters:
    ///   - sequences: in the order of the commit; empty gives no frame.
    ///   - deviceID: the device that sent them.
    ///   - bootCounter: the boot that they belong to.
    /// - Returns: the frames, in the order of the numbers.
    package static func frames(
        acknowledging sequences: [UInt32], deviceID: UInt64, bootCounter: UInt32
    ) -> [AcknowledgementFrame] {
        var frames: [AcknowledgementFrame] = []
        var ranges: [SequenceRange] = []
        for sequence in sequences {
            if let last = ranges.last, last.count < .max,
                sequence == last.firstSequence &+ UInt32(last.count)
            {
                ranges[ranges.count - 1].count += 1
                continue
            }
            if ranges.count == maximumRangeCount {
                frames.append(Self(deviceID: deviceID, bootCounter: bootCounter, ranges: ranges))
                ranges = []
            }
            ranges.append(SequenceRange(firstSequence: sequence, count: 1))
        }
        if !ranges.isEmpty {
            frames.append(Self(deviceID: deviceID, bootCounter: bootCounter, ranges: ranges))
        }
        return frames
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, no ranges or an empty range.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> AcknowledgementFrame {
        try FrameEnvelope.checkHead(bytes, magic: magic, reservedFlags: 0xFF)
        try FrameEnvelope.checkCount(bytes, atLeast: headerByteCount)
        let count = Int(bytes[3])
        try FrameEnvelope.checkTail(bytes, byteCount: byteCount(ofRanges: count))
        guard count > 0 else { throw DecodeError(.malformed, at: 3, "no ranges in the frame") }
        var frame = AcknowledgementFrame(
            deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            bootCounter: littleEndian(UInt32.self, at: 12, in: bytes), ranges: [])
        for index in 0..<count {
            let place = headerByteCount + index * rangeByteCount
            let range = SequenceRange(
                firstSequence: littleEndian(UInt32.self, at: place, in: bytes),
                count: littleEndian(UInt16.self, at: place + 4, in: bytes))
            guard range.count > 0 else {
                throw DecodeError(.malformed, at: place + 4, "a range of no readings")
            }
            frame.ranges.append(range)
        }
        return frame
    }

    /// Writes the frame.
    ///
    /// - Precondition: one to 255 ranges, none of them empty.
    package func encode() -> [UInt8] {
        precondition((1...Self.maximumRangeCount).contains(ranges.count), "1…255 ranges")
        precondition(ranges.allSatisfy { $0.count > 0 }, "no empty range")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount(ofRanges: ranges.count))
        bytes += [Self.magic, FrameEnvelope.version, 0, UInt8(ranges.count)]
        bytes.appendLittleEndian(deviceID)
        bytes.appendLittleEndian(bootCounter)
        for range in ranges {
            bytes.appendLittleEndian(range.firstSequence)
            bytes.appendLittleEndian(range.count)
        }
        FrameEnvelope.seal(&bytes)
        return bytes
    }

    private static func byteCount(ofRanges count: Int) -> Int {
        headerByteCount + count * rangeByteCount + FrameEnvelope.checksumByteCount
    }
}
