import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct TimeOffTests {
    /// A boot's clocks: seconds since it began, and what the civil clock says, in seconds of
    /// `instant`.
    private func clocks(
        up seconds: Double, civil: Double, _ quality: ClockQuality = .synchronised
    ) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(seconds * 1e9), utc: instant(civil).utc, quality: quality)
    }

    /// A store with a reading, as a kill leaves it.
    private func killed(
        opened: GatewayInstant, reading: GatewayInstant? = nil
    ) throws -> TemporaryDirectory {
        let open = try OpenStore(now: opened)
        if let reading { try receive(reading, in: open) }
        return try open.directory.crashed()
    }

    private func receive(
        _ received: GatewayInstant, deviceTime: UTCInstant? = nil, in open: OpenStore
    ) throws {
        var one = observation(try open.channel("tsuruoka.stage-1"), at: 0, deviceTime: deviceTime)
        one.time = deviceTime ?? received.utc
        one.received = received
        try open.commit([one])
    }

    private func ledger(_ open: OpenStore) async throws -> [LossRecord] {
        try await open.archive.losses(limit: 99).map(\.record).reversed()
    }

    private func off(
        _ from: Double, _ to: Double, _ cause: LossRecord.Cause = .offCut,
        isFromUncertain: Bool = false, isToUncertain: Bool = false
    ) -> LossRecord {
        LossRecord(
            source: "gateway", cause: cause, from: instant(from).utc, to: instant(to).utc,
            count: nil, isFromUncertain: isFromUncertain, isToUncertain: isToUncertain)
    }

    // MARK: - Within one boot

    @Test func `a kill is off from the newest reading to the start`() async throws {
        let directory = try killed(
            opened: clocks(up: 10, civil: 10), reading: clocks(up: 100, civil: 100))
        let open = try OpenStore(directory, now: clocks(up: 400, civil: 400))
        #expect(try await ledger(open) == [off(100, 400)])
        #expect(try await ledger(open).first?.recovery == .unknown)
        #expect(try open.store.positions().losses == 1)
    }

    @Test func `a kill before any reading is off from the start before`() async throws {
        let directory = try killed(opened: clocks(up: 10, civil: 10))
        let open = try OpenStore(directory, now: clocks(up: 400, civil: 400))
        #expect(try await ledger(open) == [off(10, 400)])
    }

    @Test func `a stop in good order says so and is off from the stop`() async throws {
        let first = try OpenStore(now: clocks(up: 10, civil: 10))
        try receive(clocks(up: 100, civil: 100), in: first)
        try first.store.close(at: clocks(up: 200, civil: 200))
        let open = try OpenStore(first.directory, now: clocks(up: 400, civil: 400))
        #expect(try await ledger(open) == [off(200, 400, .offStopped)])
        // The kill after it is no stop.
        let next = try OpenStore(
            try open.directory.crashed(), now: clocks(up: 500, civil: 500))
        #expect(try await ledger(next) == [off(200, 400, .offStopped), off(400, 500)])
    }

    @Test(arguments: [(0.999, 0), (1.0, 1)])
    func `what is shorter than a second is left out`(seconds: Double, count: Int) async throws {
        let directory = try killed(opened: clocks(up: 10, civil: 10))
        let open = try OpenStore(
            directory, now: clocks(up: 10 + seconds, civil: 10 + seconds))
        #expect(try await ledger(open).count == count)
    }

    @Test func `a start that is killed repeats nothing`() async throws {
        var directory = try killed(opened: clocks(up: 10, civil: 10))
        for second in [400.0, 400.4, 400.8] {
            let open = try OpenStore(directory, now: clocks(up: second, civil: second))
            #expect(try await ledger(open) == [off(10, 400)])
            directory = try open.directory.crashed()
        }
    }

    @Test func `a store that opens late counts the time off to the program's start`() async throws {
        let directory = try killed(opened: clocks(up: 10, civil: 10))
        let (store, _, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "boot-a",
            now: clocks(up: 900, civil: 900), started: clocks(up: 400, civil: 400))
        try store.close(at: clocks(up: 950, civil: 950))
        // The same program opens it again: it was not off.
        let (again, archive, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "boot-a",
            now: clocks(up: 999, civil: 999), started: clocks(up: 400, civil: 400))
        #expect(try await archive.losses(limit: 9).map(\.record) == [off(10, 400)])
        try again.close()
    }

    @Test func `a civil clock that is moved meanwhile does not change the length`() async throws {
        let directory = try killed(
            opened: clocks(up: 10, civil: 10), reading: clocks(up: 100, civil: 7300))
        let open = try OpenStore(directory, now: clocks(up: 400, civil: 400))
        #expect(try await ledger(open) == [off(100, 400)])
    }

    @Test func `a new database has no time off, and neither has one that was set aside`()
        async throws
    {
        #expect(try await ledger(OpenStore(now: clocks(up: 10, civil: 10))).isEmpty)
        let directory = try TemporaryDirectory()
        try directory.write([UInt8](repeating: 1, count: 5000), to: "kawamori.db")
        let open = try OpenStore(directory, now: clocks(up: 10, civil: 10))
        #expect(try await ledger(open).map(\.cause) == [.storeSetAside])
    }

    // MARK: - Over a reboot

    @Test(arguments: [
        // Both clocks are known.
        (ClockQuality.synchronised, 100.0, ClockQuality.synchronised, 1000.0, (100.0, 1000.0)),
        // The machine has been up for 20 s: no clock can make the time shorter.
        (.synchronised, 990, .synchronised, 1000, (980, 1000)),
        (.synchronised, 5000, .synchronised, 1000, (980, 1000)),
        // Nobody knows when it came back: surely 20 s after it went.
        (.synchronised, 100, .unknown, 50, (100, 120)),
        // Nobody knew the time when it went: 90 s after a start when it was known.
        (.unknown, 9000, .synchronised, 1000, (100, 1000)),
        (.unknown, 9000, .unknown, 50, (100, 120)),
    ])
    func `over a reboot the bounds are what is sure`(
        before: ClockQuality, civil: Double, after: ClockQuality, start: Double,
        expected: (Double, Double)
    ) async throws {
        let directory = try killed(
            opened: clocks(up: 10, civil: 10), reading: clocks(up: 100, civil: civil, before))
        let open = try OpenStore(
            directory, bootID: "boot-b", now: clocks(up: 20, civil: start, after))
        let isHeld = expected.0 == 980
        #expect(
            try await ledger(open) == [
                off(
                    expected.0, expected.1, isFromUncertain: before == .unknown || isHeld,
                    isToUncertain: after == .unknown)
            ])
    }

    @Test func `once the clock is set the end is exact, under the same name`() async throws {
        let directory = try killed(
            opened: clocks(up: 10, civil: 10), reading: clocks(up: 100, civil: 100))
        let open = try OpenStore(
            directory, bootID: "boot-b", now: clocks(up: 20, civil: 50, .unknown))
        // A device knows the time before the gateway does, and brings what it had kept.
        try receive(clocks(up: 25, civil: 55, .unknown), deviceTime: instant(500).utc, in: open)
        let before = try #require(try await open.archive.losses(limit: 9).first)
        #expect(before.record == off(100, 120, isToUncertain: true))
        try receive(clocks(up: 80, civil: 1060), in: open)
        let after = try #require(try await open.archive.losses(limit: 9).first)
        #expect(after.record.to == instant(1000).utc && after.record.from == instant(100).utc)
        #expect(!after.record.isToUncertain && after.record.recovery == .partly(1))
        #expect(after.row > before.row)
        #expect([after.firstRow, after.firstFrom.milliseconds] == [before.row, 1_795_252_300_000])
        #expect(try open.store.positions().losses == after.row)
        // Once is enough.
        try receive(clocks(up: 90, civil: 1070), in: open)
        #expect(try await open.archive.losses(limit: 9).map(\.row) == [after.row])
    }

    @Test func `a clock that is set ends a time off, with no reading`() async throws {
        let first = try killed(opened: clocks(up: 10, civil: 0))
        let open = try OpenStore(
            first, bootID: "boot-b", now: clocks(up: 20, civil: 5, .unknown))
        let before = try #require(try await open.archive.losses(limit: 1).first)
        #expect(before.record.isToUncertain)
        let anchor = ClockAnchor(
            monotonicNanoseconds: 50_000_000_000, utc: instant(1030).utc, errorMilliseconds: 10)
        let settlement = try open.store.settleClock(anchor, at: clocks(up: 60, civil: 1040))
        #expect(try await ledger(open) == [off(0, 1000)])
        let after = try #require(try await open.archive.losses(limit: 1).first)
        #expect(settlement.positions?.losses == after.row && after.row > before.row)
        // Once is enough.
        try receive(clocks(up: 90, civil: 1070), in: open)
        #expect(try await open.archive.losses(limit: 9).map(\.row) == [after.row])
    }

    @Test func `a restart under an unset clock waits for it too`() async throws {
        let first = try killed(opened: clocks(up: 10, civil: 0, .unknown))
        let open = try OpenStore(first, now: clocks(up: 40, civil: 30, .unknown))
        #expect(
            try await ledger(open) == [
                off(0, 30, isFromUncertain: true, isToUncertain: true)
            ])
        // The next start knows the time, and another boot would not.
        let known = try OpenStore(try open.directory.crashed(), now: clocks(up: 60, civil: 1060))
        #expect(try await ledger(known) == [off(1010, 1040), off(1040, 1060)])
        let later = try OpenStore(
            try open.directory.crashed(), bootID: "boot-b", now: clocks(up: 5, civil: 2000))
        #expect(try await ledger(later).first?.isToUncertain == true)
        #expect(
            try await later.store.writer.read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM meta WHERE key LIKE 'off:%'")
            } == 0)
    }

    @Test func `boots that a salvage brought are no signs of life`() async throws {
        let directory = try killed(
            opened: clocks(up: 10, civil: 10), reading: clocks(up: 100, civil: 100))
        let open = try OpenStore(directory, now: clocks(up: 110, civil: 110))
        try await open.store.writer.write {
            try $0.execute(
                sql: """
                    INSERT INTO boot (boot_id, started_ms, monotonic_ns, clock)
                    VALUES ('older', 0, 999999000000000, 2)
                    """)
        }
        let next = try OpenStore(try open.directory.crashed(), now: clocks(up: 400, civil: 400))
        #expect(try await ledger(next).last == off(110, 400))
    }

    @Test func `readings in the archive are signs of life too`() async throws {
        let open = try OpenStore(now: clocks(up: 10, civil: 10))
        try receive(clocks(up: 100, civil: 100), in: open)
        try open.maintain(at: 9000)
        #expect(try open.count("recent") == 0)
        let next = try OpenStore(
            try open.directory.crashed(), now: clocks(up: 9999, civil: 9999))
        #expect(try await ledger(next) == [off(100, 9999)])
    }
}
