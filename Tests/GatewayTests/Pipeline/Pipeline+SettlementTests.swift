import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct PipelineSettlementTests {
    private func start() throws -> Pipeline.Start {
        var start = try testStart()
        start.stations[0].sensors[0].limits.spike = .init(
            method: .average, suspectThreshold: 0.5, failThreshold: 0.8)
        return start
    }

    @Test func `a spike of the same commit bears both its flags`() throws {
        var pipeline = Pipeline(try start())
        for (minute, metres) in [0.5, 0.5, 1.2, 0.5, 0.5, 0.5].enumerated() {
            try pipeline.take(stage(metres, at: Double(minute) * 60))
        }
        let observations = pipeline.output.batch.observations
        #expect(observations.map { $0.report[.spike] } == Array(repeating: .notEvaluated, count: 6))
        #expect(
            observations.map { $0.finalReport?[.spike] } == [nil, nil, .suspect, nil, nil, nil])
        #expect(observations[2].flag == .good && observations[2].finalFlag == .suspect)
        #expect(observations[1].finalFlag == .good)
        #expect(pipeline.output.batch.settlements.isEmpty)
    }

    @Test func `a spike that is stored already is settled by the reading behind it`() throws {
        var pipeline = Pipeline(try start())
        var settled: [(minute: Int, settlement: Settlement)] = []
        for (minute, metres) in [0.5, 0.5, 1.4, 0.5, 0.5].enumerated() {
            try pipeline.take(stage(metres, at: Double(minute) * 60))
            // Another channel's reading stands between.
            try pipeline.take(Sample(channel: ChannelIndex(2), rawValue: 0, received: instant(0)))
            settled += pipeline.output.batch.settlements.map { (minute, $0) }
            #expect(pipeline.output.batch.observations.allSatisfy { $0.finalReport == nil })
            _ = pipeline.didCommit()
        }
        try #require(settled.count == 1)
        #expect(settled[0].minute == 3)
        #expect(settled[0].settlement.channel == levelChannel)
        #expect(settled[0].settlement.time == instant(120).utc)
        #expect(settled[0].settlement.report[.spike] == .fail)
    }

    @Test func `a reading that is late settles nothing`() throws {
        var pipeline = Pipeline(try start())
        for (seconds, metres) in [(0, 0.5), (60, 0.5), (120, 1.4)] {
            try pipeline.take(
                stage(metres, at: Double(seconds), deviceSeconds: Double(seconds)))
        }
        try pipeline.take(stage(0.5, at: 130, deviceSeconds: 30))
        #expect(pipeline.output.batch.observations.allSatisfy { $0.finalReport == nil })
        try pipeline.take(stage(0.5, at: 180, deviceSeconds: 180))
        #expect(pipeline.output.batch.observations[2].finalReport?[.spike] == .fail)
    }
}
