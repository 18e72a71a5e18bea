import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SalvageTests {
    /// How many observations the damage may cost at most; most of it costs a page's rows or none.
    private static func greatestLoss(_ place: DamagedDatabase.Place) -> Int {
        switch place {
        case .allZero, .foreign: DamagedDatabase.wholeCount
        case .truncated: DamagedDatabase.wholeCount * 3 / 4
        case .zeroedTail: DamagedDatabase.wholeCount / 2
        case .tableLeaf, .keyedLeaf, .recentPage, .keyedInterior: 60
        // The frame that is torn held one commit's reading, which the next frame repeats.
        case .logFrame, .logHeader: 1
        case .newerSchema, .header, .firstPage, .tableInterior, .overflow, .freeList, .pageMap: 0
        }
    }

    @Test(arguments: DamagedDatabase.Place.allCases)
    func `a damaged database is told of, and what it still says is kept`(
        place: DamagedDatabase.Place
    ) async throws {
        let damaged = try DamagedDatabase(place)
        let open = try OpenStore(damaged.directory, now: instant(400_000))
        let channel = try open.channel("tsuruoka.stage-1")
        // It stores at once, before anything is salvaged; a sensor sends one reading again.
        let fresh = observation(
            channel, at: 400_000, identity: .sequence(bootCounter: 3, sequence: 1))
        let again = observation(
            channel, at: 0, identity: .sequence(bootCounter: 1, sequence: 0))
        let isNew = open.report.isNew
        try open.commit(isNew ? [fresh, again] : [fresh])

        try open.maintain(at: 400_000)
        #expect(!open.store.isSalvaging)
        let identities = try identities(in: open)
        #expect(Set(identities).count == identities.count, "something stands twice")
        #expect(identities.contains([3, 1]))
        let old = identities.count { $0[0] < 3 && !($0 == [1, 0] && isNew) }
        let missing = DamagedDatabase.wholeCount - old - (isNew ? 1 : 0)
        #expect((0...Self.greatestLoss(place)).contains(missing), "\(missing) are missing")
        try await checkLedger(open, place: place, missing: missing)
    }

    private func identities(in open: OpenStore) throws -> [[Int64]] {
        try open.store.writer.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id_boot, id_sequence FROM recent
                    UNION ALL SELECT id_boot, id_sequence FROM archive
                    """
            ).map { [$0[0] as Int64? ?? 0, $0[1] as Int64? ?? 0] }
        }
    }

    /// What is lost stands in the ledger, from when to when; what is not lost does not.
    private func checkLedger(
        _ open: OpenStore, place: DamagedDatabase.Place, missing: Int
    ) async throws {
        let ledger = try await open.archive.losses(limit: 100).map(\.record)
            .filter { $0.cause == .storeSetAside }
        guard !open.report.setAside.isEmpty else {
            #expect(missing == 0 && ledger.isEmpty, "lost without a word")
            return
        }
        #expect(!ledger.isEmpty)
        guard open.report.setAside[0].isSalvageable, missing < DamagedDatabase.wholeCount - 1 else {
            return
        }
        let report = try #require(open.store.takeSalvageReport())
        #expect(report.losses.reversed() == ledger)
        if missing > 0 { #expect(report.hasLoss) }
        let counted = ledger.compactMap(\.count).reduce(0, +)
        #expect(counted <= UInt64(missing))
        if ledger.allSatisfy({ $0.count != nil }) { #expect(counted == UInt64(missing)) }
        if place == .recentPage || place == .keyedLeaf || place == .tableLeaf {
            #expect(ledger.allSatisfy { $0.from >= morning && $0.to <= instant(400_000).utc })
        }
    }

    @Test func `records of every kind come over, and nothing is told twice`() async throws {
        let damaged = try DamagedDatabase(.header)
        let open = try OpenStore(damaged.directory, now: instant(400_000))
        let start = try open.store.positions()
        try open.maintain(at: 400_000)
        #expect(try open.count("alarm") == Int(DamagedDatabase.alarmCount))
        #expect(try open.count("alarm_transition") == Int(DamagedDatabase.alarmCount))
        #expect(try open.count("detection") == Int(DamagedDatabase.alarmCount))
        #expect(try open.count("rejection") == 1)
        #expect(try open.store.calibrationRecords() == [try calibrationRecord(2, from: 60)])
        // What was being reckoned anew is, from its beginning on.
        #expect(try open.count("recalibration") == 1)
        #expect(try await open.archive.account(named: "admin")?.passwordHash == "hash")
        #expect(
            try await open.archive.losses(limit: 9).map(\.record.cause) == [
                .storeSetAside, .rejectedInput, .ringFull,
            ])
        // The targets begin behind what came over.
        #expect(try await open.archive.transitions(after: start.transitions, limit: 9).isEmpty)
        #expect(try await open.archive.detections(after: start.detections, limit: 9).isEmpty)
        let report = try #require(open.store.takeSalvageReport())
        #expect(report.observationCount == UInt64(DamagedDatabase.wholeCount))
        #expect(!report.hasLoss || report.damageCount > 0)
        #expect(report.undelivered == ["city": [8001...Int64(DamagedDatabase.wholeCount)]])
        // A new alarm and a new reading stand behind everything old.
        let channel = try open.channel("tsuruoka.stage-1")
        let row = try open.commit([observation(channel, at: 400_001)]).observations
        #expect(row > start.observations)
        let page = try await open.archive.observations(rows: 8001...row, limit: 5000)
        #expect(page.count == DamagedDatabase.wholeCount - 8000 + 1)
    }

    @Test func `days and ten minutes add up to the readings that came over`() async throws {
        let damaged = try DamagedDatabase(.tableInterior)
        let open = try OpenStore(damaged.directory, now: instant(400_000))
        try open.maintain(at: 400_000)
        for resolution in [RollUp.Resolution.tenMinutes, .day] {
            let sums = try await open.archive.rollUps(
                of: try sensorID("tsuruoka.stage-2"), resolution: resolution,
                from: morning.advanced(byMilliseconds: -86_400_000 * 2),
                to: instant(500_000).utc)
            #expect(sums.map(\.totalCount).reduce(0, +) == DamagedDatabase.observationCount / 3)
        }
    }

    @Test func `a salvage that is cut off goes on after the start, and nothing stands twice`()
        throws
    {
        let damaged = try DamagedDatabase(.header)
        let first = try OpenStore(
            damaged.directory, now: instant(400_000), limits: StoreLimits(sliceMilliseconds: 1))
        for _ in 0..<60 { #expect(try first.store.maintain(now: morning, forwarded: 0)) }
        let second = try OpenStore(try first.directory.crashed(), now: instant(400_100))
        // The path in the ledger is the first directory's, which still stands.
        #expect(second.store.isSalvaging)
        try second.maintain(at: 400_100)
        let report = try #require(second.store.takeSalvageReport())
        #expect(report.observationCount == UInt64(DamagedDatabase.wholeCount))
        let count = try second.count("recent") + second.count("archive")
        #expect(count == DamagedDatabase.wholeCount)
    }
}
