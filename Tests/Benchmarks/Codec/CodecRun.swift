import CCodecPeers
import WireFormats

/// Decoding of single-reading firmware frames, CRC checked and reading taken, in Swift and in C.
package struct CodecRun {
    /// Frames per second on one core.
    package struct Result: Sendable {
        package var swiftFramesPerSecond: Double
        /// The header as a microcontroller uses it, with its table of 64 bytes.
        package var smallTableFramesPerSecond: Double
        /// The header with the Swift codec's way of reckoning the CRC.
        package var largeTableFramesPerSecond: Double
    }

    /// Many different frames, one behind the other, each of `frameByteCount`.
    private let frames: [UInt8]
    private let frameByteCount: Int
    private let frameCount = 1024

    package init() {
        var frames: [UInt8] = []
        for number in 0..<UInt32(frameCount) {
            frames += FirmwareFrame(
                wantsAcknowledgement: true, deviceID: UInt64(number), bootCounter: 7,
                firstSequence: number, clock: .unix(seconds: 1_795_000_000 + number)
            ).encode([.init(value: Int32(number))])
        }
        self.frames = frames
        frameByteCount = frames.count / frameCount
    }

    /// Measures each codec in turn, round by round, and takes each one's best round.
    ///
    /// - Parameters:
    ///   - rounds: how often.
    ///   - passes: how many times all frames are decoded in a round.
    ///   - nanoseconds: a monotonic clock.
    /// - Returns: what was measured.
    package func measure(rounds: Int, passes: Int, nanoseconds: () -> Int64) -> Result {
        var best = [Int64](repeating: .max, count: 3)
        let work: [() -> UInt64] = [decodeInSwift, decodeWithSmallTable, decodeWithLargeTable]
        let expected = UInt64(passes) * UInt64(frameCount * (frameCount - 1) / 2)
        for _ in 0..<rounds {
            for (index, body) in work.enumerated() {
                let began = nanoseconds()
                var sum: UInt64 = 0
                for _ in 0..<passes { sum &+= body() }
                best[index] = min(best[index], nanoseconds() - began)
                precondition(sum == expected, "every frame is decoded")
            }
        }
        let count = Double(frameCount * passes)
        return Result(
            swiftFramesPerSecond: count * 1e9 / Double(best[0]),
            smallTableFramesPerSecond: count * 1e9 / Double(best[1]),
            largeTableFramesPerSecond: count * 1e9 / Double(best[2]))
    }

    private func decodeInSwift() -> UInt64 {
        var sum: UInt64 = 0
        let all = frames.span
        for index in 0..<frameCount {
            let start = index * frameByteCount
            let bytes = all.extracting(start..<start + frameByteCount)
            guard let frame = try? FirmwareFrame.decode(bytes) else { continue }
            sum &+= UInt64(frame.reading(at: 0, in: bytes).value)
        }
        return sum
    }

    private func decodeWithSmallTable() -> UInt64 {
        // The array holds so many frames of that size, and C only reads them.
        unsafe codec_peer_small(frames, frameByteCount, frameCount)
    }

    private func decodeWithLargeTable() -> UInt64 {
        // As above.
        unsafe codec_peer_large(frames, frameByteCount, frameCount)
    }
}
