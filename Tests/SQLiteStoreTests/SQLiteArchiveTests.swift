import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SQLiteArchiveTests {
    @Test func `pages follow each other without gap or repeat across both tables`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        let rows = MaintenanceTests.randomRows([channel], count: 700, seed: 11)
        try open.commit(rows)
        try open.maintain(at: 400_000, forwarded: 300)
        let all = try await open.all("tsuruoka.stage-1")
        #expect(all.count == 700)
        let order = all.map { PageCursor(time: $0.observation.time, row: $0.row) }
        #expect(zip(order, order.dropFirst()).allSatisfy { ($0.time, $0.row) < ($1.time, $1.row) })
        var paged: [StoredObservation] = []
        var cursor: PageCursor?
        repeat {
            let page = try await open.archive.observations(
                of: try sensorID("tsuruoka.stage-1"), from: UTCInstant(milliseconds: .min),
                to: UTCInstant(milliseconds: .max), limit: 33, after: cursor)
            paged += page
            cursor = page.last.map { PageCursor(time: $0.observation.time, row: $0.row) }
        } while cursor != nil && paged.count <= all.count
        #expect(paged == all)
    }

    @Test func `the first time belongs to a range and the last does not`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit([2, 0, 1, 3].map { observation(channel, at: $0) })
        let found = try await open.archive.observations(
            of: try sensorID("tsuruoka.stage-1"), from: instant(1).utc, to: instant(3).utc,
            limit: 10, after: nil)
        #expect(found.map(\.row) == [3, 1])
        #expect(try await open.all("tsuruoka.nothing").isEmpty)
    }

    @Test func `a reading without identity is named by the boot that received it`() async throws {
        let open = try OpenStore(bootID: "boot-a")
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit([observation(channel, at: 0)])
        try open.store.close()
        let after = try OpenStore(open.directory, bootID: "boot-b")
        try after.commit([observation(channel, at: 1)])
        #expect(
            try await after.all("tsuruoka.stage-1").map(\.key.text) == [
                "gateway-1/tsuruoka.stage-1/rboot-a-1000000000",
                "gateway-1/tsuruoka.stage-1/rboot-b-2000000000",
            ])
    }

    @Test func `readers see whole commits while the writer commits`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        let archive = open.archive
        let id = try sensorID("tsuruoka.stage-1")
        let reader = Task {
            var counts: [Int] = []
            while (counts.last ?? 0) < 1000 {
                let rows = try await archive.observations(
                    of: id, from: UTCInstant(milliseconds: .min),
                    to: UTCInstant(milliseconds: .max), limit: 10_000, after: nil)
                counts.append(rows.count)
                if rows.count >= 1000 { return counts }
            }
            return counts
        }
        for commit in 0..<100 {
            try open.commit((0..<10).map { observation(channel, at: Double(commit * 10 + $0)) })
        }
        let counts = try await reader.value
        #expect(counts.allSatisfy { $0 % 10 == 0 })
        #expect(counts == counts.sorted())
    }

    @Test func `a reader in the middle of its transaction does not hold a commit up`() throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.archive.readers.read { database in
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM recent") == 0)
            try open.commit([observation(channel, at: 0)])
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM recent") == 0)
        }
        #expect(try open.count("recent") == 1)
    }

    @Test(arguments: [false, true])
    func `an export reads every row, beside the daemon and without it`(isClosed: Bool) throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<4500).map { observation(channel, at: Double($0)) })
        try open.maintain(at: 1000, forwarded: 1000)
        if isClosed { try open.store.close() }
        let archive = try SQLiteArchive.open(readOnly: open.directory.database)
        #expect(try archive.channels().map(\.description) == ["tsuruoka.stage-1"])
        var keys: Set<String> = []
        try archive.export(
            sensor: try sensorID("tsuruoka.stage-1"), from: instant(10).utc, to: instant(4400).utc
        ) { keys.insert($0.key.text) }
        #expect(keys.count == 4390)
        #expect(keys.allSatisfy { $0.hasPrefix("gateway-1/") })
        try archive.close()
    }

    @Test func `an export without a database says what is the matter`() throws {
        let directory = try TemporaryDirectory()
        let missing = #expect(throws: AdapterFailure.self) {
            try SQLiteArchive.open(readOnly: directory.database)
        }
        #expect(missing?.code == .unavailable)
        let other = try DatabaseQueue(path: directory.database)
        try other.write { try $0.execute(sql: "CREATE TABLE a (b)") }
        try other.close()
        let foreign = #expect(throws: AdapterFailure.self) {
            try SQLiteArchive.open(readOnly: directory.database)
        }
        #expect(foreign?.cause == "it is not a database of kawamori")
    }

    @Test func `minutes stop at the limit with whole intervals`() async throws {
        let open = try OpenStore(
            limits: StoreLimits(rollUpBuckets: 50, rollUpScanRows: 1000))
        let channel = try open.channel("tsuruoka.stage-1")
        // Forty-five readings a minute.
        try open.commit((0..<4500).map { observation(channel, at: Double($0) * 4 / 3) })
        try open.maintain(at: 7200, forwarded: 3000)
        func minutes(from seconds: Double) async throws -> [RollUp] {
            try await open.archive.rollUps(
                of: try sensorID("tsuruoka.stage-1"), resolution: .minute,
                from: instant(seconds).utc, to: instant(100_000).utc)
        }
        let first = try await minutes(from: 0)
        #expect(first.count == 22)
        #expect(first.allSatisfy { $0.totalCount == 45 })
        let tail = try await minutes(from: 45 * 60)
        #expect(tail.count == 50)
        #expect(tail.map(\.totalCount).allSatisfy { $0 == 45 })
    }
}
