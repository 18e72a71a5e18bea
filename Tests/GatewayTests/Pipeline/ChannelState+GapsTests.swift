import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct ChannelStateGapsTests {
    /// A reading of a sensor that speaks plain JSON: `{"value": …, "boot": 1, "sequence": …}`.
    private func json(
        _ sequence: UInt32, at seconds: Double, device: UInt64 = 0, marks: SampleMarks = []
    ) -> Sample {
        Sample(
            channel: levelChannel, rawValue: 2000, received: instant(seconds),
            identity: .sequence(bootCounter: 1, sequence: sequence), deviceID: device,
            marks: marks)
    }

    private func losses(_ samples: [Sample], start: Pipeline.Start) throws -> [LossRecord] {
        var pipeline = Pipeline(start)
        for sample in samples { try pipeline.take(sample) }
        for second in 0...400 { pipeline.step(at: instant(Double(second))) }
        return pipeline.output.batch.losses
    }

    @Test func `a number that is missing enters the ledger with the readings`() throws {
        let found = try losses(
            [json(1, at: 0), json(2, at: 60), json(4, at: 70)], start: testStart())
        #expect(found.map(\.cause) == [.readingsMissing])
        #expect(found.map(\.source) == ["pole-1.level"])
        #expect(found.first?.count == 1)
        #expect(found.first?.from == instant(60).utc && found.first?.to == instant(70).utc)
    }

    @Test func `firmware devices and lines of our own are followed elsewhere`() throws {
        let device = [1, 2, 4].map { json($0, at: Double($0), device: 0xA1) }
        #expect(try losses(device, start: testStart()).isEmpty)
        let line = [1, 2, 4].map { json($0, at: Double($0), marks: .isWithoutPayload) }
        #expect(try losses(line, start: testStart()).isEmpty)
    }

    @Test func `a reading that comes again is no number`() throws {
        let samples = [1, 2, 1, 2, 3].enumerated().map { json($1, at: Double($0)) }
        #expect(try losses(samples, start: testStart()).isEmpty)
    }

    @Test func `a gateway that stops enters what it still waits for`() throws {
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in [1, 2, 5] {
            try pipeline.take(json(sequence, at: Double(sequence)))
        }
        pipeline.endGaps(at: instant(6))
        #expect(pipeline.output.batch.losses.map(\.count) == [2])
    }

    @Test func `a restarted gateway goes on counting`() throws {
        var first = Pipeline(try testStart())
        for sequence: UInt32 in [1, 2] { try first.take(json(sequence, at: Double(sequence))) }
        var start = try testStart()
        start.newest = first.output.batch.observations
        #expect(try losses([json(4, at: 10)], start: start).map(\.count) == [1])
    }
}
