import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct LossRecoveryTests {
    /// A store that was off from second 100 to 400.
    private func restarted() throws -> OpenStore {
        let first = try OpenStore(now: instant(0))
        try first.commit([observation(try first.channel("tsuruoka.stage-1"), at: 100)])
        return try OpenStore(try first.directory.crashed(), now: instant(400))
    }

    private func backfilled(
        _ open: OpenStore, _ sensor: String = "tsuruoka.stage-1", at seconds: Double,
        deviceTime: Bool = true, identity: ReadingIdentity = .none, marks: ObservationMarks = []
    ) throws -> Observation {
        var one = observation(
            try open.channel(sensor), at: seconds, identity: identity, received: 401, marks: marks)
        one.deviceTime = deviceTime ? one.time : nil
        return one
    }

    private func losses(_ open: OpenStore) async throws -> [LossRecord] {
        try await open.archive.losses(limit: 99).map(\.record)
    }

    @Test func `what a device kept while the gateway was off is counted, whoever's it is`()
        async throws
    {
        let open = try restarted()
        let ends = try open.store.positions()
        let after = try open.commit([
            backfilled(open, at: 150), backfilled(open, "tsuruoka.stage-2", at: 399),
        ])
        #expect(try await losses(open).map(\.recovery) == [.partly(2)])
        #expect(after.losses > ends.losses, "it is told again")
        let entries = try await open.archive.losses(after: ends.losses, limit: 9)
        #expect(entries.map(\.row) == [after.losses] && entries.map(\.firstRow) == [ends.losses])
        try open.commit([backfilled(open, at: 160)])
        #expect(try await losses(open).map(\.recovery) == [.partly(3)])
    }

    @Test func `what did not come from that time is not counted`() async throws {
        let open = try restarted()
        let ends = try open.store.positions()
        var unset = try backfilled(open, at: 200, deviceTime: false)
        unset.received = GatewayInstant(
            monotonicNanoseconds: 500, utc: unset.time, quality: .unknown)
        let after = try open.commit([
            backfilled(open, at: 100), backfilled(open, at: 400), backfilled(open, at: 50),
            backfilled(open, at: 401), backfilled(open, at: 200, marks: .conflicting), unset,
        ])
        #expect(try await losses(open).map(\.recovery) == [.unknown])
        #expect(after.losses == ends.losses)
        // An age counted back from the receipt is as good as a time.
        try open.commit([backfilled(open, at: 200, deviceTime: false)])
        #expect(try await losses(open).map(\.recovery) == [.partly(1)])
    }

    @Test func `a gap of a device is recovered in part, then wholly`() async throws {
        let open = try OpenStore(now: instant(0))
        let channel = try open.channel("tsuruoka.stage-1")
        var batch = StoreBatch()
        batch.losses = [
            LossRecord(
                source: "tsuruoka.stage-1", cause: .readingsMissing, from: instant(10).utc,
                to: instant(13).utc, count: 2)
        ]
        batch.observations = [observation(channel, at: 13, identity: sequence(4))]
        _ = try open.store.commit(batch)
        #expect(try await losses(open).map(\.recovery) == [.none])
        try open.commit([
            backfilled(open, at: 11, identity: sequence(2)),
            backfilled(open, at: 11, identity: .none),
            backfilled(open, "tsuruoka.stage-2", at: 12, identity: sequence(3)),
        ])
        #expect(try await losses(open).map(\.recovery) == [.partly(1)])
        // After a restart it is still known which entry it is.
        let next = try OpenStore(try open.directory.crashed(), now: instant(0.5))
        try next.commit([backfilled(next, at: 12, identity: sequence(3))])
        #expect(try await losses(next).map(\.recovery) == [.all])
    }

    private func sequence(_ number: UInt32) -> ReadingIdentity {
        .sequence(bootCounter: 1, sequence: number)
    }

    @Test func `a commit that fails counts nothing`() async throws {
        let open = try restarted()
        var batch = StoreBatch()
        batch.observations = [
            try backfilled(open, at: 150), observation(ChannelIndex(77), at: 500),
        ]
        #expect(throws: AdapterFailure.self) { try open.store.commit(batch) }
        #expect(try await losses(open).map(\.recovery) == [.unknown])
        try open.commit([backfilled(open, at: 150)])
        #expect(try await losses(open).map(\.recovery) == [.partly(1)])
    }
}
