package import GatewayModel

/// The acknowledgement frame of the firmware protocol: what is on disk of one boot, and what is
/// missing there.
///
/// A sensor may delete what it names as stored and nothing else, hence it is made only after the
/// commit.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Acknowledgement"; the C twin is
///   `kawamori_decode_ack`.
package struct AcknowledgementFrame: Sendable, Equatable {
    /// The first byte of the frame, `k`.
    package static let magic: UInt8 = 0x6B
    /// The most runs that one frame carries.
    package static let maximumRunCount = 255

    private static let headerByteCount = 20
    private static let runByteCount = 4
    private static let cumulativeFlag: UInt8 = 0x01
    private static let sendAgainFlag: UInt8 = 0x02

    /// Readings that are on disk, then readings that the gateway does not have.
    package struct Run: Sendable, Equatable, BitwiseCopyable {
        /// 0 only in the first run.
        package var storedCount: UInt16
        /// 0 only in the last run.
        package var missingCount: UInt16

        package init(storedCount: UInt16, missingCount: UInt16 = 0) {
            self.storedCount = storedCount
            self.missingCount = missingCount
        }
    }

    /// What a frame says of one reading.
    package enum Verdict: Sendable, Equatable {
        /// On disk, or settled: the sensor may forget it.
        case stored
        /// The gateway does not have it.
        case missing
        /// Nothing.
        case notNamed
    }

    /// The device that the acknowledgement is for.
    package var deviceID: UInt64
    /// The boot that the sequence numbers belong to.
    package var bootCounter: UInt32
    /// Where the runs begin.
    package var firstSequence: UInt32
    /// Whether everything of this boot before `firstSequence` is on disk, or known to be lost.
    package var isCumulative: Bool
    /// Whether the sensor is asked to send what is missing again, now.
    package var asksAgain: Bool
    /// Up to `maximumRunCount`; none only where the frame is cumulative.
    package var runs: [Run]
    /// The signature of a decoded frame, still to be verified.
    package private(set) var seal: FrameSeal?

    package init(
        deviceID: UInt64, bootCounter: UInt32, firstSequence: UInt32, isCumulative: Bool = false,
        asksAgain: Bool = false, runs: [Run]
    ) {
        self.deviceID = deviceID
        self.bootCounter = bootCounter
        self.firstSequence = firstSequence
        self.isCumulative = isCumulative
        self.asksAgain = asksAgain
        self.runs = runs
    }

    /// The bytes of a frame.
    package static func byteCount(runs: Int, isSigned: Bool) -> Int {
        headerByteCount + runs * runByteCount + (isSigned ? 9 : 0) + 4
    }

    /// How many readings the runs name as stored.
    package var storedCount: Int { runs.reduce(0) { $0 + Int($1.storedCount) } }

    /// The sequence numbers that the runs name as stored, in order.
    package var storedSequences: [UInt32] {
        var next = firstSequence
        var sequences: [UInt32] = []
        for run in runs {
            for _ in 0..<run.storedCount {
                sequences.append(next)
                next &+= 1
            }
            next &+= UInt32(run.missingCount)
        }
        return sequences
    }

    /// What the frame says of a reading of its boot; numbers are compared modulo 2³².
    package func verdict(on sequence: UInt32) -> Verdict {
        var offset = sequence &- firstSequence
        if offset >= 0x8000_0000 { return isCumulative ? .stored : .notNamed }
        for run in runs {
            if offset < UInt32(run.storedCount) { return .stored }
            offset -= UInt32(run.storedCount)
            if offset < UInt32(run.missingCount) { return .missing }
            offset -= UInt32(run.missingCount)
        }
        return .notNamed
    }

    /// The frames that acknowledge the given sequence numbers of one boot and claim nothing else, in
    /// as few runs as their order allows; numbers that follow one another join.
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
        var next: UInt32 = 0
        for sequence in sequences {
            let gap = sequence &- next
            if var frame = frames.popLast() {
                let last = frame.runs.count - 1
                if gap == 0, frame.runs[last].storedCount < .max {
                    frame.runs[last].storedCount += 1
                } else if gap > 0, gap <= UInt16.max, frame.runs.count < maximumRunCount {
                    frame.runs[last].missingCount = UInt16(gap)
                    frame.runs.append(Run(storedCount: 1))
                } else {
                    frames.append(frame)
                    frame = Self(
                        deviceID: deviceID, bootCounter: bootCounter, firstSequence: sequence,
                        runs: [Run(storedCount: 1)])
                }
                frames.append(frame)
            } else {
                frames.append(
                    Self(
                        deviceID: deviceID, bootCounter: bootCounter, firstSequence: sequence,
                        runs: [Run(storedCount: 1)]))
            }
            next = sequence &+ 1
        }
        return frames
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, nothing said, and runs that say nothing.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> AcknowledgementFrame {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0x63, headerByteCount: headerByteCount)
        let count = Int(bytes[3])
        let tail = try FrameEnvelope.checkTail(
            bytes, bodyByteCount: headerByteCount + count * runByteCount)
        var frame = AcknowledgementFrame(
            deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            bootCounter: littleEndian(UInt32.self, at: 12, in: bytes),
            firstSequence: littleEndian(UInt32.self, at: 16, in: bytes),
            isCumulative: bytes[2] & cumulativeFlag != 0,
            asksAgain: bytes[2] & sendAgainFlag != 0, runs: [])
        frame.seal = tail.seal
        guard count > 0 || frame.isCumulative else {
            throw DecodeError(.malformed, at: 3, "the frame acknowledges nothing")
        }
        frame.runs.reserveCapacity(count)
        for index in 0..<count {
            let place = headerByteCount + index * runByteCount
            let run = Run(
                storedCount: littleEndian(UInt16.self, at: place, in: bytes),
                missingCount: littleEndian(UInt16.self, at: place + 2, in: bytes))
            guard fits(run, at: index, of: count) else {
                throw DecodeError(
                    .malformed, at: place,
                    "a run of \(run.storedCount) stored and \(run.missingCount) missing readings")
            }
            frame.runs.append(run)
        }
        return frame
    }

    /// Writes the frame.
    ///
    /// - Parameter signer: who signs it; nil leaves it unsigned.
    /// - Returns: the frame's bytes.
    /// - Precondition: at most 255 runs, none only in a cumulative frame, and each says something.
    package func encode(signer: FrameSigner? = nil) -> [UInt8] {
        precondition(runs.count <= Self.maximumRunCount, "at most 255 runs")
        precondition(!runs.isEmpty || isCumulative, "a frame that acknowledges something")
        let flags = (isCumulative ? Self.cumulativeFlag : 0) | (asksAgain ? Self.sendAgainFlag : 0)
        var bytes = FrameEnvelope.begin(
            magic: Self.magic, flags: flags, fourth: UInt8(runs.count), deviceID: deviceID,
            byteCount: Self.headerByteCount + runs.count * Self.runByteCount)
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(firstSequence)
        for (index, run) in runs.enumerated() {
            precondition(Self.fits(run, at: index, of: runs.count), "runs that say something")
            bytes.appendLittleEndian(run.storedCount)
            bytes.appendLittleEndian(run.missingCount)
        }
        FrameEnvelope.finish(&bytes, deviceID: deviceID, signer: signer)
        return bytes
    }

    private static func fits(_ run: Run, at index: Int, of count: Int) -> Bool {
        if run.storedCount == 0, run.missingCount == 0 { return false }
        return (run.storedCount > 0 || index == 0) && (run.missingCount > 0 || index == count - 1)
    }
}
