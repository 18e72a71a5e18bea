import Foundation
import GRDB
import GatewayModel
import Testing

@testable import SQLiteStore

@Suite struct StoreExaminationTests {
    private func look(_ directory: TemporaryDirectory, isInUse: Bool = false) -> StoreExamination {
        StoreExamination(directory: directory.path, isInUse: isInUse)
    }

    @Test func `a database is told by how it was left`() throws {
        let directory = try TemporaryDirectory()
        #expect(look(directory).state == .missing)
        let open = try OpenStore(directory)
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit([observation(channel, at: 1)])
        #expect(look(directory, isInUse: true).state == .usable(isClosed: false))
        let crashed = try directory.crashed()
        #expect(look(crashed).state == .usable(isClosed: false))
        try open.store.close()
        let closed = look(directory)
        #expect(closed.state == .usable(isClosed: true))
        #expect(closed.byteCount > 4096)
        #expect(closed.setAside.isEmpty && !closed.hasUnreadableLog)
    }

    @Test func `looking changes nothing`() throws {
        let damaged = try DamagedDatabase(.tableLeaf).directory
        let names = try damaged.names().filter { !$0.hasSuffix("-shm") }
        let before = try damaged.bytes("kawamori.db")
        guard case .unusable(let reason) = look(damaged).state else {
            Issue.record("damage is not seen")
            return
        }
        #expect(reason.hasPrefix("it is damaged"))
        #expect(try damaged.names().filter { !$0.hasSuffix("-shm") } == names)
        #expect(try damaged.bytes("kawamori.db") == before)
    }

    @Test func `pages of a file in use are left alone`() throws {
        let damaged = try DamagedDatabase(.zeroedTail).directory
        #expect(look(damaged, isInUse: true).state == .usable(isClosed: false))
        #expect(look(damaged).state != .usable(isClosed: false))
    }

    @Test func `newer and foreign files are told with their reason`() throws {
        let newer = look(try DamagedDatabase(.newerSchema).directory).state
        guard case .unusable(let reason) = newer else {
            Issue.record("a newer schema is taken for ours")
            return
        }
        #expect(reason.hasPrefix("a newer kawamori wrote it"))
        guard case .unusable = look(try DamagedDatabase(.foreign).directory).state else {
            Issue.record("a foreign file is taken for ours")
            return
        }
    }

    @Test func `a damaged log's header is seen`() throws {
        #expect(look(try DamagedDatabase(.logHeader).directory).hasUnreadableLog)
    }

    @Test func `what was set aside is told with what became of it`() throws {
        let directory = try DamagedDatabase(.tableLeaf).directory
        let open = try OpenStore(directory, now: instant(60 * 60 * 24 * 40))
        let before = look(directory, isInUse: true)
        #expect(before.setAside.count == 1)
        #expect(before.setAside.first?.isWaiting == true)
        #expect(before.setAside.first?.byteCount ?? 0 > 4096)
        try open.maintain(at: 60 * 60 * 24 * 40)
        let after = try #require(look(directory, isInUse: true).setAside.first)
        #expect(!after.isWaiting)
        #expect(after.losses.contains { $0.cause == .storeSetAside })
        #expect(after.path == before.setAside.first?.path)
    }
}
