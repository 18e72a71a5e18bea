package import GatewayModel

/// What happens to every alarm beside its phase, as one machine for levels, the gateway's parts and
/// animals alike: who is told, who sees to it, what is put aside, what chatters, what is told again.
///
/// It follows the machines that decide the phases (`LevelAlarms`, `SystemAlarms`, `WildlifeAlarms`)
/// and never changes a phase itself, so that nothing that people do hides what the river does.
///
/// - **Who is told.** Everybody is told that an alarm is on, unless it is shelved or flapping, and
///   only where they were, that it is over. An unconfirmed rise wakes nobody, and nor does its end.
///   What is not told is quiet: stored, shown and forwarded as all is.
/// - **Shelving** is for what is on: an unconfirmed rise wakes nobody, and to put it aside would
///   silence its confirmation. It ends with its time, on the steady timeline; what is still on is
///   told again then. The shelf of one level holds no other, and **a higher level of the station that
///   becomes active ends the shelves of those below it**.
/// - **Flapping.** An alarm that becomes active more than `flapCount` times in `flapSeconds` is told
///   once as unsteady and then held until it has not opened for `flapSeconds`; then it is told how it
///   stands. Unconfirmed rises do not count: however often suspect readings make a level pending, the
///   first `flapCount` times that it is confirmed are told. What is shelved is told of anyway to
///   nobody, and becomes unsteady when it opens once too often after that.
/// - **Escalation.** What somebody must know of, and nobody has acknowledged for `escalationSeconds`,
///   is told again, at most `escalationLimit` times. Whoever acknowledges a level knows of those below
///   it; while a higher level is open a lower one is not told again.
///
/// Pure: times come in as data, and the state is a function of what came in. Restored from `states`
/// anywhere, it goes on as if nothing had been.
package struct AlarmLifeCycles: Sendable, Equatable {
    fileprivate struct Entry: Sendable, Equatable {
        var occurrence: UInt32 = 0
        var phase = AlarmPhase.normal
        var handling = AlarmHandling()
    }

    private let rules: AlarmRules
    private var entries: [AlarmSubject: Entry] = [:]
    private var changed: Set<AlarmSubject> = []

    /// Life cycles that go on where they stood.
    ///
    /// - Parameters:
    ///   - rules: what is held and told again.
    ///   - states: the last state of every alarm.
    package init(rules: AlarmRules = AlarmRules(), restoring states: [AlarmState] = []) {
        self.rules = rules
        for state in states {
            entries[state.subject] = Entry(
                occurrence: state.occurrence, phase: state.phase, handling: state.handling)
        }
    }

    /// What has been made of an alarm.
    package func handling(of subject: AlarmSubject) -> AlarmHandling {
        entries[subject]?.handling ?? AlarmHandling()
    }

    /// What has changed since it was last taken, to be stored with the transitions that changed it.
    package mutating func takeChanged() -> [AlarmSubject: HandlingRecord] {
        guard !changed.isEmpty else { return [:] }
        defer { changed = [] }
        var records: [AlarmSubject: HandlingRecord] = [:]
        for subject in changed {
            records[subject] = entries[subject].map {
                HandlingRecord(occurrence: $0.occurrence, handling: $0.handling)
            }
        }
        return records
    }

    /// Forgets an alarm whose machine has forgotten it.
    package mutating func forget(_ subject: AlarmSubject) {
        entries[subject] = nil
        changed.remove(subject)
    }

    // MARK: - What the machines do

    /// Takes a step that an alarm's machine has just made.
    ///
    /// - Parameters:
    ///   - transition: the step.
    ///   - moment: when it was learnt.
    ///   - measured: when what caused it was measured; nil for when it was learnt. A backlog that comes
    ///     at once does not chatter.
    /// - Returns: the step as it is to be stored and told, and what follows from it.
    package mutating func take(
        _ transition: AlarmTransition, at moment: SteadyInstant, measured: SteadyInstant? = nil
    ) -> [AlarmTransition] {
        let subject = transition.subject
        var entry = entries[subject] ?? Entry()
        if entry.occurrence != transition.occurrence {
            entry.occurrence = transition.occurrence
            entry.handling = entry.handling.forNextOccurrence
        }
        entry.phase = transition.to
        let isActivation = transition.to == .active
        let startsFlapping = count(
            transition, at: measured ?? moment, in: &entry.handling)
        let isHeld = entry.handling.isHeld(rules: rules)
        var told = transition
        switch transition.cause {
        case .unconfirmedRise:
            told.isQuiet = true
        case .reached, .reachedLate, .confirmed, .failed, .sighted:
            // The picture tells of the animal.
            told.isQuiet = isHeld || transition.cause == .sighted
            if !isHeld { entry.handling.isTold = true }
        case .refuted, .receded, .recovered, .configurationChanged, .departed:
            told.isQuiet = !entry.handling.isTold
        case .acknowledged, .commented, .assigned, .shelved, .unshelved, .shelfExpired,
            .shelfBroken, .flapping, .settled, .escalated, .drillStarted,
            .drillStartedAloud, .drillEnded:
            break
        }
        told.escalation = entry.handling.escalationCount
        entry.handling.unknownSince = isActivation ? moment : nil
        var transitions = [told]
        if startsFlapping {
            var unsteady = entry.step(.flapping, of: subject, like: told)
            unsteady.stageMetres = told.stageMetres
            unsteady.stageBound = told.stageBound
            transitions.append(unsteady)
        }
        entries[subject] = entry
        changed.insert(subject)
        if isActivation, !isHeld { transitions += breakShelves(below: told, at: moment) }
        if transition.to == .acknowledged { noteKnown(below: subject) }
        return transitions
    }

    /// Takes down that an alarm has opened.
    ///
    /// - Returns: whether it has become active one time too many, and people are to hear of that.
    private func count(
        _ transition: AlarmTransition, at moment: SteadyInstant,
        in handling: inout AlarmHandling
    ) -> Bool {
        let isOpening = !transition.from.isOpen && transition.to.isOpen
        if isOpening { handling.openings = recent(handling.openings, and: moment) }
        guard transition.to == .active else { return false }
        handling.activations = recent(handling.activations, and: moment)
        guard !handling.isFlapping, handling.shelf == nil,
            handling.activations.count > rules.flapCount
        else { return false }
        handling.isFlapping = true
        return true
    }

    private func recent(_ moments: [SteadyInstant], and moment: SteadyInstant) -> [SteadyInstant] {
        let kept = moments.filter { moment.seconds(since: $0) < rules.flapSeconds }
        return (kept + [moment]).suffix(rules.flapCount + 1)
    }

    private mutating func breakShelves(
        below rise: AlarmTransition, at moment: SteadyInstant
    ) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        for subject in Self.lower(than: rise.subject) {
            guard var entry = entries[subject], entry.handling.shelf != nil else { continue }
            var broken = entry.unshelve(.shelfBroken, of: subject, like: rise, at: moment)
            // The rise is told in the same breath.
            broken.isQuiet = true
            transitions.append(broken)
            entries[subject] = entry
            changed.insert(subject)
        }
        return transitions
    }

    /// Whoever acknowledges a level knows of those that a river reaches before it.
    private mutating func noteKnown(below subject: AlarmSubject) {
        for lower in Self.lower(than: subject)
        where entries[lower]?.handling.unknownSince != nil {
            entries[lower]?.handling.unknownSince = nil
            changed.insert(lower)
        }
    }

    private static func lower(than subject: AlarmSubject) -> [AlarmSubject] {
        guard let level = subject.level else { return [] }
        return FloodLevel.allCases.filter { $0 < level }
            .map { AlarmSubject(station: subject.station, level: $0) }
    }

    // MARK: - What people do

    /// Does what a person asks.
    ///
    /// Asking again for what is so already changes nothing, so that a request whose answer was lost
    /// can be sent again.
    ///
    /// - Parameters:
    ///   - request: what is to be done.
    ///   - subject: the alarm.
    ///   - actor: who asks.
    ///   - now: when.
    /// - Returns: the step to store and to tell; nil where it is so already.
    /// - Throws: `HandlingRefusal` where the alarm is not open, or the request cannot be met.
    package mutating func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, by actor: String, at now: GatewayInstant
    ) throws(HandlingRefusal) -> AlarmTransition? {
        guard var entry = entries[subject], entry.phase.isOpen else { throw .notOpen(subject) }
        let transition = try entry.carryOut(request, of: subject, by: actor, at: now)
        guard let transition else { return nil }
        entries[subject] = entry
        changed.insert(subject)
        return transition
    }

    // MARK: - What time does

    /// Lets time pass: shelves end, what chattered settles, and what nobody knows of is told again.
    ///
    /// - Returns: the steps to store and to tell, by subject.
    package mutating func step(at now: GatewayInstant) -> [AlarmTransition] {
        let due = entries.filter { $0.value.handling.waitsForTime }.keys
        guard !due.isEmpty else { return [] }
        var transitions: [AlarmTransition] = []
        for subject in due.sorted() {
            guard var entry = entries[subject] else { continue }
            let mayEscalate = rules.mustBeKnown(subject) && !isOvertopped(subject)
            let steps = entry.letTimePass(
                subject, rules: rules, mayEscalate: mayEscalate, at: now)
            guard !steps.isEmpty else { continue }
            transitions += steps
            entries[subject] = entry
            changed.insert(subject)
        }
        return transitions
    }

    /// Whether a higher level of the same station is open.
    private func isOvertopped(_ subject: AlarmSubject) -> Bool {
        guard let level = subject.level else { return false }
        return FloodLevel.allCases.contains { higher in
            let other = AlarmSubject(station: subject.station, level: higher)
            return higher > level && entries[other]?.phase.isOpen == true
        }
    }
}

