import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStoreClockTests {
    private static let sensor = "tsuruoka.stage-1"

    /// A boot's clocks; the civil one is `ahead` seconds ahead of the truth.
    private func clocks(
        up seconds: Double, ahead: Double = 0, _ quality: ClockQuality = .synchronised
    ) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(seconds * 1e9), utc: instant(seconds + ahead).utc,
            quality: quality)
    }

    private func anchor(up seconds: Double, error: Int64 = 20) -> ClockAnchor {
        ClockAnchor(
            monotonicNanoseconds: Int64(seconds * 1e9), utc: instant(seconds).utc,
            errorMilliseconds: error)
    }

    /// A reading that came at a second of the boot, `age` seconds old.
    private func reading(
        _ channel: ChannelIndex, up seconds: Double, ahead: Double = -7200, age: Double = 0,
        said: Double? = nil, _ quality: ClockQuality = .unknown
    ) -> Observation {
        let received = clocks(up: seconds, ahead: ahead, quality)
        var observation = observation(channel, at: 0, value: 1, marks: [])
        observation.received = received
        observation.deviceTime = said.map { instant($0).utc }
        observation.time =
            observation.deviceTime
            ?? received.utc.advanced(byMilliseconds: -Int64(age * 1000))
        return observation
    }

    /// Settles until nothing waits; gives back the rows that got their time.
    private func settle(_ open: OpenStore, _ anchor: ClockAnchor?, up seconds: Double) throws
        -> [ClosedRange<Int64>]
    {
        var rows: [ClosedRange<Int64>] = []
        for _ in 0..<1000 {
            let settlement = try open.store.settleClock(anchor, at: clocks(up: seconds))
            rows += settlement.restamped
            guard settlement.hasMore else { return rows }
        }
        Issue.record("settling does not end")
        return rows
    }

    /// The seconds of the truth under which the readings stand, in order of row.
    private func times(_ open: OpenStore) async throws -> [Double] {
        try await open.all(Self.sensor).sorted { $0.row < $1.row }
            .map { $0.observation.time.seconds(since: instant(0).utc) }
    }

    @Test(arguments: [false, true])
    func `readings from before the clock was set get their time`(isMoved: Bool) async throws {
        let open = try OpenStore(
            now: clocks(up: 1, ahead: -7200, .unknown), limits: StoreLimits(recentRows: 1))
        let channel = try open.channel(Self.sensor)
        try open.commit([
            reading(channel, up: 10), reading(channel, up: 20, age: 5),
            reading(channel, up: 30, said: 25), reading(channel, up: 40, said: 9_000_000),
        ])
        if isMoved { try open.maintain(at: 100) }
        #expect(try open.count("archive") == (isMoved ? 3 : 0))
        #expect(try settle(open, nil, up: 50) == [])
        #expect(try settle(open, anchor(up: 60), up: 60).flatMap(\.self).sorted() == [1, 2, 3, 4])
        #expect(try await times(open) == [10, 15, 25, 40])
        let rows = try await open.all(Self.sensor).sorted { $0.row < $1.row }
        #expect(rows.allSatisfy { $0.observation.marks.contains(.timeCorrected) })
        #expect(rows.map(\.observation.isTimeUncertain) == [false, false, false, false])
        #expect(rows.last?.observation.marks.contains(.deviceTimeRefused) == true)
        #expect(rows.map(\.timeErrorMilliseconds) == [25, 24, 23, 22])
        // What the gateway thought stays, and tells the time that was shown at first.
        #expect(rows.first?.observation.received.utc == instant(10 - 7200).utc)
        #expect(try settle(open, anchor(up: 60), up: 70) == [])
        // Sums follow, of rows in either table.
        let sums = try await open.archive.rollUps(
            of: try sensorID(Self.sensor), resolution: .day, from: instant(-90_000).utc,
            to: instant(90_000).utc)
        #expect(sums.map(\.totalCount) == [4])
        let minutes = try await open.archive.rollUps(
            of: try sensorID(Self.sensor), resolution: .tenMinutes, from: instant(-90_000).utc,
            to: instant(90_000).utc)
        #expect(minutes.map(\.totalCount) == [4])
    }

    @Test func `what came under a known clock keeps its time`() async throws {
        let open = try OpenStore(now: clocks(up: 1))
        let channel = try open.channel(Self.sensor)
        try open.commit([
            reading(channel, up: 10, ahead: 0, .synchronised),
            reading(channel, up: 20, ahead: 3, .provisional),
        ])
        #expect(try settle(open, anchor(up: 5), up: 60) == [])
        #expect(try await times(open) == [10, 23])
    }

    @Test func `targets get readings when they have their time, or after five minutes`() throws {
        let open = try OpenStore(now: clocks(up: 1, ahead: -7200, .unknown))
        let channel = try open.channel(Self.sensor)
        #expect(try open.commit([reading(channel, up: 10)]).observations == 0)
        #expect(try open.commit([reading(channel, up: 20)]).observations == 0)
        #expect(try open.store.positions().observations == 0)
        #expect(
            try open.store.settleClock(nil, at: clocks(up: 309)).positions?.observations == 0)
        #expect(
            try open.store.settleClock(nil, at: clocks(up: 310)).positions?.observations == 2)
        #expect(try open.commit([reading(channel, up: 1900)]).observations == 3)
        // Then they get them again.
        #expect(try settle(open, anchor(up: 2000), up: 2000) == [1...3])
    }

    @Test func `targets wait for no clock where the gateway is told so`() throws {
        let open = try OpenStore(
            now: clocks(up: 1, ahead: -7200, .unknown), limits: StoreLimits(clockWaitSeconds: 0))
        let channel = try open.channel(Self.sensor)
        #expect(try open.commit([reading(channel, up: 10)]).observations == 1)
    }

    @Test func `a restart holds back what it held back before`() throws {
        let open = try OpenStore(now: clocks(up: 1, ahead: -7200, .unknown))
        let channel = try open.channel(Self.sensor)
        try open.commit([
            reading(channel, up: 10, ahead: 0, .synchronised), reading(channel, up: 11),
        ])
        try open.store.close()
        let after = try OpenStore(open.directory, now: clocks(up: 100, ahead: -7200, .unknown))
        #expect(try after.store.positions().observations == 1)
        try after.store.close()
        let late = try OpenStore(open.directory, now: clocks(up: 311, ahead: -7200, .unknown))
        #expect(try late.store.positions().observations == 2)
        #expect(try settle(late, anchor(up: 2000), up: 2000) == [2...2])
        #expect(late.store.clockAnchor == anchor(up: 2000))
        try late.store.close()
        #expect(
            try OpenStore(open.directory, now: clocks(up: 3000)).store.clockAnchor
                == anchor(up: 2000))
    }

    @Test func `targets that were told before are told again, a restart in between`() async throws {
        let open = try OpenStore(now: clocks(up: 1, ahead: -7200, .unknown))
        let channel = try open.channel(Self.sensor)
        var batch = StoreBatch()
        batch.observations = (1...6).map { reading(channel, up: Double($0)) }
        batch.progress = [
            TargetProgress(
                target: "platform", stream: .observations, position: 4, backlog: [1...1])
        ]
        _ = try open.store.commit(batch)
        _ = try settle(open, anchor(up: 60), up: 60)
        #expect(try await open.archive.progress().map(\.backlog) == [[1...4]])
    }

    @Test func `a boot whose clock nobody ever set gets bounds, and keeps its order`() async throws
    {
        let first = try OpenStore(now: clocks(up: 0))
        let channel = try first.channel(Self.sensor)
        try first.commit([reading(channel, up: 100, ahead: 0, .synchronised)])
        _ = try settle(first, anchor(up: 0), up: 100)
        try first.store.close()
        // Off from 100; on again at 1000 with a clock of 1970, off at 1050.
        let old: Double = -1_000_000_000
        let second = try OpenStore(
            first.directory, bootID: "boot-b", now: clocks(up: 0, ahead: old, .unknown))
        try second.commit([
            reading(channel, up: 10, ahead: old), reading(channel, up: 50, ahead: old),
        ])
        try second.store.close()
        // On again at 2000, and set right at 2060.
        let third = try OpenStore(
            first.directory, bootID: "boot-c", now: clocks(up: 0, ahead: old, .unknown))
        let found = ClockAnchor(
            monotonicNanoseconds: 60_000_000_000, utc: instant(2060).utc, errorMilliseconds: 20)
        #expect(try settle(third, found, up: 60) == [2...3])
        let rows = try await third.all(Self.sensor).sorted { $0.row < $1.row }
        // In truth 1010 and 1050: between 110 and 1960, and between 150 and 2000.
        #expect(try await times(third) == [100, 110, 150])
        #expect(rows.map(\.observation.isTimeUncertain) == [false, true, true])
        #expect(rows.last?.timeErrorMilliseconds == 1_850_000)
        #expect(rows.last?.observation.revision == 1)
    }
}
