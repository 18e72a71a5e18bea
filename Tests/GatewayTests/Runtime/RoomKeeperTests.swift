import GatewayModel
import GatewayPorts
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite struct RoomKeeperTests {
    private final class Disk: Sendable { let free = Atomic<Int64>(1000) }

    private let disk = Disk()

    private func keeper(_ spool: PictureSpool? = nil) -> RoomKeeper {
        RoomKeeper(lowWaterBytes: 800, spool: spool) { [disk] in
            disk.free.load(ordering: .relaxed)
        }
    }

    private func step(_ keeper: RoomKeeper, _ store: FakeStore) throws -> (Bool, [LossRecord]) {
        try keeper.step(store, now: instant().utc, forwarded: 5)
    }

    @Test func `above the mark nothing is touched`() throws {
        let store = FakeStore()
        #expect(try step(keeper(), store) == (false, []))
        #expect(store.state.withLock { $0.removals }.isEmpty)
    }

    @Test
    func `readings go first, then pictures, and sums at last, until there is more than enough`()
        throws
    {
        let directory = try TemporaryDirectory()
        let spool = try PictureSpool(directory: directory.file("spool"), byteLimit: 1_000_000)
        let camera = try testSensorID("pole-1.camera")
        for number: UInt8 in 1...3 {
            _ = try spool.store(
                [number], mediaType: "image/jpeg", camera: camera, eventID: "\(number)")
        }
        let store = FakeStore()
        store.state.withLock { $0.removable = [.readings: 2, .sums: 1] }
        let keeper = keeper(spool)
        disk.free.store(799, ordering: .relaxed)
        #expect(try step(keeper, store) == (true, []))
        #expect(try step(keeper, store) == (true, []))
        #expect(spool.byteCount == 3)
        let (hasMore, losses) = try step(keeper, store)
        #expect(hasMore && losses.map(\.cause) == [.picturesRemoved] && losses[0].count == 3)
        #expect(spool.byteCount == 0)
        // A little more than the mark is not enough to stop.
        disk.free.store(850, ordering: .relaxed)
        #expect(try step(keeper, store) == (true, []))
        #expect(try step(keeper, store) == (false, []))
        #expect(store.state.withLock { $0.removals.last } == .sums)
        disk.free.store(900, ordering: .relaxed)
        store.state.withLock { $0.removable = [.readings: 1] }
        #expect(try step(keeper, store) == (false, []))
        // And it begins anew only below the mark.
        disk.free.store(850, ordering: .relaxed)
        #expect(try step(keeper, store) == (false, []))
    }

    @Test(
        .enabled(
            if: SmallDisk.isPossible, "a file system cannot be mounted here; root may do it"))
    func `on a small disk the oldest readings make room, the ledger has all, and ingest goes on`()
        async throws
    {
        let disk = try SmallDisk(megabytes: 10)
        let (store, archive, _) = try SQLiteStore.open(
            directory: disk.path + "/state", gatewayID: "g", bootID: "b", now: instant(),
            limits: StoreLimits(walPages: 64, reserveBytes: 1 << 20))
        let keeper = RoomKeeper(lowWaterBytes: 3 << 20, spool: nil) { store.freeBytes }
        let sensor = try testStation().sensors[0]
        let channel = try #require(try store.channels(of: [sensor])[sensor.id])
        let (hours, readingsOfAnHour) = (30 * 24, 100)
        var leastFree = Int64.max
        for hour in 0..<hours {
            var batch = StoreBatch()
            batch.observations = (0..<readingsOfAnHour).map {
                let received = instant(Double(hour) * 3600 + Double($0) * 36)
                return Observation(
                    channel: channel, time: received.utc, deviceTime: nil, received: received,
                    rawValue: 1500, value: 1.5, flag: .good, report: QualityReport(), errorCode: 0,
                    calibrationVersion: 1,
                    identity: .sequence(
                        bootCounter: 1, sequence: UInt32(hour * readingsOfAnHour + $0)),
                    marks: [])
            }
            _ = try store.commit(batch)
            let now = instant(Double(hour + 1) * 3600).utc
            while try store.maintain(now: now, forwarded: .max) {}
            while try keeper.step(store, now: now, forwarded: .max).hasMore {}
            leastFree = min(leastFree, store.freeBytes)
        }
        var kept: [UInt32] = []
        try archive.export(
            sensor: sensor.id, from: UTCInstant(milliseconds: .min),
            to: UTCInstant(milliseconds: .max)
        ) { stored in
            guard case .sequence(_, let sequence) = stored.observation.identity else { return }
            kept.append(sequence)
        }
        let losses = try await archive.losses(limit: 999).map(\.record)
            .filter { $0.cause == .readingsRemoved }
        let removed = Int(losses.compactMap(\.count).reduce(0, +))
        let total = hours * readingsOfAnHour
        #expect(removed > total / 5, "the disk is too large for this test")
        #expect(kept.elementsEqual(UInt32(removed)..<UInt32(total)), "the oldest go, and no other")
        #expect(kept.count >= 48 * readingsOfAnHour)
        #expect(leastFree > 1 << 20)
        try store.close()
        withExtendedLifetime(disk) {}
    }

    @Test func `the kernel tells what this process has written`() throws {
        let before = try #require(RoomKeeper.writtenBytes)
        #expect(before >= 0)
    }
}