// MARK: - One alarm

extension AlarmHandling {
    /// Whether it wakes nobody that the alarm has become active.
    fileprivate func isHeld(rules: AlarmRules) -> Bool {
        shelf != nil || isFlapping && activations.count > rules.flapCount
    }

    /// Whether the clock alone may change something.
    fileprivate var waitsForTime: Bool { shelf != nil || isFlapping || unknownSince != nil }
}

extension AlarmLifeCycles.Entry {
    /// Whether it is on, and no rise that nothing has confirmed.
    private var isSure: Bool { phase.isOpen && phase != .pending }

    /// A step that leaves the phase as it is.
    fileprivate mutating func step(
        _ cause: AlarmCause, of subject: AlarmSubject, at time: UTCInstant,
        isTimeUncertain: Bool, by actor: String? = nil
    ) -> AlarmTransition {
        handling.stepCount += 1
        return AlarmTransition(
            subject: subject, occurrence: occurrence, from: phase, to: phase, time: time,
            cause: cause, actor: actor, isTimeUncertain: isTimeUncertain,
            step: handling.stepCount, escalation: handling.escalationCount)
    }

    /// The same, at the time of another step.
    fileprivate mutating func step(
        _ cause: AlarmCause, of subject: AlarmSubject, like other: AlarmTransition
    ) -> AlarmTransition {
        var step = step(
            cause, of: subject, at: other.time, isTimeUncertain: other.isTimeUncertain)
        if other.subject == subject { step.thresholdMetres = other.thresholdMetres }
        return step
    }

