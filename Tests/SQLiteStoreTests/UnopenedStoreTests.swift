import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct UnopenedStoreTests {
    private let failure = AdapterFailure(.unavailable, operation: "open", cause: "read-only")

    @Test func `it knows sensors, alarms and accounts from the copy, and keeps nothing`()
        async throws
    {
        let open = try OpenStore()
        let known = try sensor("tsuruoka.stage-2")
        _ = try open.channel("tsuruoka.stage-1")
        let number = try open.channel("tsuruoka.stage-2")
        let subject = AlarmSubject(
            station: try #require(StationID("tsuruoka")), rule: "level.danger")
        var batch = StoreBatch()
        batch.transitions = [
            AlarmTransition(
                subject: subject, occurrence: 4, from: .normal, to: .active, time: morning,
                cause: .reached)
        ]
        batch.accounts = [Account(name: "sato", role: .officer, passwordHash: "hash")]
        _ = try open.store.commit(batch)
        try open.maintain(at: 0)
        let store = UnopenedStore(
            directory: open.directory.path, failure: failure, at: morning)
        let new = try sensor("tsuruoka.stage-3")
        let channels = try store.channels(of: [new, known])
        #expect(channels[known.id] == number)
        #expect(channels[new.id] != number && channels[new.id] != nil)
        #expect(try store.alarmStates().map(\.occurrence) == [4])
        #expect(try await store.archive.account(named: "sato")?.role == .officer)
        #expect(try await store.archive.account(named: "admin") == nil)
        #expect(try await store.archive.alarms(openOnly: true, limit: 9).count == 1)
        let commit = #expect(throws: AdapterFailure.self) { try store.commit(batch) }
        #expect(commit == failure)
        await #expect(throws: failure) { try await store.archive.losses(limit: 1) }
    }

    @Test func `without a copy every sensor has a number of its own`() throws {
        let store = UnopenedStore(directory: "/nowhere", failure: failure, at: morning)
        let sensors = [try sensor("tsuruoka.stage-1"), try sensor("tsuruoka.stage-2")]
        #expect(Set(try store.channels(of: sensors).values).count == 2)
        #expect(try store.alarmStates().isEmpty)
    }
}
