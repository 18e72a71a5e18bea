import GatewayModel
import GatewayPorts

/// The drills of all stations, at most one at each, and what is left of earlier ones.
///
/// A drill ends by itself, when somebody stops it, and with the process that ran it: what was open then
/// is ended at the next start. Pure: times come in as data.
struct Drills: Sendable {
    private let rules: AlarmRules
    private var running: [StationID: Drill] = [:]
    /// The last state of every alarm of drills, under their subjects.
    private var states: [AlarmSubject: AlarmState] = [:]

    /// - Parameters:
    ///   - alarms: the last state of every alarm; those that are no drill's are left out.
    ///   - rules: what is held and told again.
    init(restoring alarms: [AlarmState] = [], rules: AlarmRules = AlarmRules()) {
        self.rules = rules
        for state in alarms where state.subject.isDrill { states[state.subject] = state }
    }

    /// The alarms of drills as they stand.
    var alarms: [AlarmState] { states.values.sorted { $0.subject < $1.subject } }

    /// The alarms of those drills in which sirens and lamps come on.
    var soundingAlarms: [AlarmState] {
        alarms.filter { running[$0.subject.station]?.plan.isAloud == true }
    }

    /// The drills that run.
    var statuses: [DrillStatus] {
        running.values.map(\.status).sorted { $0.station < $1.station }
    }

    var isAnyRunning: Bool { !running.isEmpty }

    // MARK: - Beginning and ending

    /// Begins a drill.
    ///
    /// - Returns: what is to be stored and told.
    /// - Throws: `notPossible` where it cannot be, with what to do.
    mutating func start(
        _ plan: DrillPlan, among stations: [Station], by actor: String, at now: GatewayInstant
    ) throws(CommandRefusal) -> StoreBatch {
        guard let station = stations.first(where: { $0.id == plan.station }) else {
            throw .notPossible("there is no station \(plan.station)")
        }
        guard running[plan.station] == nil else {
            throw .notPossible("a drill runs at \(plan.station) already; stop it first")
        }
        if let flaw = plan.flaw { throw .notPossible("\(flaw)") }
        let before = states.values.filter { $0.subject.station == plan.station }
            .compactMap { state -> AlarmState? in
                var state = state
                guard let pretended = state.subject.drilled else { return nil }
                state.subject = pretended
                state.handling = AlarmHandling()
                return state
            }
        guard
            let drill = Drill(
                plan, station: station, by: actor, at: now, after: before, rules: rules)
        else {
            throw .notPossible("\(plan.station) has no flood levels, so there is nothing to drill")
        }
        running[plan.station] = drill
        var batch = StoreBatch()
        let subject = AlarmSubject.exercise(at: plan.station)
        var begun = move(
            subject, to: .active, plan.isAloud ? .drillStartedAloud : .drillStarted, by: actor,
            at: now)
        begun.comment = plan.summary
        batch.transitions = [begun]
        return batch
    }

    /// Ends the drill of a station.
    mutating func stop(
        _ station: StationID, by actor: String, at now: GatewayInstant
    ) throws(CommandRefusal) -> StoreBatch {
        guard running[station] != nil else { throw .notPossible("no drill runs at \(station)") }
        return end(station, by: actor, at: now)
    }

    /// Ends what a process has left behind that is no more.
    mutating func endLeftOver(at now: GatewayInstant) -> StoreBatch {
        var batch = StoreBatch()
        let open = states.values.filter(\.isOpen).map(\.subject.station)
        for station in Set(open).sorted() where running[station] == nil {
            batch.transitions += end(station, by: nil, at: now).transitions
        }
        return batch
    }

    private mutating func end(
        _ station: StationID, by actor: String?, at now: GatewayInstant
    ) -> StoreBatch {
        running[station] = nil
        var batch = StoreBatch()
        let exercise = AlarmSubject.exercise(at: station)
        let open = states.values.filter { $0.isOpen && $0.subject.station == station }
            .map(\.subject).filter { $0 != exercise }.sorted()
        for subject in open {
            var ended = move(subject, to: .cleared, .drillEnded, by: actor, at: now)
            // The end of the drill says it for all of them.
            ended.isQuiet = true
            batch.transitions.append(ended)
        }
        if states[exercise]?.isOpen == true {
            batch.transitions.append(
                move(exercise, to: .cleared, .drillEnded, by: actor, at: now))
        }
        return batch
    }

    private mutating func move(
        _ subject: AlarmSubject, to phase: AlarmPhase, _ cause: AlarmCause, by actor: String?,
        at now: GatewayInstant
    ) -> AlarmTransition {
        var state =
            states[subject]
            ?? AlarmState(
                subject: subject, occurrence: 0, phase: .normal, openedAt: now.utc, since: now.utc)
        let from = state.phase
        if phase.isOpen {
            state.occurrence += 1
            state.openedAt = now.utc
        }
        state.phase = phase
        state.since = now.utc
        states[subject] = state
        return AlarmTransition(
            subject: subject, occurrence: state.occurrence, from: from, to: phase, time: now.utc,
            cause: cause, actor: actor, isTimeUncertain: now.quality == .unknown)
    }

    // MARK: - While they run

    /// Lets time pass.
    mutating func step(at now: GatewayInstant) -> StoreBatch {
        var all = StoreBatch()
        for station in running.keys.sorted() {
            guard var drill = running[station] else { continue }
            all.join(drill.step(at: now))
            keep(drill)
            if drill.isOver(at: now) { all.join(end(station, by: nil, at: now)) }
        }
        return all
    }

    /// Acknowledges an alarm of a drill.
    mutating func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> StoreBatch {
        var (drill, pretended) = try runningDrill(of: subject)
        let batch = try drill.acknowledge(
            pretended, occurrence: occurrence, by: actor, comment: comment, at: now.utc)
        keep(drill)
        return batch
    }

    /// Does something else with an alarm of a drill.
    mutating func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> StoreBatch {
        var (drill, pretended) = try runningDrill(of: subject)
        let batch = try drill.handle(
            request, of: pretended, occurrence: occurrence, by: actor, at: now)
        keep(drill)
        return batch
    }

    private func runningDrill(
        of subject: AlarmSubject
    ) throws(CommandRefusal) -> (Drill, AlarmSubject) {
        guard !subject.isExercise else {
            throw .notPossible("this is the drill as a whole; it ends by itself, or stop it")
        }
        guard let pretended = subject.drilled, let drill = running[subject.station] else {
            throw .notOpen("the drill at \(subject.station) is over")
        }
        return (drill, pretended)
    }

    private mutating func keep(_ drill: Drill) {
        running[drill.plan.station] = drill
        for var state in drill.alarms {
            state.subject = state.subject.inDrill
            states[state.subject] = state
        }
    }
}

extension StoreBatch {
    /// Adds the steps of another batch of alarms behind its own.
    fileprivate mutating func join(_ other: StoreBatch) {
        transitions += other.transitions
        peaks.merge(other.peaks) { $1 }
        handlings.merge(other.handlings) { $1 }
    }
}