    /// Ends the shelf; whoever is to know of the alarm has the whole time for it again.
    fileprivate mutating func unshelve(
        _ cause: AlarmCause, of subject: AlarmSubject, like other: AlarmTransition,
        at moment: SteadyInstant
    ) -> AlarmTransition {
        handling.shelf = nil
        if phase == .active, handling.unknownSince != nil { handling.unknownSince = moment }
        return step(cause, of: subject, like: other)
    }

    fileprivate mutating func carryOut(
        _ request: AlarmRequest, of subject: AlarmSubject, by actor: String, at now: GatewayInstant
    ) throws(HandlingRefusal) -> AlarmTransition? {
        let isUncertain = now.quality == .unknown
        switch request {
        case .comment(let text):
            guard handling.lastComment != text || handling.lastCommentBy != actor else {
                return nil
            }
            handling.lastComment = text
            handling.lastCommentBy = actor
            var said = step(
                .commented, of: subject, at: now.utc, isTimeUncertain: isUncertain, by: actor)
            said.comment = text
            // It is for those who look; nobody is woken by a word.
            said.isQuiet = true
            return said
        case .assign(let name):
            let assignee = name.isEmpty ? nil : name
            guard handling.assignedTo != assignee else { return nil }
            handling.assignedTo = assignee
            var assigned = step(
                .assigned, of: subject, at: now.utc, isTimeUncertain: isUncertain, by: actor)
            assigned.assignee = assignee
            return assigned
        case .shelve(let seconds, let reason):
            return try shelve(subject, seconds, reason, by: actor, at: now)
        case .unshelve:
            guard handling.shelf != nil else { return nil }
            handling.shelf = nil
            if handling.unknownSince != nil { handling.unknownSince = now.steady }
            var back = step(
                .unshelved, of: subject, at: now.utc, isTimeUncertain: isUncertain, by: actor)
            back.isQuiet = !isSure
            if isSure { handling.isTold = true }
            return back
        }
    }

