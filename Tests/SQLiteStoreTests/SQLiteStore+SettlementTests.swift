import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStoreSettlementTests {
    private static let sensor = "tsuruoka.stage-1"

    private func report(spike: QualityFlag) -> QualityReport {
        var report = QualityReport()
        report[.grossRange] = .good
        report[.neighbor] = .missing
        report[.spike] = spike
        return report
    }

    private func settle(
        _ open: OpenStore, _ channel: ChannelIndex, at seconds: Double,
        with next: [Observation] = []
    ) throws {
        var batch = StoreBatch()
        batch.settlements = [
            Settlement(channel: channel, time: instant(seconds).utc, report: report(spike: .fail))
        ]
        batch.observations = next
        _ = try open.store.commit(batch)
    }

    private func revisions(_ open: OpenStore) async throws -> [Int] {
        try await open.all(Self.sensor).map(\.observation.revision)
    }

    @Test func `final flags stand beside those that were acted on`() async throws {
        let open = try OpenStore()
        let channel = try open.channel(Self.sensor)
        var whole = observation(channel, at: 60, marks: [])
        whole.finalReport = report(spike: .suspect)
        try open.commit([observation(channel, at: 0, marks: []), whole])
        try open.commit([observation(channel, at: 120, marks: [])])
        // A late reading came since: it is not the one that is spoken of.
        try open.commit([observation(channel, at: 30)])
        try settle(open, channel, at: 120, with: [observation(channel, at: 180, marks: [])])
        let rows = try await open.all(Self.sensor)
        #expect(
            rows.map { $0.observation.finalReport?[.spike] } == [nil, nil, .suspect, .fail, nil])
        #expect(rows.map(\.observation.flag) == Array(repeating: .good, count: 5))
        #expect(rows.map(\.observation.finalFlag) == [.good, .good, .suspect, .fail, .good])
        #expect(try await revisions(open) == [0, 0, 0, 1, 0])
        let document = ObservationDocument(rows[3], offsetSeconds: 0)
        #expect(document.flag == 1 && document.finalFlag == 4)
        #expect(document.flags["spike"] == nil && document.finalFlags == ["spike": 4])
        #expect(ObservationDocument(rows[0], offsetSeconds: 0).finalFlag == nil)
    }

    @Test func `behind a start the reading is found by its time`() async throws {
        let directory: TemporaryDirectory
        do {
            let open = try OpenStore()
            let channel = try open.channel(Self.sensor)
            try open.commit([
                observation(channel, at: 60, marks: []), observation(channel, at: 120, marks: []),
            ])
            try open.store.close()
            directory = open.directory
        }
        let open = try OpenStore(directory)
        try settle(open, try open.channel(Self.sensor), at: 120)
        #expect(try await revisions(open) == [0, 1])
    }

    @Test func `a reading in the archive gets them too`() async throws {
        let open = try OpenStore()
        let channel = try open.channel(Self.sensor)
        try open.commit([observation(channel, at: 0, marks: [])])
        try open.maintain(at: 10_000)
        #expect(try open.count("recent") == 0)
        try settle(open, channel, at: 0)
        #expect(try await revisions(open) == [1])
    }

    @Test func `a target that has had the reading gets it again`() async throws {
        let open = try OpenStore()
        let channel = try open.channel(Self.sensor)
        let end = try open.commit([
            observation(channel, at: 0, marks: []), observation(channel, at: 60, marks: []),
        ])
        var batch = StoreBatch()
        batch.progress = [
            TargetProgress(target: "city", stream: .observations, position: end.observations)
        ]
        _ = try open.store.commit(batch)
        try settle(open, channel, at: 60)
        let progress = try await open.archive.progress()
        #expect(progress.map(\.backlog) == [[end.observations...end.observations]])
    }

    @Test func `a reading that is gone needs no flags`() throws {
        let open = try OpenStore()
        let channel = try open.channel(Self.sensor)
        try settle(open, channel, at: 60)
        #expect(try open.count("recent") == 0)
    }
}
