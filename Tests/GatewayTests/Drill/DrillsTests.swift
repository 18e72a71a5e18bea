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

    private func plan(
        peak: Double = 2.5, minutes: Double = 10, isAloud: Bool = false
    ) -> DrillPlan {
        DrillPlan(
            station: station.id, course: .flood(peakMetres: peak, seconds: minutes * 60),
            isAloud: isAloud)
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
        #expect(drills.statuses.isEmpty && !drills.isAnyRunning)
        #expect(throws: CommandRefusal.self) {
            try drills.stop(station.id, by: "sato", at: instant(1300))
        }
    }

    @Test func `a scenario goes as it says, with a reading at each of its points`() throws {
        let points = [(0, 0.5), (33, 2.2), (36, 0.5), (100, 1.2)].map {
            DrillPoint(offsetSeconds: $0.0, stageMetres: $0.1)
        }
        let plan = DrillPlan(station: station.id, course: .scenario(points))
        let drill = try #require(
            Drill(
                plan, station: station, by: "sato", at: instant(0), after: [], rules: AlarmRules()))
        #expect(drill.stage(atSeconds: 0) == 0.5 && drill.stage(atSeconds: 33) == 2.2)
        #expect((drill.stage(atSeconds: 68) - 0.85).magnitude < 1e-9)
        #expect(drill.stage(atSeconds: 1000) == 1.2)
        var drills = Drills()
        _ = try drills.start(plan, among: [station], by: "sato", at: instant(0))
        // The peak of three seconds lies between two intervals.
        #expect(
            words(drills.step(at: instant(40))) == [
                "level.caution reached", "level.danger reached",
            ])
        // It ends where it stands; what is on then is ended with it, hold time and grace later.
        #expect(drills.statuses.first?.endsBy == instant(460).utc)
        #expect(drills.step(at: instant(459)).transitions.map(\.cause) == [.receded])
        #expect(
            words(drills.step(at: instant(460))) == [
                "level.caution drill_ended", "exercise drill_ended",
            ])
    }

    @Test func `only a drill that was asked to sound does, and says so`() throws {
        var drills = Drills()
        let begun = try drills.start(plan(), among: [station], by: "sato", at: instant(0))
        _ = drills.step(at: instant(300))
        #expect(words(begun) == ["exercise drill_started"] && drills.soundingAlarms.isEmpty)
        _ = try drills.stop(station.id, by: "sato", at: instant(310))
        let loud = try drills.start(
            plan(isAloud: true), among: [station], by: "sato", at: instant(400))
        #expect(words(loud) == ["exercise drill_started_aloud"])
        #expect(loud.transitions[0].comment == "2.5 m, 10 min, with sirens")
        _ = drills.step(at: instant(700))
        #expect(drills.soundingAlarms.filter(\.isOpen).count == 3)
        #expect(drills.statuses.map(\.isAloud) == [true])
        _ = try drills.stop(station.id, by: "sato", at: instant(710))
        #expect(drills.soundingAlarms.isEmpty)
    }

    @Test func `what a drill leaves behind changes nothing of a true pipeline's restart`() throws {
        var drills = Drills()
        _ = try drills.start(plan(), among: [station], by: "sato", at: instant(0))
        _ = drills.step(at: instant(300))
        var start = try testStart()
        start.stations = [station]
        start.alarmRules = AlarmRules(escalationSeconds: 60)
        var alone = Pipeline(start)
        start.alarms = drills.alarms
        #expect(start.alarms.filter(\.isOpen).count == 3)
        var beside = Pipeline(start)
        #expect(beside.alarms == alone.alarms)
        try alone.take(stage(1.5, at: 400, sequence: 1))
        try beside.take(stage(1.5, at: 400, sequence: 1))
        alone.step(at: instant(4000))
        beside.step(at: instant(4000))
        #expect(beside.output.batch.transitions == alone.output.batch.transitions)
        #expect(alone.output.batch.transitions.map(\.cause) == [.reached, .escalated])
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
            // The drill as a whole is nobody's to acknowledge.
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
        for wrong in [
            plan(minutes: 0), plan(minutes: .nan), plan(peak: .infinity),
            DrillPlan(station: station.id, course: .scenario([])),
        ] {
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
    private struct Run {
        var batch = StoreBatch()
        var alarms: [AlarmState] = []
        /// What came of drills, each with whether it came while one ran.
        var drilled: [(transition: AlarmTransition, isRunning: Bool)] = []
    }

    private func run(seed: UInt64, drilling: Bool) throws -> Run {
        var random = Random(state: seed)
        var start = try testStart()
        start.stations = [station]
        start.alarmRules = AlarmRules(escalationSeconds: 300)
        var pipeline = Pipeline(start)
        var drills = Drills(rules: start.alarmRules)
        var result = Run()
        var sequence: UInt32 = 0
        for index in 0..<25 {
            let seconds = Double(index) * 60 + Double.random(in: 0..<60, using: &random)
            let metres = Double.random(in: 0.2...2.6, using: &random)
            let isAloud = Bool.random(using: &random)
            let now = instant(seconds)
            let wasRunning = drills.isAnyRunning
            var made = StoreBatch()
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                guard drilling else { break }
                let plan = plan(
                    peak: metres, minutes: Double(Int(metres * 3) + 1), isAloud: isAloud)
                made = (try? drills.start(plan, among: [station], by: "sato", at: now)) ?? made
            case 2 where index % 3 == 0:
                made = (try? drills.stop(station.id, by: "sato", at: now)) ?? made
            case 2 where drilling && index % 5 == 0:
                // The process dies and comes again.
                drills = Drills(restoring: drills.alarms, rules: start.alarmRules)
                made = drills.endLeftOver(at: now)
            case 2: break
            default:
                try pipeline.take(stage(metres, at: seconds, sequence: sequence))
                sequence += 1
            }
            pipeline.step(at: now)
            let isRunning = wasRunning || drills.isAnyRunning
            for part in [made, drills.step(at: now)] {
                result.drilled += part.transitions.map { ($0, isRunning) }
                #expect(part.observations.isEmpty && part.holds.isEmpty)
                #expect((Array(part.peaks.keys) + part.handlings.keys).allSatisfy { $0.isDrill })
                // As the pipeline's thread stores both together.
                pipeline.add(part)
            }
            expectSirens(of: pipeline.alarms, and: drills)
        }
        result.batch = pipeline.output.batch
        result.alarms = pipeline.alarms
        return result
    }

    /// A siren hears the truth as if there were no drill, and of drills those that shall sound.
    private func expectSirens(of truth: [AlarmState], and drills: Drills) {
        let policy = RelayPolicy(station: station.id, least: .standby, until: .cleared)
        let alone = policy.reasons(for: truth, isSimulated: false)
        let all = policy.reasons(
            for: truth + drills.alarms, sounding: drills.soundingAlarms, isSimulated: false)
        #expect(all.filter { !$0.subject.isDrill } == alone)
        if !drills.statuses.contains(where: \.isAloud) { #expect(all == alone) }
    }

    /// No step of a drill comes before it began or after it has ended, and none is left open.
    private func expectBounds(_ drilled: [(transition: AlarmTransition, isRunning: Bool)]) {
        var open: Set<AlarmSubject> = []
        let exercise = AlarmSubject.exercise(at: station.id)
        for (transition, isRunning) in drilled {
            #expect(isRunning)
            #expect(transition.subject.isDrill && transition.subject.level == nil)
            #expect(transition.subject.systemRule == nil && transition.subject.wildlifeRule == nil)
            if transition.subject == exercise {
                #expect(open == (transition.to.isOpen ? [] : [exercise]))
            } else {
                #expect(open.contains(exercise))
            }
            if transition.to.isOpen {
                open.insert(transition.subject)
            } else {
                open.remove(transition.subject)
            }
            let sentence = AlarmSentence(
                transition: transition, station: station, isSimulated: false)
            #expect(sentence.japanese.hasPrefix("【訓練】") && sentence.english.hasPrefix("DRILL: "))
        }
    }

    /// Drills of every length over every kind of flood, stopped and cut off at any time: none leaks as
    /// true, and none hides a true alarm.
    @Test func `the truth is the same with and without a thousand drills`() throws {
        var drillCount = 0
        var trueCount = 0
        var seed: UInt64 = 0
        while drillCount < 1000 {
            seed += 1
            let quiet = try run(seed: seed, drilling: false)
            let loud = try run(seed: seed, drilling: true)
            let truth = loud.batch.transitions.filter { !$0.subject.isDrill }
            #expect(truth == quiet.batch.transitions, "seed \(seed)")
            #expect(
                loud.batch.transitions.filter(\.subject.isDrill)
                    == loud.drilled.map(\.transition), "seed \(seed)")
            #expect(loud.batch.peaks.filter { !$0.key.isDrill } == quiet.batch.peaks)
            #expect(loud.batch.holds == quiet.batch.holds)
            #expect(loud.batch.handlings.filter { !$0.key.isDrill } == quiet.batch.handlings)
            #expect(loud.alarms == quiet.alarms, "seed \(seed)")
            #expect(quiet.drilled.isEmpty)
            expectBounds(loud.drilled)
            trueCount += truth.count
            drillCount += loud.drilled.count { $0.transition.cause.beginsDrill }
        }
        // The rivers rise and fall, or nothing would be hidden.
        #expect(trueCount > 1000)
    }
}

extension AlarmCause {
    fileprivate var beginsDrill: Bool { self == .drillStarted || self == .drillStartedAloud }
}
