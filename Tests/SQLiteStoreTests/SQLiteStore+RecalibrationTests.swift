import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

/// Reads millimetres as metres, moved by the companion where there is one.
private struct Doubling: Recalibrator {
    var factor = 2.0
    var version: UInt32 = 4
    var companion: Companion.Source?

    func anew(
        _ observation: Observation, of sensor: SensorID,
        companion ask: (_ source: Companion.Source, _ time: UTCInstant) throws -> Double?
    ) throws -> Observation? {
        guard observation.calibrationVersion != version else { return nil }
        var result = observation
        result.calibrationVersion = version
        var value = observation.rawValue.map { $0 / 1000 * factor }
        if let companion { value = try ask(companion, observation.time) }
        guard value != observation.value else { return result }
        result.value = value
        result.flag = .suspect
        return result
    }
}

@Suite struct SQLiteStoreRecalibrationTests {
    private static let sensor = "tsuruoka.stage-1"

    private func order(_ open: OpenStore, from seconds: Double? = nil) throws {
        var batch = StoreBatch()
        batch.recalibrations = [
            RecalibrationOrder(
                sensor: try sensorID(Self.sensor), from: seconds.map { instant($0).utc })
        ]
        _ = try open.store.commit(batch)
    }

    /// Reckons until nothing waits; gives back the rows that have changed, and the last progress.
    @discardableResult
    private func finish(
        _ open: OpenStore, by recalibrator: any Recalibrator = Doubling()
    ) throws -> (changed: [Int64], progress: RecalibrationProgress?) {
        var changed: [Int64] = []
        var progress: RecalibrationProgress?
        for _ in 0..<1000 {
            guard let slice = try open.store.recalibrate(by: recalibrator) else {
                return (changed, progress)
            }
            changed += slice.changed.flatMap(\.self)
            progress = slice.progress
        }
        Issue.record("the recomputation does not end")
        return (changed, progress)
    }

    /// A store with readings of two sensors, a minute apart; all but the last hour in the archive.
    private func filled(
        count: Int = 300, limits: StoreLimits = StoreLimits()
    ) throws -> (open: OpenStore, count: Int) {
        let open = try OpenStore(limits: limits)
        let stage = try open.channel(Self.sensor)
        let other = try open.channel("tsuruoka.other")
        for index in 0..<count {
            try open.commit([
                observation(stage, at: Double(index) * 60, marks: []),
                observation(other, at: Double(index) * 60, value: 20, marks: []),
            ])
        }
        try open.maintain(at: Double(count) * 60)
        #expect(try open.count("archive") > 0 && open.count("recent") > 0)
        return (open, count)
    }

    @Test func `readings in both tables get their value, others do not`() async throws {
        let (open, count) = try filled()
        try order(open)
        let (changed, progress) = try finish(open)
        #expect(progress?.isDone == true)
        #expect(progress?.seenCount == Int64(count) && progress?.changedCount == Int64(count))
        #expect(changed.count == count)
        let rows = try await open.all(Self.sensor).map(\.observation)
        #expect(rows.allSatisfy { $0.value == 3 && $0.rawValue == 1500 && $0.flag == .suspect })
        #expect(rows.allSatisfy { $0.calibrationVersion == 4 && $0.revision == 1 })
        let others = try await open.all("tsuruoka.other").map(\.observation)
        #expect(others.allSatisfy { $0.value == 20 && $0.revision == 0 })
        #expect(try open.count("recalibration") == 0)
    }

    @Test func `sums follow what they are made of`() async throws {
        let (open, count) = try filled()
        try order(open)
        try finish(open)
        for resolution in [RollUp.Resolution.tenMinutes, .day] {
            let sums = try await open.archive.rollUps(
                of: try sensorID(Self.sensor), resolution: resolution,
                from: instant(-90_000).utc, to: instant(90_000).utc)
            #expect(sums.map(\.totalCount).reduce(0, +) == count)
            #expect(sums.allSatisfy { $0.minimum == 3 && $0.maximum == 3 })
        }
    }

    @Test func `sums of what is deleted in part stay as they are`() async throws {
        let (open, _) = try filled()
        try await open.store.writer.write { database in
            try database.execute(sql: "DELETE FROM archive WHERE row < 5")
        }
        try order(open)
        try finish(open)
        let sums = try await open.archive.rollUps(
            of: try sensorID(Self.sensor), resolution: .tenMinutes, from: instant(-90_000).utc,
            to: instant(90_000).utc)
        #expect(sums.first?.totalCount == 10 && sums.first?.maximum == 1.5)
        #expect(sums.dropFirst().allSatisfy { $0.maximum == 3 })
    }

