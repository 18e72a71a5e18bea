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

    @Test func `the kernel tells what this process has written`() throws {
        let before = try #require(RoomKeeper.writtenBytes)
        #expect(before >= 0)
    }
}
