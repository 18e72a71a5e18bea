import Alerting
import GatewayModel
import Testing

@Suite struct AlarmLifeCyclesTests {
    let station: StationID

    init() throws { station = try #require(StationID("seiryuji-01")) }

    private func level(_ level: FloodLevel) -> AlarmSubject {
        AlarmSubject(station: station, level: level)
    }

    private var line: AlarmSubject { AlarmSubject(station: station, rule: "system.line.rain-1") }

    private func now(
        _ seconds: Double, quality: ClockQuality = .provisional, civilLead: Double = 0
    ) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(seconds * 1e9),
            utc: UTCInstant(milliseconds: 1_795_252_200_000 + Int64((seconds + civilLead) * 1000)),
            quality: quality)
    }

    /// Machines of phases, played by hand.
    private struct Hand {
        var cycles: AlarmLifeCycles
        var phases: [AlarmSubject: (occurrence: UInt32, phase: AlarmPhase)] = [:]

        mutating func move(
            _ subject: AlarmSubject, _ phase: AlarmPhase, _ cause: AlarmCause,
            at now: GatewayInstant
        ) -> [AlarmTransition] {
            var known = phases[subject] ?? (0, .normal)
            let from = known.phase
            if !from.isOpen, phase.isOpen { known.occurrence += 1 }
            known.phase = phase
            phases[subject] = known
            return cycles.take(
                AlarmTransition(
                    subject: subject, occurrence: known.occurrence, from: from, to: phase,
                    time: now.utc, cause: cause), at: now.steady)
        }

        var states: [AlarmState] {
            phases.map { subject, known in
                AlarmState(
                    subject: subject, occurrence: known.occurrence, phase: known.phase,
                    openedAt: UTCInstant(milliseconds: 0), since: UTCInstant(milliseconds: 0),
                    handling: cycles.handling(of: subject))
            }
        }
    }

    private func hand(_ rules: AlarmRules = AlarmRules()) -> Hand {
        Hand(cycles: AlarmLifeCycles(rules: rules))
    }

    /// A step as `cause told` or `cause quiet`.
    private func words(_ transitions: [AlarmTransition]) -> [String] {
        transitions.map { "\($0.cause.rawValue) \($0.isQuiet ? "quiet" : "told")" }
    }

    // MARK: - Shelves

    @Test func `a shelf silences, and what is still on is told again at its end`() throws {
        var hand = hand()
        #expect(words(hand.move(line, .active, .failed, at: now(0))) == ["failed told"])
        let made = try hand.cycles.handle(
            .shelve(seconds: 600, reason: "修理中"), of: line, by: "sato", at: now(10))
        let shelved = try #require(made)
        #expect(shelved.cause == .shelved && shelved.actor == "sato" && !shelved.isQuiet)
        #expect(shelved.from == .active && shelved.to == .active && shelved.step == 1)
        #expect(shelved.comment == "修理中" && shelved.until == now(610).utc)
        #expect(words(hand.move(line, .cleared, .recovered, at: now(20))) == ["recovered told"])
        #expect(words(hand.move(line, .active, .failed, at: now(30))) == ["failed quiet"])
        #expect(words(hand.move(line, .cleared, .recovered, at: now(40))) == ["recovered quiet"])
        #expect(words(hand.move(line, .active, .failed, at: now(50))) == ["failed quiet"])
        #expect(hand.cycles.step(at: now(609.9)).isEmpty)
        let over = hand.cycles.step(at: now(610))
        #expect(words(over) == ["shelf_expired told"])
        #expect(hand.cycles.handling(of: line).shelf == nil)
        #expect(hand.cycles.step(at: now(700)).isEmpty, "once")
        #expect(words(hand.move(line, .cleared, .recovered, at: now(710))) == ["recovered told"])
    }

    @Test func `a shelf ends by the steady clock, and by a civil clock that is known`() throws {
        for quality in ClockQuality.allCases where quality != .simulated {
            var hand = hand()
            _ = hand.move(line, .active, .failed, at: now(0))
            _ = try hand.cycles.handle(
                .shelve(seconds: 600, reason: "x"), of: line, by: "sato", at: now(0))
            let ahead = hand.cycles.step(at: now(60, quality: quality, civilLead: 3600))
            #expect(ahead.isEmpty == (quality != .synchronised), "\(quality)")
            let late = hand.cycles.step(at: now(600, quality: quality, civilLead: -3600))
            #expect(late.isEmpty == (quality == .synchronised), "\(quality)")
        }
    }

    @Test func `a higher level that is confirmed breaks the shelves below it`() throws {
        var hand = hand()
        _ = hand.move(level(.caution), .active, .reached, at: now(0))
        for (index, low) in [FloodLevel.caution].enumerated() {
            _ = try hand.cycles.handle(
                .shelve(seconds: 86_400, reason: "点検"), of: level(low), by: "sato",
                at: now(Double(index)))
        }
        let pending = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(100))
        #expect(words(pending) == ["unconfirmed_rise quiet"])
        #expect(hand.cycles.handling(of: level(.caution)).shelf != nil, "a suspect jump is none")
        let rise = hand.move(level(.danger), .active, .confirmed, at: now(200))
        #expect(words(rise) == ["confirmed told", "shelf_broken quiet"])
        #expect(rise.last?.subject == level(.caution))
        #expect(hand.cycles.handling(of: level(.caution)).shelf == nil)
    }

    @Test func `the shelf of a level holds neither a higher one nor one of another station`()
        throws
    {
        var hand = hand()
        _ = hand.move(level(.danger), .active, .reached, at: now(0))
        _ = try hand.cycles.handle(
            .shelve(seconds: 3600, reason: "x"), of: level(.danger), by: "sato", at: now(1))
        let lower = hand.move(level(.caution), .active, .reached, at: now(2))
        #expect(words(lower) == ["reached told"])
        #expect(hand.cycles.handling(of: level(.danger)).shelf != nil)
        let other = AlarmSubject(station: try #require(StationID("other")), level: .overflow)
        #expect(words(hand.move(other, .active, .reached, at: now(3))) == ["reached told"])
        #expect(hand.cycles.handling(of: level(.danger)).shelf != nil)
    }

    // MARK: - What is unconfirmed

    @Test func `an unconfirmed rise wakes nobody, nor does its end, and its confirmation does`() {
        var hand = hand()
        let rise = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(0))
        #expect(words(rise) == ["unconfirmed_rise quiet"])
        let end = hand.move(level(.danger), .normal, .refuted, at: now(10))
        #expect(words(end) == ["refuted quiet"])
        _ = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(20))
        let sure = hand.move(level(.danger), .active, .confirmed, at: now(30))
        #expect(words(sure) == ["confirmed told"])
        let fall = hand.move(level(.danger), .cleared, .receded, at: now(40))
        #expect(words(fall) == ["receded told"])
    }

    @Test func `what is unconfirmed cannot be put aside, so that its confirmation is heard`() throws
    {
        var hand = hand()
        let danger = level(.danger)
        _ = hand.move(danger, .pending, .unconfirmedRise, at: now(0))
        let shelve = AlarmRequest.shelve(seconds: 86_400, reason: "x")
        #expect(throws: HandlingRefusal.unconfirmed(danger)) {
            try hand.cycles.handle(shelve, of: danger, by: "sato", at: now(1))
        }
        #expect(
            HandlingRefusal.unconfirmed(danger).description
                == "seiryuji-01 level.danger: the rise is not confirmed yet and wakes nobody; put the"
                + " alarm aside once it is on")
        let comment = try hand.cycles.handle(.comment("見に行く"), of: danger, by: "x", at: now(2))
        #expect(comment != nil)
        #expect(words(hand.move(danger, .active, .confirmed, at: now(3))) == ["confirmed told"])
        _ = try hand.cycles.handle(shelve, of: danger, by: "sato", at: now(4))
        _ = hand.move(danger, .cleared, .receded, at: now(5))
        // A shelf that was made for what was on goes on; its end wakes nobody either.
        _ = hand.move(danger, .pending, .unconfirmedRise, at: now(6))
        let back = try hand.cycles.handle(.unshelve, of: danger, by: "sato", at: now(7))
        #expect(back?.isQuiet == true)
        #expect(words(hand.move(danger, .normal, .refuted, at: now(8))) == ["refuted quiet"])
    }

    @Test func `a shelf whose time ends over an unconfirmed rise wakes nobody`() throws {
        var hand = hand()
        _ = hand.move(level(.danger), .active, .reached, at: now(0))
        _ = try hand.cycles.handle(
            .shelve(seconds: 60, reason: "x"), of: level(.danger), by: "sato", at: now(1))
        _ = hand.move(level(.danger), .cleared, .receded, at: now(2))
        _ = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(3))
        #expect(words(hand.cycles.step(at: now(61))) == ["shelf_expired quiet"])
        let end = hand.move(level(.danger), .normal, .refuted, at: now(70))
        #expect(words(end) == ["refuted quiet"])
    }

    // MARK: - People

    @Test func `asking again for what is so changes nothing`() throws {
        var hand = hand()
        _ = hand.move(line, .active, .failed, at: now(0))
        let requests: [AlarmRequest] = [
            .comment("現地へ"), .assign(to: "ito"), .shelve(seconds: 600, reason: "修理中"), .unshelve,
        ]
        for request in requests {
            let first = try hand.cycles.handle(request, of: line, by: "sato", at: now(1))
            #expect(first != nil, "\(request)")
            let again = try hand.cycles.handle(request, of: line, by: "sato", at: now(2))
            #expect(again == nil, "\(request)")
        }
        #expect(hand.cycles.handling(of: line).stepCount == 4)
        let other = try hand.cycles.handle(.comment("現地へ"), of: line, by: "ito", at: now(3))
        #expect(other?.isQuiet == true && other?.comment == "現地へ" && other?.step == 5)
        let nobody = try hand.cycles.handle(.assign(to: ""), of: line, by: "ito", at: now(4))
        #expect(nobody?.cause == .assigned && nobody?.assignee == nil)
    }

    @Test func `what is not open, has no reason or lasts too long is refused`() {
        var hand = hand()
        func refusal(_ request: AlarmRequest) -> HandlingRefusal? {
            do throws(HandlingRefusal) {
                _ = try hand.cycles.handle(request, of: line, by: "sato", at: now(9))
                return nil
            } catch { return error }
        }
        #expect(refusal(.comment("x")) == .notOpen(line))
        _ = hand.move(line, .active, .failed, at: now(0))
        #expect(refusal(.shelve(seconds: 600, reason: " ")) == .withoutReason(line))
        for seconds in [0, 59, 86_401, Double.nan, .infinity] {
            #expect(refusal(.shelve(seconds: seconds, reason: "x")) == .spanOutOfRange(line))
        }
        #expect(refusal(.shelve(seconds: 86_400, reason: "x")) == nil)
        _ = hand.move(line, .cleared, .recovered, at: now(10))
        #expect(refusal(.unshelve) == .notOpen(line))
    }

    // MARK: - Flapping

    @Test func `what chatters is told once as unsteady, then held until it settles`() {
        var hand = hand(AlarmRules(flapCount: 2, flapSeconds: 600))
        var told: [String] = []
        for round in 0..<20 {
            let moment = Double(round) * 60
            told += words(hand.move(line, .active, .failed, at: now(moment)))
            told += words(hand.move(line, .cleared, .recovered, at: now(moment + 30)))
            told += words(hand.cycles.step(at: now(moment + 31)))
        }
        #expect(
            told.filter { $0.hasSuffix("told") } == [
                "failed told", "recovered told", "failed told", "recovered told",
                "flapping told",
            ])
        #expect(hand.cycles.step(at: now(19 * 60 + 599)).isEmpty)
        #expect(words(hand.cycles.step(at: now(19 * 60 + 600))) == ["settled told"])
        #expect(words(hand.move(line, .active, .failed, at: now(1800))) == ["failed told"])
    }

    @Test func `what settles while it is on has a recovery that is told`() {
        var hand = hand(AlarmRules(flapCount: 1, flapSeconds: 600))
        _ = hand.move(line, .active, .failed, at: now(0))
        _ = hand.move(line, .cleared, .recovered, at: now(10))
        let fourth = hand.move(line, .active, .failed, at: now(20))
        #expect(words(fourth) == ["failed quiet", "flapping told"])
        let settled = hand.cycles.step(at: now(620))
        #expect(words(settled) == ["settled told"] && settled.first?.to == .active)
        #expect(words(hand.move(line, .cleared, .recovered, at: now(630))) == ["recovered told"])
    }

    @Test func `suspect readings that chatter never hide a level that is confirmed`() {
        var hand = hand(AlarmRules(flapCount: 2, flapSeconds: 3600))
        for round in 0..<10 {
            let moment = Double(round) * 60
            _ = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(moment))
            _ = hand.move(level(.danger), .normal, .refuted, at: now(moment + 10))
        }
        #expect(!hand.cycles.handling(of: level(.danger)).isFlapping)
        let rise = hand.move(level(.danger), .active, .reached, at: now(700))
        #expect(words(rise) == ["reached told"])
        let fall = hand.move(level(.danger), .cleared, .receded, at: now(710))
        #expect(words(fall) == ["receded told"])
    }

    @Test func `what chatters once it is confirmed is told as unsteady, once and aloud`() {
        var hand = hand(AlarmRules(flapCount: 2, flapSeconds: 3600))
        var told: [String] = []
        for round in 0..<10 {
            let moment = Double(round) * 60
            _ = hand.move(level(.danger), .pending, .unconfirmedRise, at: now(moment))
            told += words(hand.move(level(.danger), .active, .confirmed, at: now(moment + 10)))
            told += words(hand.move(level(.danger), .cleared, .receded, at: now(moment + 20)))
        }
        #expect(
            told.filter { $0.hasSuffix("told") } == [
                "confirmed told", "receded told", "confirmed told", "receded told",
                "flapping told",
            ])
    }

    @Test func `what chatters while it is put aside is told as unsteady after that`() throws {
        var hand = hand(AlarmRules(flapCount: 2, flapSeconds: 3600))
        _ = hand.move(line, .active, .failed, at: now(0))
        _ = try hand.cycles.handle(
            .shelve(seconds: 600, reason: "x"), of: line, by: "sato", at: now(1))
        for round in 1..<10 {
            let moment = Double(round) * 60
            _ = hand.move(line, .cleared, .recovered, at: now(moment))
            #expect(
                words(hand.move(line, .active, .failed, at: now(moment + 30))) == ["failed quiet"])
        }
        #expect(words(hand.cycles.step(at: now(601))) == ["shelf_expired told"])
        #expect(words(hand.move(line, .cleared, .recovered, at: now(610))) == ["recovered told"])
        let again = hand.move(line, .active, .failed, at: now(620))
        #expect(words(again) == ["failed quiet", "flapping told"])
    }

    @Test func `a backlog of many floods that comes at once does not chatter`() {
        var cycles = AlarmLifeCycles(rules: AlarmRules(flapCount: 2, flapSeconds: 600))
        var told: [AlarmTransition] = []
        for number in 1...5 {
            for phase in [AlarmPhase.active, .cleared] {
                told += cycles.take(
                    AlarmTransition(
                        subject: level(.danger), occurrence: UInt32(number),
                        from: phase == .active ? .normal : .active, to: phase,
                        time: now(Double(number) * 3600).utc,
                        cause: phase == .active ? .reached : .receded),
                    at: now(90_000).steady, measured: now(Double(number) * 3600).steady)
            }
        }
        #expect(told.count == 10 && told.allSatisfy { !$0.isQuiet })
    }

    // MARK: - Escalation

    private static let escalating = AlarmRules(escalationSeconds: 900, escalationLimit: 2)

    @Test func `what nobody acknowledges is told again, so often and no more`() {
        var hand = hand(Self.escalating)
        _ = hand.move(level(.danger), .active, .reached, at: now(0))
        #expect(hand.cycles.step(at: now(899)).isEmpty)
        var steps = hand.cycles.step(at: now(900))
        #expect(words(steps) == ["escalated told"] && steps.first?.escalation == 1)
        #expect(hand.cycles.step(at: now(1799)).isEmpty)
        steps = hand.cycles.step(at: now(1800))
        #expect(steps.map(\.escalation) == [2])
        #expect(hand.cycles.step(at: now(9000)).isEmpty)
        let known = hand.move(level(.danger), .acknowledged, .acknowledged, at: now(9001))
        #expect(known.map(\.escalation) == [2], "those who were told late are told of the end")
    }

    @Test func `whoever acknowledges a level knows of those below it`() {
        var hand = hand(Self.escalating)
        _ = hand.move(level(.caution), .active, .reached, at: now(0))
        _ = hand.move(level(.danger), .active, .reached, at: now(1))
        #expect(hand.cycles.step(at: now(1000)).map(\.subject) == [level(.danger)], "the highest")
        _ = hand.move(level(.danger), .acknowledged, .acknowledged, at: now(1001))
        _ = hand.move(level(.danger), .cleared, .receded, at: now(1002))
        #expect(hand.cycles.step(at: now(9000)).isEmpty)
    }

    @Test func `what is shelved, minor or known is not told again`() throws {
        var hand = hand(Self.escalating)
        for subject in [level(.standby), line, level(.danger)] {
            _ = hand.move(subject, .active, .reached, at: now(0))
        }
        _ = try hand.cycles.handle(
            .shelve(seconds: 3600, reason: "x"), of: level(.danger), by: "sato", at: now(1))
        #expect(hand.cycles.step(at: now(3000)).isEmpty)
        #expect(words(hand.cycles.step(at: now(3601))) == ["shelf_expired told"])
        #expect(hand.cycles.step(at: now(4500)).isEmpty, "the time begins anew")
        #expect(words(hand.cycles.step(at: now(4501))) == ["escalated told"])
    }

    @Test func `what is not restored is forgotten, and nothing is stored for it`() {
        var hand = hand()
        _ = hand.move(line, .active, .failed, at: now(0))
        #expect(hand.cycles.takeChanged().keys.sorted() == [line])
        #expect(hand.cycles.takeChanged().isEmpty)
        hand.cycles.forget(line)
        #expect(hand.cycles.handling(of: line) == AlarmHandling())
    }

    // MARK: - What holds for every sequence

    private enum Input {
        case transition(AlarmTransition, GatewayInstant)
        case request(AlarmRequest, AlarmSubject, String, GatewayInstant)
        case time(GatewayInstant)
    }

    private func inputs(seed: UInt64, count: Int) -> [Input] {
        var random = SplitMix(state: seed)
        let subjects = FloodLevel.allCases.map(level) + [line]
        var phases: [AlarmSubject: (UInt32, AlarmPhase)] = [:]
        var seconds = 0.0
        return (0..<count).map { _ -> Input in
            seconds += Double(random.next() % 400)
            let now = now(seconds)
            let subject = subjects[Int(random.next() % UInt64(subjects.count))]
            switch random.next() % 8 {
            case 0, 1: return .time(now)
            case 2:
                let requests: [AlarmRequest] = [
                    .comment("x\(random.next() % 3)"), .assign(to: "p\(random.next() % 3)"),
                    .shelve(seconds: 60 + Double(random.next() % 3000), reason: "r"),
                    .unshelve,
                ]
                return .request(requests[Int(random.next() % 4)], subject, "sato", now)
            default:
                var (occurrence, phase) = phases[subject] ?? (0, .normal)
                let from = phase
                let cause: AlarmCause
                switch (phase, random.next() % 2) {
                case (.normal, 0), (.cleared, 0):
                    (phase, cause) = (.pending, .unconfirmedRise)
                    occurrence += 1
                case (.normal, _), (.cleared, _):
                    (phase, cause) = (.active, .reached)
                    occurrence += 1
                case (.pending, 0): (phase, cause) = (.normal, .refuted)
                case (.pending, _): (phase, cause) = (.active, .confirmed)
                case (.active, 0): (phase, cause) = (.acknowledged, .acknowledged)
                default: (phase, cause) = (.cleared, .receded)
                }
                phases[subject] = (occurrence, phase)
                return .transition(
                    AlarmTransition(
                        subject: subject, occurrence: occurrence, from: from, to: phase,
                        time: now.utc, cause: cause), now)
            }
        }
    }

    private static let rules = AlarmRules(
        flapCount: 2, flapSeconds: 1500, escalationSeconds: 700, escalationLimit: 2)

    private struct Run {
        var hand: Hand
        var told: [AlarmTransition] = []

        mutating func take(_ input: Input) {
            switch input {
            case .transition(let transition, let now):
                hand.phases[transition.subject] = (transition.occurrence, transition.to)
                told += hand.cycles.take(transition, at: now.steady)
            case .request(let request, let subject, let actor, let now):
                if let step = try? hand.cycles.handle(request, of: subject, by: actor, at: now) {
                    told.append(step)
                }
            case .time(let now): told += hand.cycles.step(at: now)
            }
        }
    }

    /// 1 000 cuts in all.
    @Test(arguments: 1...50)
    func `a restart at any point changes nothing`(seed: UInt64) {
        let inputs = inputs(seed: seed, count: 300)
        var whole = Run(hand: hand(Self.rules))
        for input in inputs { whole.take(input) }
        #expect(Set(whole.told.map(\.cause)).count >= 9, "the series must visit many causes")
        var random = SplitMix(state: seed &* 77)
        for _ in 0..<20 {
            let cut = Int(random.next() % UInt64(inputs.count))
            var run = Run(hand: hand(Self.rules))
            for input in inputs[..<cut] { run.take(input) }
            run.hand.cycles = AlarmLifeCycles(rules: Self.rules, restoring: run.hand.states)
            for input in inputs[cut...] { run.take(input) }
            #expect(run.told == whole.told, "seed \(seed), cut at \(cut)")
            for subject in whole.hand.phases.keys {
                #expect(
                    run.hand.cycles.handling(of: subject)
                        == whole.hand.cycles.handling(of: subject))
            }
        }
    }

    @Test(arguments: 1...50)
    func `nothing is lost, nothing is told twice, and an end only to those who knew`(
        seed: UInt64
    ) {
        let inputs = inputs(seed: seed, count: 400)
        var run = Run(hand: hand(Self.rules))
        for input in inputs { run.take(input) }
        let moves = inputs.compactMap { input in
            if case .transition(let transition, _) = input { transition } else { nil }
        }
        let kept = run.told.filter { $0.step == 0 }
        #expect(kept.map(\.to) == moves.map(\.to), "every move of a machine, in its order")
        var steps: [AlarmSubject: (UInt32, UInt32)] = [:]
        var known: Set<AlarmSubject> = []
        var shelved: Set<AlarmSubject> = []
        var unsteady: Set<AlarmSubject> = []
        for transition in run.told {
            let subject = transition.subject
            if transition.step > 0 {
                let last = steps[subject] ?? (0, 0)
                let isNext =
                    last.0 == transition.occurrence
                    ? transition.step == last.1 + 1 : transition.step == 1
                #expect(isNext && transition.from == transition.to)
                steps[subject] = (transition.occurrence, transition.step)
            }
            switch transition.cause {
            case .unconfirmedRise: #expect(transition.isQuiet)
            case .flapping:
                #expect(!transition.isQuiet && unsteady.insert(subject).inserted)
            case .settled: unsteady.remove(subject)
            case .shelved:
                #expect(transition.to != .pending)
                shelved.insert(subject)
            case .unshelved, .shelfExpired, .shelfBroken: shelved.remove(subject)
            case .refuted, .receded:
                #expect(transition.isQuiet == !known.contains(subject))
                known.remove(subject)
            default: break
            }
            let isOn = [.reached, .confirmed, .unconfirmedRise].contains(transition.cause)
            if isOn, shelved.contains(subject) { #expect(transition.isQuiet) }
            let tells =
                isOn
                || [.settled, .escalated, .unshelved, .shelfExpired]
                    .contains(transition.cause)
            if tells, !transition.isQuiet, transition.to.isOpen { known.insert(subject) }
        }
    }

    @Test func `an end by the configuration is told to whom the beginning was told`() {
        for isShelved in [false, true] {
            var hand = Hand(cycles: AlarmLifeCycles())
            _ = hand.move(line, .active, .failed, at: now(0))
            if isShelved {
                _ = hand.move(line, .cleared, .recovered, at: now(1))
                _ = hand.move(line, .active, .failed, at: now(2))
                _ = try? hand.cycles.handle(
                    .shelve(seconds: 600, reason: "x"), of: line, by: "sato", at: now(3))
                _ = hand.move(line, .cleared, .recovered, at: now(4))
                _ = hand.move(line, .active, .failed, at: now(5))
            }
            let end = hand.move(line, .cleared, .configurationChanged, at: now(9))
            #expect(end.map(\.isQuiet) == [isShelved])
        }
    }
}
