import GatewayModel
import Testing
import WireFormats

@Suite struct AcknowledgementFrameTests {
    @Test(arguments: ProtocolVector.of(.ack))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test func `numbers that follow one another join, across the wrap too`() {
        let frames = AcknowledgementFrame.frames(
            acknowledging: [5, 6, 7, 9, .max - 1, .max, 0, 1, 9], deviceID: 3, bootCounter: 2)
        #expect(frames.map(\.firstSequence) == [5, .max - 1])
        #expect(
            frames.map(\.runs) == [
                [.init(storedCount: 3, missingCount: 1), .init(storedCount: 1)],
                [.init(storedCount: 4, missingCount: 7), .init(storedCount: 1)],
            ])
        #expect(frames.map(\.storedSequences) == [[5, 6, 7, 9], [.max - 1, .max, 0, 1, 9]])
        #expect(frames.map(\.storedCount) == [4, 5])
        #expect(frames.allSatisfy { !$0.isCumulative && !$0.asksAgain })
    }

    @Test func `many numbers take many runs and many frames`() {
        let scattered = (0..<600).map { UInt32($0 * 2) }
        let frames = AcknowledgementFrame.frames(
            acknowledging: scattered, deviceID: 3, bootCounter: 2)
        #expect(frames.map(\.runs.count) == [255, 255, 90])
        #expect(frames.flatMap(\.storedSequences) == scattered)
        for frame in frames {
            #expect(throws: Never.self) { try AcknowledgementFrame.decode(frame.encode().span) }
        }
        let row = (0..<70_000).map { UInt32($0) }
        let long = AcknowledgementFrame.frames(
            acknowledging: row, deviceID: 3, bootCounter: 2)
        #expect(long.map(\.storedCount) == [65_535, 4465])
        #expect(long.flatMap(\.storedSequences) == row)
        #expect(
            AcknowledgementFrame.frames(acknowledging: [], deviceID: 3, bootCounter: 2).isEmpty)
    }

    @Test func `numbers too far apart or going back take a frame of their own`() {
        let numbers: [UInt32] = [0, 65_536, 131_073, 5, 5]
        let frames = AcknowledgementFrame.frames(
            acknowledging: numbers, deviceID: 3, bootCounter: 2)
        #expect(frames.map(\.firstSequence) == [0, 131_073, 5, 5])
        #expect(frames.flatMap(\.storedSequences) == numbers)
    }

    @Test func `a frame names what its runs cover, and before them only where it is cumulative`() {
        var frame = AcknowledgementFrame(
            deviceID: 1, bootCounter: 1, firstSequence: .max, asksAgain: true,
            runs: [.init(storedCount: 2, missingCount: 3), .init(storedCount: 1)])
        let verdicts = { (0...8).map { frame.verdict(on: UInt32.max - 1 &+ UInt32($0)) } }
        let runs: [AcknowledgementFrame.Verdict] = [
            .stored, .stored, .missing, .missing, .missing, .stored, .notNamed, .notNamed,
        ]
        #expect(verdicts() == [.notNamed] + runs)
        frame.isCumulative = true
        #expect(verdicts() == [.stored] + runs)
        #expect(frame.verdict(on: 0x7FFF_FFFF) == .stored)
        #expect(frame.verdict(on: 0x7FFF_FFFE) == .notNamed)
    }
}
