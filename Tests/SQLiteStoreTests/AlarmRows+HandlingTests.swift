import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct AlarmRowsHandlingTests {
    private let subject: AlarmSubject

    init() throws {
        subject = AlarmSubject(station: try #require(StationID("tsuruoka")), level: .danger)
    }

    /// A handling whose every part differs from its default.
    private func handling(_ since: SteadyInstant) -> AlarmHandling {
        var handling = AlarmHandling()
        handling.assignedTo = "伊藤"
        handling.shelf = AlarmShelf(
            actor: "佐藤", reason: "清掃中", since: since, seconds: 1800,
            until: instant(1800).utc)
        handling.lastComment = "堤防を確認"
        handling.lastCommentBy = "山田"
        handling.isTold = true
        handling.escalationCount = 2
        handling.unknownSince = since
        handling.openings = [since.advanced(byMilliseconds: -9000), since]
        handling.activations = [since]
        handling.isFlapping = true
        handling.stepCount = 5
        return handling
    }

    private func step(_ cause: AlarmCause, at seconds: Double, step: UInt32) -> AlarmTransition {
        AlarmTransition(
            subject: subject, occurrence: 1, from: .active, to: .active, time: instant(seconds).utc,
            cause: cause, actor: "佐藤", comment: "清掃中", isQuiet: true, step: step, escalation: 2,
            until: instant(1800).utc, assignee: "伊藤")
    }

    private func commit(_ open: OpenStore, _ handling: AlarmHandling) throws {
        var batch = StoreBatch()
        batch.transitions = [
            AlarmTransition(
                subject: subject, occurrence: 1, from: .normal, to: .active, time: instant(1).utc,
                stageMetres: 3, thresholdMetres: 3, cause: .reached),
            step(.shelved, at: 60, step: 1),
        ]
        batch.handlings = [subject: HandlingRecord(occurrence: 1, handling: handling)]
        _ = try open.store.commit(batch)
    }

    @Test func `what people and time made of an alarm comes back after a restart`() async throws {
        let open = try OpenStore()
        let made = handling(instant(60).steady)
        try commit(open, made)
        let again = try OpenStore(try open.directory.crashed(), now: instant(90))
        let state = try #require(try again.store.alarmStates().first)
        #expect(state.handling == made)
        #expect(state.since == instant(1).utc, "no step that leaves the phase begins it anew")
        #expect(state.comment == nil, "the words of a shelf are its reason")
        let page = try #require(try await again.archive.alarm(number: 1))
        #expect(page.alarm.state.handling == made)
        #expect(page.transitions.last?.transition == step(.shelved, at: 60, step: 1))
        #expect(page.transitions.first?.transition.isQuiet == false)
    }

    @Test func `a shelf goes on over a reboot by the time that passed, as far as it is known`()
        throws
    {
        let open = try OpenStore()
        try commit(open, handling(instant(60).steady))
        // The machine was off for some minutes, and its monotonic clock began anew.
        let booted = instant(600, monotonic: -590_000_000_000)
        let again = try OpenStore(
            try open.directory.crashed(), bootID: "boot-b", now: booted)
        let shelf = try #require(try again.store.alarmStates().first?.handling.shelf)
        let passed = booted.steady.seconds(since: shelf.since)
        #expect(shelf.seconds == 1800 && shelf.until == instant(1800).utc)
        #expect(passed >= 0 && passed <= 541, "\(passed) s")
        var late = instant(1801, monotonic: -590_000_000_000)
        #expect(shelf.isOver(at: late), "the civil clock is known")
        late = GatewayInstant(
            monotonicNanoseconds: booted.monotonicNanoseconds + 1_800_000_000_000,
            utc: late.utc, quality: .unknown)
        #expect(shelf.isOver(at: late), "no longer than its own length in this boot")
    }

    @Test func `a handling without any of it is no handling`() throws {
        let open = try OpenStore()
        try commit(open, AlarmHandling())
        #expect(try open.store.alarmStates().first?.handling == AlarmHandling())
    }

    @Test func `the copy outside the database keeps it, but for the moments of a boot`() throws {
        let open = try OpenStore()
        try commit(open, handling(instant(60).steady))
        try open.maintain(at: 61)
        let directory = try open.directory.crashed()
        try directory.write([UInt8](repeating: 0, count: 8192), to: "kawamori.db")
        try directory.write([], to: "kawamori.db-wal")
        let after = try OpenStore(directory, now: instant(120))
        #expect(after.report.isRestored)
        let handling = try #require(try after.store.alarmStates().first?.handling)
        #expect(handling.assignedTo == "伊藤" && handling.isTold && handling.escalationCount == 2)
        #expect(handling.lastComment == "堤防を確認" && handling.lastCommentBy == "山田")
        #expect(handling.shelf?.until == instant(1800).utc && handling.shelf?.seconds == 1800)
        #expect(handling.shelf?.since == instant(120).steady)
        #expect(handling.unknownSince == instant(120).steady && handling.stepCount == 5)
        #expect(handling.openings.isEmpty && !handling.isFlapping)
        let unopened = UnopenedStore(
            directory: directory.path,
            failure: AdapterFailure(.corrupt, operation: "open", cause: "damaged"),
            at: instant(120).utc)
        let known = try #require(try unopened.alarmStates().first?.handling)
        #expect(known.assignedTo == "伊藤" && known.isTold && known.shelf == nil)
        #expect(known.unknownSince != nil, "a lamp stays on for what nobody knows of")
    }
}
