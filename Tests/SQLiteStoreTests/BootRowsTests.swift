import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct BootRowsTests {
    /// A boot's clocks: seconds since it began, and what the civil clock says, in seconds of `instant`.
    private func clocks(
        up seconds: Double, civil: Double, _ quality: ClockQuality = .synchronised
    ) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(seconds * 1e9), utc: instant(civil).utc, quality: quality)
    }

    private func subject() throws -> AlarmSubject {
        AlarmSubject(station: try #require(StationID("tsuruoka")), level: .caution)
    }

    /// A store in which an alarm's hold began at second 100 of its boot, and a reading came at 400.
    private func storeInHold(
        ended quality: ClockQuality = .synchronised, wall: Double = 400
    ) throws -> OpenStore {
        let open = try OpenStore(now: clocks(up: 10, civil: 10))
        let channel = try open.channel("tsuruoka.stage-1")
        var last = observation(channel, at: 400, marks: [])
        last.received = clocks(up: 400, civil: wall, quality)
        var batch = StoreBatch()
        batch.transitions = [
            AlarmTransition(
                subject: try subject(), occurrence: 1, from: .normal, to: .active,
                time: instant(50).utc, stageMetres: 1.6, cause: .reached)
        ]
        batch.holds = [
            try subject(): AlarmHold(occurrence: 1, since: SteadyInstant(milliseconds: 100_000))
        ]
        batch.observations = [last]
        _ = try open.store.commit(batch)
        return open
    }

    private func holdSince(_ open: OpenStore) throws -> Int64? {
        try open.store.alarmStates().first?.holdSince?.milliseconds
    }

    @Test func `a hold goes on over a restart, and ends where it ended`() throws {
        let open = try storeInHold()
        #expect(try holdSince(open) == 100_000)
        try open.store.close()
        let after = try OpenStore(open.directory, now: clocks(up: 700, civil: 9999, .unknown))
        #expect(try holdSince(after) == 100_000)
        var batch = StoreBatch()
        batch.holds = [try subject(): AlarmHold(occurrence: 1, since: nil)]
        _ = try after.store.commitEssentials(of: batch)
        #expect(try holdSince(after) == nil)
    }

    @Test(arguments: [
        // The hold ran for 300 s before the cut; the machine was off from 400 to 1000.
        (ClockQuality.synchronised, 400.0, ClockQuality.synchronised, -895_000),
        // Nobody knows for how long it was off.
        (.unknown, 400, .synchronised, -295_000), (.synchronised, 400, .unknown, -295_000),
        // A clock that went back counts for nothing.
        (.synchronised, 5000, .synchronised, -295_000),
    ])
    func `over a reboot a hold goes on by what is surely known`(
        before: ClockQuality, wall: Double, after: ClockQuality, expected: Int64
    ) throws {
        let open = try storeInHold(ended: before, wall: wall)
        try open.store.close()
        let next = try OpenStore(
            open.directory, bootID: "boot-b", now: clocks(up: 5, civil: 1000, after))
        #expect(try holdSince(next) == expected)
        try next.store.close()
        // And over the next one by what it then was.
        let third = try OpenStore(
            open.directory, bootID: "boot-c", now: clocks(up: 7, civil: 0, .unknown))
        #expect(try holdSince(third) == expected + 2000)
        #expect(
            try third.store.newestObservations().first?.received.monotonicNanoseconds
                == (expected + 2000 + 300_000) * 1_000_000)
    }

    @Test func `of a boot that an older schema left, the civil clock must do`() throws {
        let open = try storeInHold()
        try open.store.writer.write { try $0.execute(sql: "UPDATE boot SET steady_ns = NULL") }
        try open.store.close()
        let next = try OpenStore(
            open.directory, bootID: "boot-b", now: clocks(up: 5, civil: 1000))
        #expect(try holdSince(next) == 5000, "the hold begins anew")
        let newest = try #require(try next.store.newestObservations().first)
        #expect(newest.received.monotonicNanoseconds == -595_000_000_000)
    }
}