    @Test func `only readings from its time on are reckoned anew`() async throws {
        let (open, count) = try filled()
        try order(open, from: 6000)
        #expect(try finish(open).changed.count == count - 100)
        let rows = try await open.all(Self.sensor).map(\.observation)
        #expect(rows.prefix(100).allSatisfy { $0.value == 1.5 })
        #expect(rows.dropFirst(100).allSatisfy { $0.value == 3 })
    }

    @Test func `what stands as it should changes nothing and revises nothing`() async throws {
        let (open, _) = try filled()
        let before = try await open.all(Self.sensor)
        try order(open)
        #expect(try finish(open, by: Doubling(factor: 1, version: 3)).changed.isEmpty)
        #expect(try await open.all(Self.sensor) == before)
        // A version of the same content gives the rows its number, and nobody needs to get them again.
        try order(open)
        let (changed, progress) = try finish(open, by: Doubling(factor: 1, version: 5))
        #expect(changed.isEmpty && progress?.changedCount == 0)
        let rows = try await open.all(Self.sensor).map(\.observation)
        #expect(rows.allSatisfy { $0.calibrationVersion == 5 && $0.revision == 0 })
    }

    @Test func `a kill in the middle loses nothing and repeats nothing`() async throws {
        let (open, count) = try filled(count: 2000, limits: StoreLimits(sliceMilliseconds: 1))
        try order(open)
        var store = open
        var changed: [Int64] = []
        for round in 0..<1000 {
            guard let slice = try store.store.recalibrate(by: Doubling()) else { break }
            changed += slice.changed.flatMap(\.self)
            if round % 2 == 0 { store = try OpenStore(try store.directory.crashed()) }
        }
        #expect(changed.count == count && Set(changed).count == count)
        let rows = try await store.all(Self.sensor).map(\.observation)
        #expect(rows.allSatisfy { $0.value == 3 && $0.revision == 1 })
    }

    @Test func `every change raises the revision, and targets that had a row get it again`()
        async throws
    {
        let (open, count) = try filled()
        var batch = StoreBatch()
        batch.progress = [
            TargetProgress(target: "city", stream: .observations, position: Int64(count))
        ]
        _ = try open.store.commit(batch)
        for version in [UInt32(4), 5] {
            try order(open)
            try finish(open, by: Doubling(factor: Double(version), version: version))
        }
        let rows = try await open.all(Self.sensor)
        #expect(rows.allSatisfy { $0.observation.revision == 2 })
        let progress = try #require(try await open.archive.progress().first)
        let had = rows.map(\.row).filter { $0 <= count }
        #expect(progress.position == Int64(count) && !had.isEmpty)
        #expect(had.allSatisfy { row in progress.backlog.contains { $0.contains(row) } })
        #expect(progress.backlog.allSatisfy { $0.upperBound <= count })
        #expect(progress.backlog.count <= 256)
    }

    @Test func `what a companion said then is found in both tables`() async throws {
        let (open, _) = try filled()
        let source = Companion.Source(
            sensor: try sensorID("tsuruoka.other"), greatestAgeSeconds: 60)
        try order(open)
        try finish(open, by: Doubling(companion: source))
        #expect(try await open.all(Self.sensor).allSatisfy { $0.observation.value == 20 })
    }

    @Test func `a companion's last word counts, for as long as it may be old`() async throws {
        let open = try OpenStore()
        let stage = try open.channel(Self.sensor)
        let air = try open.channel("tsuruoka.other")
        try open.commit([
            observation(air, at: 0, value: 10, marks: []),
            observation(air, at: 50, value: 11, flag: .suspect, marks: []),
            observation(air, at: 100, value: 12, marks: []),
            observation(air, at: 1000, value: 13, marks: []),
        ])
        try open.commit([60, 110, 500, 950].map { observation(stage, at: $0, marks: []) })
        let source = Companion.Source(
            sensor: try sensorID("tsuruoka.other"), greatestAgeSeconds: 60)
        try order(open)
        try finish(open, by: Doubling(companion: source))
        #expect(
            try await open.all(Self.sensor).map(\.observation.value) == [10, 12, nil, 13])
    }

    @Test func `a sensor without readings is done at once`() throws {
        let open = try OpenStore()
        try order(open)
        #expect(try finish(open).progress?.isDone == true)
        #expect(try open.store.recalibrate(by: Doubling()) == nil)
    }
}
