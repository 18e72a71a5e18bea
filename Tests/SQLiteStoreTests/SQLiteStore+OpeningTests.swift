import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct OpeningTests {
    @Test func `a new store is created, closed in order, and opened again with its rows`()
        async throws
    {
        let first = try OpenStore()
        #expect(first.report.isNew)
        #expect(first.report.setAside.isEmpty)
        let channel = try first.channel("tsuruoka.stage-1")
        let reading = observation(
            channel, at: 1, identity: .sequence(bootCounter: 2, sequence: .max),
            deviceTime: morning.advanced(byMilliseconds: 1000))
        #expect(try first.commit([reading]) == StreamPositions(observations: 1))
        try first.store.close()

        let second = try OpenStore(first.directory, bootID: "boot-b")
        #expect(!second.report.isNew)
        #expect(second.report.wasClosedInOrder)
        #expect(try second.channel("tsuruoka.stage-1") == channel)
        let stored = try #require(try await second.all("tsuruoka.stage-1").first)
        #expect(stored.observation == reading)
        #expect(stored.key.text == "gateway-1/tsuruoka.stage-1/s2-4294967295")
        #expect(stored.unit == "m" && stored.rawUnit == "mm")
        // The time between them is in the ledger.
        #expect(try second.store.positions() == StreamPositions(observations: 1, losses: 1))
    }

    @Test func `the settings that durability rests on are in force`() throws {
        let open = try OpenStore()
        #expect(try open.pragma("synchronous") == "2")
        #expect(try open.pragma("journal_mode") == "wal")
        #expect(try open.pragma("foreign_keys") == "1")
        #expect(try open.pragma("auto_vacuum") == "2")
        #expect(try open.pragma("page_size") == "4096")
        #expect(try open.pragma("busy_timeout") == "5000")
        #expect(try open.pragma("wal_autocheckpoint") == "4096")
        #expect(try open.pragma("journal_size_limit") == "16777216")
        #expect(try open.pragma("application_id") == "\(StoreSchema.applicationID)")
        #expect(try open.pragma("user_version") == "8")
        let writing = #expect(throws: DatabaseError.self) {
            try open.archive.readers.read { try $0.execute(sql: "DELETE FROM meta") }
        }
        #expect(writing?.resultCode == .SQLITE_READONLY)
    }

    @Test func `what was committed before a kill is there afterwards`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        for second in 0..<20 { try open.commit([observation(channel, at: Double(second))]) }
        let after = try OpenStore(try open.directory.crashed())
        #expect(!after.report.wasClosedInOrder)
        #expect(after.report.setAside.isEmpty)
        #expect(try await after.all("tsuruoka.stage-1").count == 20)
    }

    /// What a bad disk may make of a database file.
    enum Damage: String, CaseIterable {
        case garbageHeader, garbage, truncated, zeroedPage, zeroLength, allZero

        func apply(to bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .garbageHeader: [UInt8](repeating: 0xA5, count: 100) + bytes[100...]
            case .garbage: (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 5) }
            case .truncated: Array(bytes[..<(bytes.count / 2 + 123)])
            case .zeroedPage:
                bytes[..<(4096 * 40)] + [UInt8](repeating: 0, count: 4096) + bytes[(4096 * 41)...]
            case .zeroLength: []
            case .allZero: [UInt8](repeating: 0, count: bytes.count)
            }
        }
    }

    /// The files of a gateway that was cut off, with everything in the database file itself.
    private func cutOff() throws -> TemporaryDirectory {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<8000).map { observation(channel, at: Double($0)) })
        _ = try open.store.writer.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        return try open.directory.crashed()
    }

    @Test(arguments: Damage.allCases)
    func `a damaged file is set aside and the store starts`(damage: Damage) async throws {
        let directory = try cutOff()
        let damaged = damage.apply(to: try directory.bytes("kawamori.db"))
        try directory.write(damaged, to: "kawamori.db")

        let open = try OpenStore(directory)
        #expect(open.report.isNew)
        #expect(!open.report.wasClosedInOrder)
        let aside = try #require(open.report.setAside.first)
        #expect(open.report.setAside.count == 1)
        #expect(aside.path == directory.database + ".set-aside-20261121T091000Z")
        #expect(try directory.bytes("kawamori.db.set-aside-20261121T091000Z") == damaged)
        #expect(try await open.archive.losses(limit: 10).map(\.record) == [aside.loss])
        #expect(aside.loss.cause == .storeSetAside && aside.loss.count == nil)
        let channel = try open.channel("tsuruoka.stage-1")
        // The old rows keep their numbers; new ones begin above all that it can have held.
        #expect(try open.commit([observation(channel, at: 1)]).observations % (1 << 36) == 1)
    }

    @Test func `a log with a damaged header is kept and the database stays in use`() async throws {
        let directory = try cutOff()
        let garbage = [UInt8](repeating: 0x5A, count: 9000)
        try directory.write(garbage, to: "kawamori.db-wal")
        let open = try OpenStore(directory)
        #expect(!open.report.isNew)
        #expect(open.report.setAside.count == 1)
        #expect(try directory.bytes("kawamori.db.set-aside-20261121T091000Z-wal") == garbage)
        #expect(try await open.all("tsuruoka.stage-1").count == 8000)
        #expect(
            try await open.archive.losses(limit: 10).map(\.record.source) == ["kawamori.db-wal"])
    }

    @Test func `damage behind the log's header costs the damaged commits only`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        for second in 0..<50 { try open.commit([observation(channel, at: Double(second))]) }
        let directory = try open.directory.crashed()
        var log = try directory.bytes("kawamori.db-wal")
        for index in (log.count - 6000)..<log.count { log[index] = 0 }
        try directory.write(log, to: "kawamori.db-wal")
        let after = try OpenStore(directory)
        let count = try await after.all("tsuruoka.stage-1").count
        #expect((40..<50).contains(count))
        #expect(after.report.setAside.isEmpty)
    }

    @Test func `a log without its database is set aside, never deleted`() throws {
        let open = try OpenStore()
        let directory = try open.directory.crashed()
        let log = try directory.bytes("kawamori.db-wal")
        try FileManager.default.removeItem(atPath: directory.database)
        let after = try OpenStore(directory)
        #expect(after.report.setAside.count == 1)
        #expect(try directory.bytes("kawamori.db.set-aside-20261121T091000Z-wal") == log)
    }

    @Test(arguments: ["PRAGMA user_version = 99", "PRAGMA application_id = 4711"])
    func `a newer or foreign database is set aside whole`(change: String) throws {
        let open = try OpenStore()
        try open.store.writer.writeWithoutTransaction { try $0.execute(sql: change) }
        try open.store.close()
        let bytes = try open.directory.bytes("kawamori.db")
        let after = try OpenStore(open.directory)
        #expect(after.report.setAside.count == 1)
        #expect(try open.directory.bytes("kawamori.db.set-aside-20261121T091000Z") == bytes)
        #expect(try after.count("channel") == 0)
    }

    /// A database as the first schema's program left it, with a reading in each table, an open alarm
    /// and a loss.
    private func firstSchema() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let writer = try StoreConnection.openWriter(
            path: directory.database, limits: StoreLimits())
        try StoreSchema.migrator.migrate(writer, upTo: "1")
        try writer.write { database in
            #expect(try Int.fetchOne(database, sql: "PRAGMA user_version") == 1)
            try database.execute(
                sql: """
                    INSERT INTO meta VALUES ('closed', 1), ('gateway', 'gateway-1'), ('moved_row', 1);
                    INSERT INTO boot VALUES (1, 'boot-0', 0, 0, 2);
                    INSERT INTO channel VALUES (1, 'tsuruoka', 'stage-1', 'stage.ultrasonic', 'm',
                        'mm', 32400);
                    INSERT INTO archive VALUES (1, 1, 1, 5, 1000, 2, NULL, 1000, 1500, 1.5, 1, 0, 0,
                        3, 1, 2, 7, 1, 9);
                    INSERT INTO segment VALUES (1, 1, 1000, 1000);
                    INSERT INTO recent VALUES (2, 1, 1, 6, 2000, 2, NULL, 2000, 1600, 1.6, 1, 0, 0,
                        3, 1, 2, 8, 0, 9);
                    INSERT INTO alarm VALUES (1, 'tsuruoka', 'level.caution', 1, 'active', 1000,
                        1000, 1.6, NULL, NULL);
                    INSERT INTO alarm_transition VALUES (1, 1, 'normal', 'active', 1000, 1.5, 1.5,
                        'reached', NULL, NULL, 0);
                    INSERT INTO loss VALUES (1, 'mqtt', 'ring_full', 1000, 2000, 3);
                    """)
        }
        try writer.close()
        return directory
    }

    @Test func `a database of the first schema is brought up to date with all its rows`()
        async throws
    {
        let open = try OpenStore(try firstSchema())
        #expect(open.report.setAside.isEmpty && !open.report.isNew)
        #expect(open.report.wasClosedInOrder)
        #expect(try open.pragma("user_version") == "8")
        let rows = try await open.all("tsuruoka.stage-1")
        #expect(rows.map(\.observation.value) == [1.5, 1.6])
        #expect(rows.map(\.observation.burst) == [nil, nil])
        #expect(rows.map(\.key.text).last == "gateway-1/tsuruoka.stage-1/s2-8")
        let alarm = try #require(try await open.archive.alarm(number: 1))
        #expect(alarm.alarm.state.peakMetres == 1.6 && !alarm.alarm.state.isPeakAtLeast)
        #expect(alarm.transitions.map(\.transition.stageBound) == [.exact])
        #expect(alarm.transitions.allSatisfy { !$0.transition.isQuiet && $0.transition.step == 0 })
        #expect(alarm.alarm.state.handling.isTold, "people were told of everything then")
        let losses = try await open.archive.losses(limit: 9)
        #expect(losses.map(\.record.cause) == [.offStopped, .ringFull])
        #expect(losses.allSatisfy { !$0.record.isAtLeast && $0.record.recoveredCount == 0 })
        #expect(losses.map(\.firstRow) == [2, 1])
        #expect(losses.first?.record.from == UTCInstant(milliseconds: 2000))
        var reading = observation(ChannelIndex(1), at: 3)
        reading.burst = BurstStatistics(spread: 1.5, validCount: 4, pingCount: 5)
        #expect(try open.commit([reading]).observations == 3)
        #expect(try await open.all("tsuruoka.stage-1").last?.observation.burst == reading.burst)
    }

    @Test func `a reader that finds an older schema says what brings it up to date`() throws {
        let directory = try firstSchema()
        let failure = #expect(throws: AdapterFailure.self) {
            try SQLiteArchive.open(readOnly: directory.database)
        }
        #expect(
            failure?.cause.hasSuffix("`kawamori run` on it once, which brings it up to date")
                == true)
    }

    @Test func `set-aside files get different names, and only the newest stay`() throws {
        let directory = try TemporaryDirectory()
        var removed: [String] = []
        for number in 0..<4 {
            try directory.write([UInt8](repeating: UInt8(number), count: 5000), to: "kawamori.db")
            let open = try OpenStore(
                directory, now: instant(Double(number) * 60), limits: StoreLimits(setAsideFiles: 2))
            removed += open.report.removed
            try open.store.close()
        }
        #expect(
            removed
                == ["T091000Z", "T091100Z"].map {
                    directory.database + ".set-aside-20261121\($0)"
                })
        try directory.write([1], to: "kawamori.db")
        let again = try OpenStore(directory, now: instant(180))
        #expect(again.report.setAside.first?.path.hasSuffix("T091300Z-2") == true)
    }

    @Test func `a state directory that cannot be made is a failure that says so`() throws {
        let failure = #expect(throws: AdapterFailure.self) {
            try SQLiteStore.open(
                directory: "/proc/none/kawamori", gatewayID: "g", bootID: "b", now: instant())
        }
        #expect(failure?.operation == "create directory /proc/none/kawamori")
        #expect(failure?.isRetryable == true)
    }

    @Test func `another program's lock is busy, not damage`() throws {
        let open = try OpenStore()
        try open.store.close()
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        let other = try DatabaseQueue(path: open.directory.database, configuration: configuration)
        try other.inTransaction(.exclusive) { database in
            try database.execute(sql: "UPDATE meta SET value = 1 WHERE key = 'closed'")
            let failure = #expect(throws: AdapterFailure.self) { try OpenStore(open.directory) }
            #expect(failure?.code == .busy)
            return .rollback
        }
        #expect(!(try open.directory.names().contains { $0.contains("set-aside") }))
    }
}
