import Alerting
import GatewayModel
import GatewayPorts
import LineSensing
import Testing

@testable import Gateway

@Suite struct DrillsTests {
    private let station: Station

    init() throws {
        var station = try testStation()
        station.levels.holdSeconds = 60
        self.station = station
    }

    private func plan(peak: Double = 2.5, minutes: Double = 10) -> DrillPlan {
        DrillPlan(station: station.id, peakMetres: peak, minutes: minutes)
    }

    private func words(_ batch: StoreBatch) -> [String] {
        batch.transitions.map {
            "\($0.subject.rule.dropFirst("drill.".count)) \($0.cause.rawValue)"
        }
    }

    @Test func `a drill rises through the levels, falls, and ends by itself`() throws {
        var drills = Drills()
        var all = try drills.start(plan(), among: [station], by: "sato", at: instant(0))
        for seconds in stride(from: 0.0, through: 1200, by: 5) {
            let step = drills.step(at: instant(seconds))
            all.transitions += step.transitions
        }
        #expect(
            words(all) == [
                "exercise drill_started", "level.caution reached", "level.danger reached",
                "level.danger receded", "level.caution receded", "exercise drill_ended",
            ])
        #expect(all.transitions.allSatisfy { $0.subject.isDrill })
        let reached = all.transitions[2]
        #expect(reached.thresholdMetres == 2 && (reached.stageMetres ?? 0) >= 2)
        #expect(all.transitions[0].actor == "sato" && all.transitions[0].comment != nil)
        #expect(drills.alarms.allSatisfy { !$0.isOpen })
        #expect(throws: CommandRefusal.self) {
            try drills.stop(station.id, by: "sato", at: instant(1300))
        }
    }

    @Test func `people practise: they acknowledge, shelve and stop`() throws {
        var drills = Drills()
        _ = try drills.start(plan(), among: [station], by: "sato", at: instant(0))
        #expect(throws: CommandRefusal.self) {
            try drills.start(plan(), among: [station], by: "ito", at: instant(1))
        }
        _ = drills.step(at: instant(300))
        let danger = AlarmSubject(station: station.id, level: .danger).inDrill
        let known = try drills.acknowledge(
            danger, occurrence: 1, by: "ito", comment: "了解", at: instant(301))
        #expect(words(known) == ["level.danger acknowledged"])
        let shelved = try drills.handle(
            .shelve(seconds: 600, reason: "練習"), of: danger, occurrence: 1, by: "ito",
            at: instant(302))
        #expect(shelved.handlings[danger]?.handling.shelf?.actor == "ito")
        #expect(drills.alarms.first { $0.subject == danger }?.phase == .acknowledged)
        #expect(throws: CommandRefusal.self) {
            try drills.acknowledge(
                .exercise(at: station.id), occurrence: 1, by: "x", comment: nil, at: instant(303))
        }
        let ended = try drills.stop(station.id, by: "sato", at: instant(310))
        #expect(
            words(ended) == [
                "level.caution drill_ended", "level.danger drill_ended", "exercise drill_ended",
            ])
        #expect(ended.transitions.map(\.isQuiet) == [true, true, false])
        #expect(drills.step(at: instant(400)).isEmpty)
    }

    @Test func `a process that dies in a drill ends it at its next start, and counts on`() throws {
        var drills = Drills()
        _ = try drills.start(plan(), among: [station], by: "sato", at: instant(0))
        _ = drills.step(at: instant(300))
        var restarted = Drills(restoring: drills.alarms)
        let left = restarted.endLeftOver(at: instant(400))
        #expect(left.transitions.count == 3 && left.transitions.allSatisfy { !$0.to.isOpen })
        #expect(restarted.endLeftOver(at: instant(401)).isEmpty)
        _ = try restarted.start(plan(), among: [station], by: "sato", at: instant(500))
        let again = restarted.step(at: instant(800))
        #expect(again.transitions.map(\.occurrence) == [2, 2])
    }

    @Test func `what cannot be drilled is refused`() throws {
        var drills = Drills()
        var bare = station
        bare.levels.thresholdMetres = [:]
        #expect(throws: CommandRefusal.self) {
            try drills.start(plan(), among: [bare], by: "x", at: instant(0))
        }
        for wrong in [plan(minutes: 0), plan(minutes: .nan), plan(peak: .infinity)] {
            #expect(throws: CommandRefusal.self) {
                try drills.start(wrong, among: [station], by: "x", at: instant(0))
            }
        }
        #expect(throws: CommandRefusal.self) {
            try drills.start(plan(), among: [], by: "x", at: instant(0))
        }
    }

    // MARK: - What holds for every drill

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    /// What the true pipeline makes of a random river, with or without drills beside it.
    private func run(
        seed: UInt64, drilling: Bool
    ) throws -> (batch: StoreBatch, alarms: [AlarmState], drill: [AlarmTransition]) {
        var random = Random(state: seed)
        var start = try testStart()
        start.stations = [station]
        start.alarmRules = AlarmRules(escalationSeconds: 300)
        var pipeline = Pipeline(start)
        var drills = Drills(rules: start.alarmRules)
        var drilled: [AlarmTransition] = []
        var sequence: UInt32 = 0
        for index in 0..<25 {
            let seconds = Double(index) * 60 + Double.random(in: 0..<60, using: &random)
            let metres = Double.random(in: 0.2...2.6, using: &random)
            let now = instant(seconds)
            var made = StoreBatch()
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where drilling:
                made =
                    (try? drills.start(
                        plan(peak: metres, minutes: Double(Int(metres * 3) + 1)),
                        among: [station], by: "sato", at: now)) ?? made
            case 1 where drilling && index % 3 == 0:
                made = (try? drills.stop(station.id, by: "sato", at: now)) ?? made
            case 0, 1: break
            default:
                try pipeline.take(stage(metres, at: seconds, sequence: sequence))
                sequence += 1
            }
            pipeline.step(at: now)
            for part in [made, drills.step(at: now)] {
                drilled += part.transitions
                #expect(part.observations.isEmpty && part.holds.isEmpty)
                #expect((Array(part.peaks.keys) + part.handlings.keys).allSatisfy { $0.isDrill })
            }
            let policy = RelayPolicy(station: station.id, least: .standby, until: .cleared)
            #expect(policy.reasons(for: drills.alarms, isSimulated: false).isEmpty)
        }
        return (pipeline.output.batch, pipeline.alarms, drilled)
    }

    /// 1 000 drills and more: none leaks as true, and none hides a true alarm.
    @Test(arguments: 1...250)
    func `the truth is the same with and without drills`(seed: UInt64) throws {
        let quiet = try run(seed: seed, drilling: false)
        let loud = try run(seed: seed, drilling: true)
        #expect(loud.batch.transitions == quiet.batch.transitions)
        #expect(loud.batch.peaks == quiet.batch.peaks && loud.batch.holds == quiet.batch.holds)
        #expect(loud.batch.handlings == quiet.batch.handlings)
        #expect(loud.alarms == quiet.alarms)
        #expect(loud.batch.transitions.allSatisfy { !$0.subject.isDrill })
        #expect(quiet.drill.isEmpty && !loud.drill.isEmpty)
        for transition in loud.drill {
            #expect(transition.subject.isDrill && transition.subject.level == nil)
            #expect(transition.subject.systemRule == nil && transition.subject.wildlifeRule == nil)
            let sentence = AlarmSentence(
                transition: transition, station: station, isSimulated: false)
            #expect(sentence.japanese.hasPrefix("【訓練】") && sentence.english.hasPrefix("[DRILL] "))
        }
    }
}
