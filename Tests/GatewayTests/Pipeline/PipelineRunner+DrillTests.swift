import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Gateway

/// Drills beside the true pipeline, from the command to what is stored, shown and heard.
@Suite(.timeLimit(.minutes(1))) struct PipelineRunnerDrillTests {
    private let station: StationID

    init() throws { station = try testStation().id }

    /// The clock of the tests stands still: all that happens is what the first stage makes.
    private func start(isAloud: Bool = false) -> DrillRequest {
        .start(
            DrillPlan(
                station: station,
                course: .scenario([
                    DrillPoint(offsetSeconds: 0, stageMetres: 2.5),
                    DrillPoint(offsetSeconds: 60, stageMetres: 0.5),
                ]), isAloud: isAloud))
    }

    private func level(_ level: FloodLevel) -> AlarmSubject {
        AlarmSubject(station: station, level: level)
    }

    private func rules(_ runner: TestRunner) -> [String] {
        runner.store.batches.flatMap(\.transitions).map {
            "\($0.subject.rule) \($0.cause.rawValue)"
        }
    }

    @Test func `a drill is stored, shown and told as a drill, beside a true alarm`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        try await runner.commands.drill(start(), by: "local:sato")
        #expect(eventually { rules(runner).count == 3 })
        #expect(
            rules(runner) == [
                "drill.exercise drill_started", "drill.level.caution reached",
                "drill.level.danger reached",
            ])
        let shown = runner.board.snapshot
        #expect(shown.drills.map(\.actor) == ["local:sato"] && shown.drillSign == .silent)
        #expect(shown.alarms.count == 3 && shown.alarms.allSatisfy { $0.subject.isDrill })
        #expect(runner.store.observations.isEmpty && runner.board.snapshot.readings.isEmpty)

        runner.source.send(stage(1.5, sequence: 1))
        #expect(eventually { rules(runner).last == "level.caution reached" })
        #expect(runner.board.snapshot.alarms.filter { !$0.subject.isDrill }.count == 1)

        try await runner.commands.drill(.stop(station), by: "local:ito")
        #expect(rules(runner).suffix(1) == ["drill.exercise drill_ended"])
        #expect(eventually { runner.board.snapshot.drillSign == nil })
        #expect(runner.board.snapshot.alarms.filter(\.isOpen).map(\.subject) == [level(.caution)])
        let audit = runner.store.batches.flatMap(\.audit).map {
            "\($0.actor) \($0.action) \($0.detail)"
        }
        #expect(
            audit == [
                "local:sato drill.start pole-1: 2.5 m, 1 min", "local:ito drill.stop pole-1",
            ])
        let sounding = runner.toldAlarms.sounding.withLock { $0.flatMap(\.self) }
        #expect(sounding.isEmpty)
        #expect(runner.end())
    }

    @Test func `sirens hear of a drill that was asked to sound, until it ends`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        try await runner.commands.drill(start(isAloud: true), by: "sato")
        #expect(runner.board.snapshot.drillSign == .aloud)
        #expect(
            eventually {
                runner.toldAlarms.sounding.withLock { $0.last?.map(\.subject) ?? [] }
                    .contains(level(.danger).inDrill)
            })
        try await runner.commands.drill(.stop(station), by: "sato")
        #expect(eventually { runner.toldAlarms.sounding.withLock { $0.last } == [] })
        #expect(runner.end())
    }

    @Test func `people handle the alarms of a drill in it, and not the drill as a whole`()
        async throws
    {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        try await runner.commands.drill(start(), by: "sato")
        #expect(eventually { rules(runner).count == 3 })
        let danger = level(.danger).inDrill
        try await runner.commands.acknowledge(danger, occurrence: 1, by: "ito", comment: nil)
        try await runner.commands.handle(
            .shelve(seconds: 600, reason: "練習"), of: danger, occurrence: 1, by: "ito")
        #expect(
            rules(runner).suffix(2) == [
                "drill.level.danger acknowledged", "drill.level.danger shelved",
            ])
        await #expect(throws: CommandRefusal.self) {
            try await runner.commands.acknowledge(
                .exercise(at: station), occurrence: 1, by: "ito", comment: nil)
        }
        await #expect(throws: CommandRefusal.self) {
            try await runner.commands.drill(start(), by: "ito")
        }
        #expect(rules(runner).count == 5)
        #expect(runner.end())
    }

    @Test func `a drill can be ended while the store is down, and none begins then`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        try runner.start()
        try await runner.commands.drill(start(isAloud: true), by: "sato")
        runner.store.fail(AdapterFailure(.inputOutput, operation: "commit", cause: "no card"))
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.board.snapshot.store.failure != nil })
        try await runner.commands.drill(.stop(station), by: "ito")
        #expect(eventually { runner.board.snapshot.drillSign == nil })
        #expect(eventually { runner.toldAlarms.sounding.withLock { $0.last } == [] })
        await #expect(throws: CommandRefusal.self) {
            try await runner.commands.drill(start(), by: "ito")
        }
        runner.store.fail(nil)
        #expect(eventually { rules(runner).contains("drill.exercise drill_ended") })
        let actions = runner.store.batches.flatMap(\.audit).map(\.action)
        #expect(actions == ["drill.start", "drill.stop"])
        #expect(runner.end())
    }

    @Test func `a start ends what a drill of an earlier process has left open`() throws {
        var left = Drills()
        guard case .start(let plan) = start() else { return }
        _ = try left.start(plan, among: [try testStation()], by: "sato", at: instant())
        _ = left.step(at: instant())
        let runner = try TestRunner(
            windowSeconds: 0.01, drills: Drills(restoring: left.alarms))
        try runner.start()
        #expect(eventually { rules(runner).count == 3 })
        #expect(rules(runner).allSatisfy { $0.hasPrefix("drill.") && $0.hasSuffix(" drill_ended") })
        #expect(eventually { runner.board.snapshot.alarms.allSatisfy { !$0.isOpen } })
        #expect(runner.board.snapshot.drillSign == nil)
        #expect(runner.end())
    }
}
