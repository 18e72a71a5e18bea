import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct MaintenanceTests {
    /// A small generator with a seed, so that a failing run can be run again.
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return word ^ word >> 31
        }
    }

    /// Rows over two days in about the order of their times: some late, some at the same time, some
    /// missing, some failed.
    static func randomRows(
        _ channels: [ChannelIndex], count: Int, seed: UInt64
    ) -> [Observation] {
        var random = SplitMix(state: seed)
        return (0..<count).map { index in
            let received = Double(index) * 172_800 / Double(count)
            let isLate = Int.random(in: 0..<10, using: &random) == 0
            let age = isLate ? Double.random(in: 0..<90_000, using: &random) : 0
            let isMissing = Int.random(in: 0..<20, using: &random) == 0
            let flag: QualityFlag =
                isMissing
                ? .missing
                : [.good, .good, .suspect, .fail, .notEvaluated].randomElement(using: &random)
                    ?? .good
            return observation(
                channels.randomElement(using: &random) ?? channels[0],
                at: ((received - age) / 60).rounded() * 60,
                value: isMissing ? nil : Double.random(in: -3...3, using: &random), flag: flag,
                received: received)
        }
    }

    private static let sensors = ["tsuruoka.stage-1", "tsuruoka.stage-2", "kathmandu.rain-1"]
    private static let offsets = ["tsuruoka": 32_400, "kathmandu": 20_700]
    private static let from = UTCInstant(milliseconds: morning.milliseconds - 200_000_000)
    private static let to = UTCInstant(milliseconds: morning.milliseconds + 200_000_000)

    /// Everything that a reader can ask.
    private func answers(_ open: OpenStore) async throws -> (
        rows: [[StoredObservation]], rollUps: [[RollUp]], stream: [StoredObservation]
    ) {
        var rows: [[StoredObservation]] = []
        var rollUps: [[RollUp]] = []
        for sensor in Self.sensors {
            rows.append(try await open.all(sensor))
            for resolution in RollUp.Resolution.allCases {
                rollUps.append(
                    try await open.archive.rollUps(
                        of: try sensorID(sensor), resolution: resolution, from: Self.from,
                        to: Self.to))
            }
        }
        return (rows, rollUps, try await open.archive.observations(rows: 1...10_000, limit: 10_000))
    }

    /// What SQL and summing in another order may differ by.
    private func expectAlmostEqual(_ left: [[RollUp]], _ right: [[RollUp]]) {
        #expect(left.map(\.count) == right.map(\.count))
        for (left, right) in zip(left.joined(), right.joined()) {
            var rounded = left
            if abs((left.sum ?? 0) - (right.sum ?? 0)) < 1e-9 { rounded.sum = right.sum }
            if abs((left.mean ?? 0) - (right.mean ?? 0)) < 1e-9 { rounded.mean = right.mean }
            #expect(rounded == right)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `compaction changes no answer`(seed: UInt64) async throws {
        let open = try OpenStore(offsetSeconds: Self.offsets)
        let channels = try Self.sensors.map { try open.channel($0) }
        let rows = Self.randomRows(channels, count: 3000, seed: seed)
        try open.commit(rows)
        let before = try await answers(open)
        #expect(before.stream.map(\.observation) == rows)
        // Three targets' progress: nothing, a part, and everything.
        for (forwarded, remaining) in [(0, 3000), (1234, 1766), (3000, 0)] {
            try open.maintain(at: 400_000, forwarded: Int64(forwarded))
            #expect(try open.count("recent") == remaining)
            #expect(try open.count("archive") == 3000 - remaining)
            let after = try await answers(open)
            #expect(after.rows == before.rows)
            #expect(after.stream == before.stream)
            expectAlmostEqual(after.rollUps, before.rollUps)
        }
        #expect(try open.commit(rows).observations == 6000)
    }

    @Test(arguments: RollUp.Resolution.allCases)
    func `roll-ups equal what a reader sums by hand`(resolution: RollUp.Resolution) async throws {
        let open = try OpenStore(offsetSeconds: Self.offsets)
        let channels = try Self.sensors.map { try open.channel($0) }
        let rows = Self.randomRows(channels, count: 3000, seed: 7)
        // Half of it is compacted hour by hour, so that late rows meet sums that are there already.
        for part in 0..<6 {
            try open.commit(Array(rows[part * 500..<part * 500 + 500]))
            if part < 3 { try open.maintain(at: 400_000) }
        }
        for (sensor, channel) in zip(Self.sensors, channels) {
            let offset = Self.offsets[String(sensor.prefix { $0 != "." })] ?? 0
            var buckets: [Int64: [(Int, Observation)]] = [:]
            for (index, row) in rows.enumerated() where row.channel == channel {
                let local = row.time.milliseconds + Int64(offset) * 1000
                let start =
                    local / resolution.rawValue * resolution.rawValue - Int64(offset) * 1000
                buckets[start, default: []].append((index, row))
            }
            let expected = buckets.sorted { $0.key < $1.key }.map { start, rows in
                let usable = rows.filter { $0.1.value != nil && $0.1.flag != .fail }
                let values = usable.compactMap(\.1.value)
                let sum = values.isEmpty ? nil : values.reduce(0, +)
                let last = usable.max { ($0.1.time, $0.0) < ($1.1.time, $1.0) }
                let worst: QualityFlag =
                    [.fail, .suspect, .good, .notEvaluated]
                    .first { flag in rows.contains { $0.1.flag == flag } } ?? .missing
                return RollUp(
                    start: UTCInstant(milliseconds: start), count: values.count,
                    totalCount: rows.count, minimum: values.min(),
                    mean: sum.map { $0 / Double(values.count) }, maximum: values.max(),
                    last: last?.1.value, sum: sum, worstFlag: worst)
            }
            let found = try await open.archive.rollUps(
                of: try sensorID(sensor), resolution: resolution, from: Self.from, to: Self.to)
            expectAlmostEqual([found], [expected])
            // A part of the range holds the same sums, by their starts.
            let middle = try await open.archive.rollUps(
                of: try sensorID(sensor), resolution: resolution,
                from: UTCInstant(milliseconds: morning.milliseconds + 1),
                to: UTCInstant(milliseconds: morning.milliseconds + 100_000_000))
            #expect(
                middle
                    == found.filter {
                        $0.start > morning
                            && $0.start.milliseconds < morning.milliseconds + 100_000_000
                    })
        }
    }

    @Test(arguments: [false, true])
    func `a day begins at the station's midnight`(isMoved: Bool) async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        let midnight = try #require(UTCInstant(rfc3339: "2026-11-22T00:00:00+09:00"))
        let seconds = midnight.seconds(since: morning)
        try open.commit([
            observation(channel, at: seconds - 1, value: 1),
            observation(channel, at: seconds, value: 2),
        ])
        if isMoved { try open.maintain(at: 400_000) }
        let days = try await open.archive.rollUps(
            of: try sensorID("tsuruoka.stage-1"), resolution: .day, from: Self.from, to: Self.to)
        #expect(days.map(\.last) == [1, 2])
        #expect(days.last?.start == midnight)
    }

    @Test func `a changed offset moves the days of the past`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit(
            Self.randomRows([channel], count: 500, seed: 4))
        try open.maintain(at: 400_000)
        try open.store.close()
        let utc = try OpenStore(open.directory, offsetSeconds: [:])
        _ = try utc.channel("tsuruoka.stage-1")
        let days = try await utc.archive.rollUps(
            of: try sensorID("tsuruoka.stage-1"), resolution: .day, from: Self.from, to: Self.to)
        #expect(days.allSatisfy { $0.start.milliseconds % 86_400_000 == 0 })
        #expect(days.map(\.totalCount).reduce(0, +) == 500)
    }

    @Test func `rows of this hour and rows that a target still needs stay in arrival order`() throws
    {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        // 09:10, and an hour later
        try open.commit((0..<10).map { observation(channel, at: Double($0)) })
        try open.commit((0..<10).map { observation(channel, at: 3600 + Double($0)) })
        try open.maintain(at: 60)
        #expect(try open.count("recent") == 20)
        try open.maintain(at: 3700, forwarded: 4)
        #expect(try open.count("recent") == 16)
        try open.maintain(at: 3700)
        #expect(try open.count("recent") == 10)
    }

    @Test func `beyond the limit the oldest rows are compacted although a target is away`()
        async throws
    {
        let open = try OpenStore(limits: StoreLimits(recentRows: 100))
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<1000).map { observation(channel, at: Double($0)) })
        try open.maintain(at: 1000, forwarded: 0)
        #expect(try open.count("recent") == 100)
        let stream = try await open.archive.observations(rows: 850...1000, limit: 100)
        #expect(stream.map(\.row) == Array(850..<950))
    }

    @Test func `row numbers are never used again, even when every row has left`() async throws {
        let open = try OpenStore()
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<10).map { observation(channel, at: Double($0)) })
        try open.maintain(at: 7200)
        #expect(try open.count("recent") == 0)
        #expect(try await open.archive.streamEnds().observations == 10)
        let after = try OpenStore(try open.directory.crashed())
        #expect(try after.store.positions().observations == 10)
        #expect(try after.commit([observation(channel, at: 99)]).observations == 11)
    }

    @Test func `retention deletes old raw rows and keeps their sums`() async throws {
        let open = try OpenStore(limits: StoreLimits(rawDays: 1))
        let channel = try open.channel("tsuruoka.stage-1")
        let dead = try open.channel("tsuruoka.stage-2")
        try open.commit([observation(dead, at: 0)])
        try open.commit((0..<2000).map { observation(channel, at: Double($0) * 120) })
        // The clock runs ten years ahead: what counts is each sensor's newest reading.
        try open.maintain(at: 315_360_000)
        let rows = try await open.all("tsuruoka.stage-1")
        #expect(rows.first?.observation.time == instant(Double(1999 * 120 - 86_400)).utc)
        #expect(try await open.all("tsuruoka.stage-2").count == 1)
        let days = try await open.archive.rollUps(
            of: try sensorID("tsuruoka.stage-1"), resolution: .day, from: Self.from,
            to: UTCInstant(milliseconds: Self.to.milliseconds * 2))
        #expect(days.map(\.totalCount).reduce(0, +) == 2000)
        // A very late row adds to the sum of a day whose rows are gone.
        try open.commit([observation(channel, at: 1, received: 240_000)])
        try open.maintain(at: 315_400_000)
        let again = try await open.archive.rollUps(
            of: try sensorID("tsuruoka.stage-1"), resolution: .day, from: Self.from,
            to: UTCInstant(milliseconds: Self.to.milliseconds * 2))
        #expect(again.first?.totalCount == (days.first?.totalCount ?? 0) + 1)
    }

    @Test func `ledgers keep their newest entries`() async throws {
        let open = try OpenStore(limits: StoreLimits(lossRows: 5, auditRows: 7))
        var batch = StoreBatch()
        for number in 0..<20 {
            batch.audit.append(
                AuditEntry(time: morning, actor: "a", action: "\(number)", detail: ""))
            batch.losses.append(
                LossRecord(
                    source: "\(number)", cause: .ringFull, from: morning, to: morning, count: 1))
        }
        _ = try open.store.commit(batch)
        try open.maintain(at: 0)
        #expect(
            try await open.archive.losses(limit: 99).map(\.record.source)
                == ["19", "18", "17", "16", "15"])
        #expect(try await open.archive.audit(limit: 99).count == 7)
    }

    @Test func `free pages go back to the file system`() throws {
        let open = try OpenStore(limits: StoreLimits(rawDays: 1))
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit((0..<250_000).map { observation(channel, at: Double($0)) })
        try open.store.writer.writeWithoutTransaction {
            try $0.execute(sql: "DELETE FROM recent")
        }
        let before = try #require(Int(try open.pragma("page_count")))
        try open.maintain(at: 0)
        #expect(try #require(Int(try open.pragma("page_count"))) < before / 2 + 4096)
        #expect(try #require(Int(try open.pragma("freelist_count"))) <= 4096)
    }
}
