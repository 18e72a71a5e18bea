import GatewayModel
import Testing

@testable import Alerting

/// What must hold for every series, tried on many random ones.
@Suite struct LevelAlarmTests {
    private static let levels = FloodLevels(
        thresholdMetres: [.standby: 1, .caution: 1.5, .evacuationJudgement: 2, .danger: 2.5],
        hysteresisMetres: 0.05, holdSeconds: 600)

    private let station: StationID

    init() throws { station = try #require(StationID("seiryuji-01")) }

    private func machine(
        restoring states: [AlarmState] = [], heard: [StageReading] = []
    ) -> LevelAlarms {
        LevelAlarms(station: station, levels: Self.levels, restoring: states, heard: heard)
    }

    /// A river that wanders through all levels, with suspect, failed, missing and late readings.
    private func series(
        seed: UInt64, count: Int, lateMilliseconds: Int64 = 900_000
    ) -> [StageReading] {
        var random = SplitMix(state: seed)
        var stage = 1.0
        var milliseconds: Int64 = 0
        return (0..<count).map { _ in
            stage += Double(Int(random.next() % 101) - 50) / 100
            stage = max(0, min(3, stage))
            milliseconds += Int64(random.next() % 400_000)
            let flag: QualityFlag =
                switch random.next() % 10 {
                case 0, 1: .suspect
                case 2: .fail
                case 3: .missing
                case 4: .notEvaluated
                default: .good
                }
            let late: Int64 = random.next() % 12 == 0 ? lateMilliseconds : 0
            return StageReading(
                channel: ChannelIndex(1), stageMetres: flag == .missing ? nil : stage, flag: flag,
                time: UTCInstant(milliseconds: milliseconds - late),
                place: ReadingPlace(at: SteadyInstant(milliseconds: milliseconds - late)))
        }
    }

    @Test(arguments: 1...20)
    func `answers to measure now only ever confirm sooner`(seed: UInt64) {
        var random = SplitMix(state: seed &* 31)
        var (alone, asked) = (machine(), machine())
        var soonerCount = 0
        for var reading in series(seed: seed, count: 2000) {
            if reading.flag == .good, random.next() % 2 == 0 { reading.flag = .suspect }
            let pending = Set(asked.states.filter { $0.phase == .pending }.map(\.subject))
            var answer = reading
            answer.answersMeasureNow = random.next() % 3 == 0
            let told = alone.step(reading)
            for transition in asked.step(answer) where transition.cause == .confirmed {
                #expect(pending.contains(transition.subject))
                #expect(reading.flag != .fail && reading.flag != .missing)
                #expect((reading.stageMetres ?? 0) >= transition.thresholdMetres ?? .infinity)
                if !told.contains(where: { $0.subject == transition.subject }) { soonerCount += 1 }
            }
            // What is on without an answer is on with one.
            let on = Set(asked.states.filter { $0.phase == .active }.map(\.subject))
            for state in alone.states where state.phase == .active {
                #expect(on.contains(state.subject))
            }
        }
        #expect(soonerCount > 0, "the series must hold answers that say something")
    }

    @Test(arguments: 1...40)
    func `every transition goes on from the one before, and none is told twice`(seed: UInt64) {
        var alarms = machine()
        var phases: [AlarmSubject: AlarmPhase] = [:]
        var told: Set<String> = []
        for reading in series(seed: seed, count: 500) {
            for transition in alarms.step(reading) {
                #expect(transition.from == phases[transition.subject] ?? .normal)
                #expect(transition.from != transition.to)
                let name = "\(transition.subject.rule) \(transition.occurrence) \(transition.to)"
                #expect(told.insert(name).inserted, "\(name)")
                phases[transition.subject] = transition.to
            }
            for state in alarms.states { #expect(state.phase == phases[state.subject] ?? .normal) }
        }
        #expect(told.count > 20, "the series must visit many phases")
    }

    @Test(arguments: 1...40)
    func `each transition has a reading that bears it out`(seed: UInt64) throws {
        var alarms = machine()
        for reading in series(seed: seed, count: 500) {
            for transition in alarms.step(reading) {
                let stage = try #require(reading.stageMetres)
                let threshold = try #require(transition.thresholdMetres)
                #expect(reading.flag != .fail && reading.flag != .missing)
                switch transition.cause {
                case .reached, .reachedLate:
                    #expect(stage >= threshold && reading.flag != .suspect)
                case .confirmed: #expect(stage >= threshold)
                case .unconfirmedRise: #expect(stage >= threshold && reading.flag == .suspect)
                case .refuted: #expect(stage < threshold && reading.flag != .suspect)
                case .receded: #expect(stage < threshold - 0.0499 && reading.flag != .suspect)
                default: Issue.record("nobody did anything, and nothing failed")
                }
            }
        }
    }

    @Test(arguments: 1...40)
    func `unusable and very late readings leave no trace`(seed: UInt64) {
        var whole = machine()
        var clean = machine()
        var newest = UTCInstant(milliseconds: .min)
        for reading in series(seed: seed, count: 500, lateMilliseconds: 7_200_000) {
            let transitions = whole.step(reading)
            let isUsable = reading.flag != .fail && reading.flag != .missing
            if isUsable, reading.time >= newest {
                newest = reading.time
                #expect(clean.step(reading) == transitions)
            } else {
                #expect(transitions.isEmpty)
            }
        }
        #expect(whole == clean)
    }

    /// The readings that may speak: usable and not late.
    private func heardSeries(seed: UInt64) -> [StageReading] {
        var newest = UTCInstant(milliseconds: .min)
        return series(seed: seed, count: 400).filter { reading in
            guard reading.flag != .fail, reading.flag != .missing, reading.time >= newest else {
                return false
            }
            newest = reading.time
            return true
        }
    }

    @Test(arguments: 1...20)
    func `a restart changes nothing, whether a hold runs or not`(seed: UInt64) {
        let series = heardSeries(seed: seed)
        var straight = machine()
        var triedInHold = 0
        for (index, reading) in series.enumerated() {
            if straight.alarms.contains(where: { $0.state?.holdSince != nil }) { triedInHold += 1 }
            var uninterrupted = straight
            // The newest readings are in the store; how long they stayed away is known by them.
            var restored = machine(
                restoring: straight.states, heard: Array(series[..<index].suffix(1)))
            for later in series[index...] {
                #expect(restored.step(later) == uninterrupted.step(later))
            }
            #expect(restored.states == uninterrupted.states)
            _ = straight.step(reading)
        }
        #expect(triedInHold > 20)
    }

    /// Between the end of an alarm and the next one lie a whole hold below the clearing height, and
    /// then a reading at the threshold.
    @Test(arguments: 1...40)
    func `no level chatters`(seed: UInt64) throws {
        var alarms = machine()
        var heard: [StageReading] = []
        var clearedCount = 0
        var isOver: Set<FloodLevel> = []
        for reading in heardSeries(seed: seed) {
            let stage = try #require(reading.stageMetres)
            for transition in alarms.step(reading) {
                let level = try #require(transition.subject.level)
                let threshold = try #require(transition.thresholdMetres)
                if transition.from == .cleared {
                    #expect(stage >= threshold && isOver.contains(level))
                }
                guard transition.to == .cleared else { continue }
                let low = (heard + [reading]).reversed()
                    .prefix { ($0.stageMetres ?? 9) < threshold - 0.0499 }
                let first = try #require(low.last { $0.flag != .suspect })
                #expect(reading.place.own.seconds(since: first.place.own) >= 600)
                isOver.insert(level)
                clearedCount += 1
            }
            heard.append(reading)
        }
        #expect(clearedCount > 5, "the series must visit many ends")
    }

    // MARK: - The order of arrival

    /// A reading under the order in which it arrives: each waits on its way for up to half an hour.
    private func arrivals(_ readings: [StageReading], seed: UInt64) -> [StageReading] {
        var random = SplitMix(state: seed)
        let bound = UInt64(LevelAlarms.greatestLatenessSeconds * 1000)
        return readings.enumerated().map { place, reading in
            let delay = Int64(random.next() % bound)
            return (place, reading.place.own.advanced(byMilliseconds: delay), reading)
        }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { _, arrival, reading in
            var reading = reading
            reading.place.latest = arrival
            return reading
        }
    }

    /// The levels whose thresholds accepted readings reach.
    private func crossed(_ readings: [StageReading]) -> Set<FloodLevel> {
        var crossed: Set<FloodLevel> = []
        for reading in readings where reading.flag != .suspect {
            for (level, threshold) in Self.levels.thresholdMetres
            where (reading.stageMetres ?? 0) >= threshold { crossed.insert(level) }
        }
        return crossed
    }

    @Test func `whatever the order, a true crossing is alarmed, and calm is calm`() throws {
        var lateCount = 0
        for seed: UInt64 in 1...60 {
            let flood = Array(heardSeries(seed: seed).prefix(60))
            let last = try #require(flood.last).place.own
            let calm = (1...20).map { step in
                let moment = last.advanced(byMilliseconds: Int64(step) * 300_000 + 1_800_000)
                return StageReading(
                    channel: ChannelIndex(1), stageMetres: 0.2, flag: .good,
                    time: UTCInstant(milliseconds: moment.milliseconds),
                    place: ReadingPlace(at: moment))
            }
            let crossed = crossed(flood)
            for order: UInt64 in 0..<20 {
                var alarms = machine()
                var alarmed: Set<FloodLevel> = []
                let arrived = order == 0 ? flood : arrivals(flood, seed: seed &* 99 &+ order)
                for transition in (arrived + calm).flatMap({ alarms.step($0) })
                where transition.to == .active {
                    if transition.cause == .reachedLate { lateCount += 1 }
                    alarmed.insert(try #require(transition.subject.level))
                }
                #expect(alarmed.isSuperset(of: crossed), "seed \(seed), order \(order)")
                let open = alarms.states.filter(\.isOpen).map(\.subject)
                #expect(open == [], "seed \(seed), order \(order)")
            }
        }
        #expect(lateCount > 1000, "the orders must hold late crossings")
    }

    @Test func `the same series gives the same transitions`() {
        func transitions() -> [AlarmTransition] {
            var alarms = machine()
            return series(seed: 7, count: 2000).flatMap { alarms.step($0) }
        }
        #expect(transitions() == transitions())
    }

    /// What a restart recalls of a sensor: its newest accepted reading, the highest suspect one since,
    /// and its newest one, which says what is late.
    private struct Recalled {
        var accepted: StageReading?
        var suspect: StageReading?
        var newest: StageReading?

        mutating func take(_ reading: StageReading) {
            newest = reading
            if reading.flag != .suspect {
                (accepted, suspect) = (reading, nil)
            } else if reading.stageMetres ?? 0 > suspect?.stageMetres ?? -1 {
                suspect = reading
            }
        }

        var readings: [StageReading] { [accepted, suspect, newest].compactMap(\.self) }
    }

    @Test(arguments: 1...4)
    func `a restart changes nothing where several sensors speak of one stage`(seed: UInt64) {
        var random = SplitMix(state: seed &* 77)
        // Each sensor has its days of silence.
        let series = heardSeries(seed: seed).prefix(300).enumerated().compactMap { index, reading in
            var reading = reading
            let channel = UInt32(random.next() % 3)
            reading.channel = ChannelIndex(channel)
            return (index / 50) % 4 == channel ? nil : reading
        }
        var straight = machine()
        var recalled: [ChannelIndex: Recalled] = [:]
        var claimCount = 0
        for (index, reading) in series.enumerated() {
            var uninterrupted = straight
            var restored = LevelAlarms(
                station: station, levels: Self.levels, restoring: straight.states,
                heard: recalled.values.flatMap(\.readings))
            for later in series[index...] {
                #expect(restored.step(later) == uninterrupted.step(later))
            }
            #expect(restored.states == uninterrupted.states)
            if recalled.count > 1, straight.highestActive != nil { claimCount += 1 }
            _ = straight.step(reading)
            recalled[reading.channel, default: Recalled()].take(reading)
        }
        #expect(claimCount > 20)
    }
}

/// A small generator whose numbers are the same everywhere and for ever.
///
/// - Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