    private mutating func shelve(
        _ subject: AlarmSubject, _ seconds: Double, _ reason: String, by actor: String,
        at now: GatewayInstant
    ) throws(HandlingRefusal) -> AlarmTransition? {
        guard isSure else { throw .unconfirmed(subject) }
        guard !reason.allSatisfy(\.isWhitespace) else { throw .withoutReason(subject) }
        let range = AlarmRequest.leastShelfSeconds...AlarmRequest.greatestShelfSeconds
        guard range.contains(seconds) else { throw .spanOutOfRange(subject) }
        if let shelf = handling.shelf, shelf.actor == actor, shelf.reason == reason,
            shelf.seconds == seconds, now.steady.seconds(since: shelf.since) < 60
        {
            return nil
        }
        let until = now.utc.advanced(byMilliseconds: Int64(seconds * 1000))
        handling.shelf = AlarmShelf(
            actor: actor, reason: reason, since: now.steady, seconds: seconds, until: until)
        var shelved = step(
            .shelved, of: subject, at: now.utc, isTimeUncertain: now.quality == .unknown,
            by: actor)
        shelved.comment = reason
        shelved.until = until
        return shelved
    }

    fileprivate mutating func letTimePass(
        _ subject: AlarmSubject, rules: AlarmRules, mayEscalate: Bool, at now: GatewayInstant
    ) -> [AlarmTransition] {
        let isUncertain = now.quality == .unknown
        var steps: [AlarmTransition] = []
        if let shelf = handling.shelf, shelf.isOver(at: now) {
            handling.shelf = nil
            if handling.unknownSince != nil { handling.unknownSince = now.steady }
            var over = step(
                .shelfExpired, of: subject, at: now.utc, isTimeUncertain: isUncertain)
            over.isQuiet = !isSure
            if isSure { handling.isTold = true }
            steps.append(over)
        }
        if handling.isFlapping,
            handling.openings.last.map({ now.steady.seconds(since: $0) >= rules.flapSeconds })
                ?? true
        {
            handling.isFlapping = false
            handling.openings = []
            handling.activations = []
            var settled = step(.settled, of: subject, at: now.utc, isTimeUncertain: isUncertain)
            settled.isQuiet = handling.shelf != nil || phase == .pending
            if isSure, handling.shelf == nil { handling.isTold = true }
            steps.append(settled)
        }
        if mayEscalate, let escalated = escalate(subject, rules: rules, at: now) {
            steps.append(escalated)
        }
        return steps
    }

    private mutating func escalate(
        _ subject: AlarmSubject, rules: AlarmRules, at now: GatewayInstant
    ) -> AlarmTransition? {
        guard let seconds = rules.escalationSeconds, let since = handling.unknownSince,
            phase == .active, handling.shelf == nil,
            handling.escalationCount < rules.escalationLimit,
            now.steady.seconds(since: since) >= seconds
        else { return nil }
        handling.escalationCount += 1
        handling.unknownSince = now.steady
        handling.isTold = true
        return step(
            .escalated, of: subject, at: now.utc, isTimeUncertain: now.quality == .unknown)
    }
}
