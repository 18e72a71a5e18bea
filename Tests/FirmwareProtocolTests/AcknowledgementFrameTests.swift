import GatewayModel
import Testing
import WireFormats

@Suite struct AcknowledgementFrameTests {
    @Test(arguments: ProtocolVector.valid(.ack))
    func `valid vectors decode into their fields and encode into their bytes`(
        vector: ProtocolVector
    ) throws {
        let frame = AcknowledgementFrame(
            deviceID: try vector.number(0, radix: 16), bootCounter: try vector.number(1),
            ranges: try vector.items(2).map {
                AcknowledgementFrame.SequenceRange(
                    firstSequence: UInt32($0[0]), count: UInt16($0[1]))
            })
        #expect(try AcknowledgementFrame.decode(vector.frame.span) == frame)
        #expect(frame.encode() == vector.frame)
    }

    @Test(arguments: ProtocolVector.invalid(.ack))
    func `invalid vectors are refused with their reason`(vector: ProtocolVector) throws {
        let reason = try vector.reason()
        #expect { try AcknowledgementFrame.decode(vector.frame.span) } throws: {
            ($0 as? DecodeError)?.reason == reason
        }
    }

    @Test func `numbers that follow one another join, across the wrap too`() {
        let frames = AcknowledgementFrame.frames(
            acknowledging: [5, 6, 7, 9, .max - 1, .max, 0, 1, 9], deviceID: 3, bootCounter: 2)
        #expect(
            frames == [
                AcknowledgementFrame(
                    deviceID: 3, bootCounter: 2,
                    ranges: [
                        .init(firstSequence: 5, count: 3), .init(firstSequence: 9, count: 1),
                        .init(firstSequence: .max - 1, count: 4), .init(firstSequence: 9, count: 1),
                    ])
            ])
    }

    @Test func `many numbers take many ranges and many frames`() {
        let scattered = (0..<600).map { UInt32($0 * 2) }
        let frames = AcknowledgementFrame.frames(
            acknowledging: scattered, deviceID: 3, bootCounter: 2)
        #expect(frames.map(\.ranges.count) == [255, 255, 90])
        let row = (0..<70_000).map { UInt32($0) }
        let ranges = AcknowledgementFrame.frames(
            acknowledging: row, deviceID: 3, bootCounter: 2
        ).flatMap(\.ranges)
        #expect(ranges.map(\.count) == [65_535, 4465])
        #expect(
            AcknowledgementFrame.frames(acknowledging: [], deviceID: 3, bootCounter: 2).isEmpty)
    }

    @Test func `a range covers its numbers and no others`() {
        let range = AcknowledgementFrame.SequenceRange(firstSequence: .max, count: 3)
        #expect([UInt32.max, 0, 1].allSatisfy(range.contains))
        #expect(![UInt32.max - 1, 2, 1000].contains(where: range.contains))
    }
}
