import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStoreRoomTests {
    private static let day = 86_400.0

    /// Ten days of readings, one every ten minutes, of two sensors; the second one is a day younger.
    private func filled() throws -> OpenStore {
        let open = try OpenStore()
        let first = try open.channel("tsuruoka.stage-1")
        let second = try open.channel("tsuruoka.stage-2")
        try open.commit((0..<1440).map { observation(first, at: Double($0) * 600) })
        try open.commit(
            (0..<1440).map { observation(second, at: Self.day + Double($0) * 600) })
        try open.maintain(at: 12 * Self.day)
        #expect(try open.count("recent") == 0)
        return open
    }

    private func removeAll(
        _ kind: RemovableKind, _ open: OpenStore, forwarded: Int64 = .max, days: Double = 12
    ) throws {
        let now = morning.advanced(byMilliseconds: Int64(days * Self.day * 1000))
        for _ in 0..<1000 {
            guard try open.store.removeOldest(kind, now: now, forwarded: forwarded) else { return }
        }
        Issue.record("there is no end of it")
    }

    private func number(_ open: OpenStore, _ sql: String) throws -> Int {
        try open.store.writer.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }

    @Test func `the oldest readings go, two days stay, and the ledger has every one of them`()
        async throws
    {
        let open = try filled()
        let before = try open.count("archive")
        try removeAll(.readings, open)
        let rows = try await open.all("tsuruoka.stage-1")
        #expect(rows.first?.observation.time == instant(1439 * 600 - 2 * Self.day).utc)
        let losses = try await open.archive.losses(limit: 99).map(\.record)
        #expect(Set(losses.map(\.source)) == ["tsuruoka.stage-1", "tsuruoka.stage-2"])
        #expect(losses.allSatisfy { $0.cause == .readingsRemoved })
        let removed = losses.compactMap(\.count).reduce(0, +)
        #expect(Int(removed) == before - (try open.count("archive")) && removed > 2000)
        let first = try #require(losses.first { $0.source == "tsuruoka.stage-1" })
        #expect(first.from == instant().utc)
        #expect(first.to == instant(1438 * 600 - 2 * Self.day).utc)
        // Sums of what is gone still stand.
        #expect(try open.count("rollup") >= 2880)
    }

    @Test func `a slice takes the oldest first`() async throws {
        let open = try OpenStore(limits: StoreLimits(sliceMilliseconds: 1))
        let old = try open.channel("tsuruoka.stage-1")
        let new = try open.channel("tsuruoka.stage-2")
        try open.commit((0..<3000).map { observation(new, at: 9 * Self.day + Double($0)) })
        try open.commit((0..<400).map { observation(old, at: Double($0)) })
        try open.commit([observation(old, at: 8 * Self.day)])
        try open.commit([observation(new, at: 20 * Self.day)])
        try open.maintain(at: 21 * Self.day)
        let isRemoved = try open.store.removeOldest(
            .readings, now: instant(21 * Self.day).utc, forwarded: .max)
        #expect(isRemoved)
        #expect(try await open.all("tsuruoka.stage-1").count == 1)
    }

    @Test func `what a target has not had stays`() throws {
        let open = try filled()
        try removeAll(.readings, open, forwarded: 100)
        #expect(try open.count("archive") == 2880 - 100)
        try removeAll(.readings, open, forwarded: 0)
        #expect(try open.count("archive") == 2880 - 100)
    }

    @Test func `a clock that runs ahead removes nothing of the last two days`() throws {
        let open = try filled()
        let future = morning.advanced(byMilliseconds: 315_360_000_000)
        while try open.store.removeOldest(.readings, now: future, forwarded: .max) {}
        #expect(try open.count("archive") == 2 * 289)
    }

    @Test func `sums over ten minutes go, days stay, and a new offset does not cost them`()
        async throws
    {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<200).map { observation(channel, at: Double($0) * Self.day) })
        try open.maintain(at: 201 * Self.day)
        let days = "SELECT count(*) FROM rollup WHERE resolution = 86400000"
        let tens = "SELECT count(*) FROM rollup WHERE resolution = 600000"
        #expect(try number(open, days) == 200 && number(open, tens) == 200)
        while try open.store.removeOldest(
            .sums, now: instant(201 * Self.day).utc, forwarded: .max)
        {}
        #expect(try number(open, tens) == 91 && number(open, days) == 200)
        let loss = try #require(try await open.archive.losses(limit: 9).map(\.record).last)
        #expect(loss.cause == .sumsRemoved && loss.source == "tsuruoka.stage-1")
        let removed = try await open.archive.losses(limit: 9).map(\.record).compactMap(\.count)
            .reduce(0, +)
        #expect(removed == 109)
        // Days are summed anew where their ten minutes are there, and kept where they are not.
        let moved = try OpenStore(
            try open.directory.crashed(), offsetSeconds: ["tsuruoka": 0])
        _ = try moved.channel("tsuruoka.stage-1")
        #expect(
            try number(moved, "SELECT sum(total) FROM rollup WHERE resolution = 86400000") == 200)
    }

    @Test func `empty pages go back to the disk, and alarms and ledgers are never touched`()
        async throws
    {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<40_000).map { observation(channel, at: Double($0) * 60) })
        var batch = StoreBatch()
        batch.transitions = [
            AlarmTransition(
                subject: AlarmSubject(
                    station: try #require(StationID("tsuruoka")), rule: "level.danger"),
                occurrence: 1, from: .normal, to: .active, time: morning, cause: .reached)
        ]
        batch.losses = [
            LossRecord(source: "mqtt", cause: .ringFull, from: morning, to: morning, count: 1)
        ]
        batch.audit = [AuditEntry(time: morning, actor: "a", action: "b", detail: "")]
        _ = try open.store.commit(batch)
        try open.maintain(at: 100 * Self.day)
        let used = try open.store.usedBytes()
        for kind in [RemovableKind.readings, .sums] { try removeAll(kind, open, days: 100) }
        #expect(try open.store.usedBytes() < used / 2)
        let pages = try #require(Int(try open.pragma("page_count")))
        try removeAll(.freePages, open)
        #expect(try #require(Int(try open.pragma("page_count"))) < pages / 2)
        #expect(try open.count("alarm") == 1 && open.count("audit") == 1)
        #expect(
            try await open.archive.losses(limit: 99).map(\.record).contains {
                $0.cause == .ringFull
            })
    }
}
