import Foundation
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct StoreMirrorTests {
    private func subject() throws -> AlarmSubject {
        AlarmSubject(station: try #require(StationID("tsuruoka")), rule: "level.danger")
    }

    /// A store with an account and an active alarm, whose copy is written.
    private func recorded(_ open: OpenStore) throws {
        _ = try open.channel("tsuruoka.rain")
        _ = try open.channel("tsuruoka.stage-1")
        var batch = StoreBatch()
        batch.accounts = [Account(name: "admin", role: .admin, passwordHash: "changed")]
        batch.transitions = try (1...3).map { number in
            AlarmTransition(
                subject: try subject(), occurrence: number, from: .normal, to: .active,
                time: instant(Double(number)).utc, stageMetres: 3, thresholdMetres: 3,
                cause: .reached)
        }
        _ = try open.store.commit(batch)
        try open.maintain(at: 10)
    }

    private func begunAnew(_ open: OpenStore, now: Double = 60) throws -> OpenStore {
        let directory = try open.directory.crashed()
        try directory.write([UInt8](repeating: 0, count: 8192), to: "kawamori.db")
        try? FileManager.default.removeItem(atPath: directory.database + "-wal")
        return try OpenStore(directory, now: instant(now))
    }

    @Test func `accounts, alarms and numbers outlive the database`() async throws {
        let open = try OpenStore()
        try recorded(open)
        let after = try begunAnew(open)
        #expect(after.report.isRestored && after.report.troubles.isEmpty)
        #expect(try await after.archive.account(named: "admin")?.passwordHash == "changed")
        let alarm = try #require(try after.store.alarmStates().first)
        #expect(alarm.phase == .active && alarm.occurrence == 3 && alarm.peakMetres == 3)
        #expect(alarm.subject == (try subject()))
        // Nothing of it is news to a target.
        #expect(try await after.archive.transitions(after: 0, limit: 9).isEmpty)
        #expect(try await after.archive.alarm(number: 3) != nil)
        #expect(try after.channel("tsuruoka.stage-1") == ChannelIndex(2))
        #expect(try after.channel("tsuruoka.rain") == ChannelIndex(1))
    }

    @Test(arguments: ["truncated", "zeroed", "changed", "missing"])
    func `a damaged copy is set aside and told of, and the one before it is used`(
        damage: String
    ) async throws {
        let open = try OpenStore()
        try recorded(open)
        var second = StoreBatch()
        second.accounts = [Account(name: "yoko", role: .officer, passwordHash: "second")]
        _ = try open.store.commit(second)
        try open.maintain(at: 20)
        let bytes = try open.directory.bytes("records.json")
        switch damage {
        case "truncated": try open.directory.write(Array(bytes.dropLast(40)), to: "records.json")
        case "zeroed":
            try open.directory.write([UInt8](repeating: 0, count: 500), to: "records.json")
        case "changed":
            let text = String(decoding: bytes, as: UTF8.self)
            try open.directory.write(
                Array(text.replacing("officer", with: "student").utf8), to: "records.json")
        default: try FileManager.default.removeItem(atPath: open.directory.path + "/records.json")
        }
        let after = try begunAnew(open)
        #expect(after.report.isRestored)
        #expect(try await after.archive.account(named: "admin")?.passwordHash == "changed")
        #expect(try await after.archive.account(named: "yoko") == nil)
        #expect(after.report.troubles.count == (damage == "missing" ? 0 : 1))
        let names = try after.directory.names()
        #expect(
            names.contains { $0.hasPrefix("records.json.set-aside-") } == (damage != "missing"))
    }

    @Test func `a change is copied once, and only the owner may read it`() throws {
        let open = try OpenStore()
        try recorded(open)
        let path = open.directory.path + "/records.json"
        let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect((rights as? NSNumber)?.intValue == 0o600)
        try FileManager.default.removeItem(atPath: path)
        try open.commit([observation(ChannelIndex(1), at: 1)])
        try open.maintain(at: 30)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a whole database does not listen to the copy`() async throws {
        let open = try OpenStore()
        try recorded(open)
        var batch = StoreBatch()
        batch.accounts = [Account(name: "admin", role: .admin, passwordHash: "newest")]
        _ = try open.store.commit(batch)
        let after = try OpenStore(try open.directory.crashed(), now: instant(60))
        #expect(!after.report.isRestored)
        #expect(try await after.archive.account(named: "admin")?.passwordHash == "newest")
    }
}
