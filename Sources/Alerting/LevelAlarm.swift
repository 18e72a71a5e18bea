import GatewayModel

/// The alarm of one flood level of one station: what `LevelAlarms` holds five of.
///
/// It knows nothing of late or unusable readings; `LevelAlarms` keeps them away.
struct LevelAlarm: Sendable, Equatable {
    /// A reading that may speak: it has a finite stage and is neither failed nor missing.
    struct Evidence: Sendable {
        let stageMetres: Double
        let bound: ValueBound
        let isAccepted: Bool
        let time: UTCInstant
        /// The highest stage that the newest word of any other sensor claims; nil where none does.
        let claimedMetres: Double?

        /// Whether another sensor says that the water is at `metres` or above.
        func isContradicted(at metres: Double) -> Bool {
            claimedMetres.map { $0 >= metres } ?? false
        }
    }

    let subject: AlarmSubject
    let level: FloodLevel
    let thresholdMetres: Double
    /// Threshold minus hysteresis: a stage below it counts towards clearing.
    let clearingMetres: Double
    let holdSeconds: Double
    /// Nil until it first opens.
    private(set) var state: AlarmState?
    /// The first of the accepted readings below `clearingMetres` that nothing has interrupted.
    private(set) var recedingSince: UTCInstant?

    init(
        station: StationID, level: FloodLevel, thresholdMetres: Double, levels: FloodLevels,
        restoring state: AlarmState?
    ) {
        subject = AlarmSubject(station: station, level: level)
        self.level = level
        self.thresholdMetres = thresholdMetres
        // 3.2 − 0.05 is not the 3.15 of a station file; to a nanometre it is.
        clearingMetres = ((thresholdMetres - levels.hysteresisMetres) * 1e9).rounded() / 1e9
        holdSeconds = levels.holdSeconds
        self.state = state
    }

    var phase: AlarmPhase { state?.phase ?? .normal }

    /// Whether it is on, known to somebody or not.
    var isOn: Bool { phase == .active || phase == .acknowledged }

    // MARK: - Steps

    /// Opens or confirms the alarm where the stage has reached the threshold.
    mutating func rise(_ evidence: Evidence) -> AlarmTransition? {
        guard evidence.bound != .below, evidence.stageMetres >= thresholdMetres else { return nil }
        let transition: AlarmTransition? =
            switch phase {
            case .normal, .cleared:
                open(evidence)
            case .pending where evidence.isAccepted || hasPersisted(until: evidence.time):
                move(to: .active, .confirmed, by: evidence)
            case .pending, .active, .acknowledged:
                nil
            }
        if evidence.isAccepted { raisePeak(to: evidence) }
        return transition
    }

    /// Refutes or clears the alarm where accepted readings say so.
    mutating func fall(_ evidence: Evidence) -> AlarmTransition? {
        switch evidence.bound {
        case .exact:
            guard evidence.stageMetres < clearingMetres else {
                // A suspect reading up here may be right: it stops the hold too.
                recedingSince = nil
                return refute(evidence)
            }
        case .atLeast:
            if evidence.stageMetres >= clearingMetres { recedingSince = nil }
            return nil
        case .below:
            guard evidence.stageMetres <= thresholdMetres else { return nil }
        }
        guard evidence.isAccepted else { return nil }
        guard isOn else { return refute(evidence) }
        // No hold runs here: the reading that claims the height has stopped it.
        guard !evidence.isContradicted(at: clearingMetres) else { return nil }
        let since = recedingSince ?? evidence.time
        guard evidence.time.seconds(since: since) >= holdSeconds else {
            recedingSince = since
            return nil
        }
        recedingSince = nil
        return move(to: .cleared, .receded, by: evidence)
    }

    /// Notes that a person knows.
    mutating func acknowledge(
        by actor: String, comment: String?, at time: UTCInstant
    ) throws(AcknowledgementRefusal) -> AlarmTransition {
        switch phase {
        case .normal, .cleared: throw .notOpen(subject)
        case .pending: throw .unconfirmed(subject)
        case .acknowledged: throw .alreadyAcknowledged(subject, by: state?.acknowledgedBy ?? "")
        case .active: break
        }
        var transition = move(to: .acknowledged, .acknowledged, at: time)
        transition.actor = actor
        transition.comment = comment
        state?.acknowledgedBy = actor
        state?.comment = comment
        return transition
    }

    /// Begins the hold anew: the times before are not comparable with those to come.
    mutating func restartHold() { recedingSince = nil }

    // MARK: - Parts of steps

    private mutating func open(_ evidence: Evidence) -> AlarmTransition {
        let from = phase
        let (to, cause): (AlarmPhase, AlarmCause) =
            evidence.isAccepted ? (.active, .reached) : (.pending, .unconfirmedRise)
        let opened = AlarmState(
            subject: subject, occurrence: (state?.occurrence ?? 0) + 1, phase: to,
            openedAt: evidence.time, since: evidence.time)
        state = opened
        recedingSince = nil
        return AlarmTransition(
            subject: subject, occurrence: opened.occurrence, from: from, to: to,
            time: evidence.time, stageMetres: evidence.stageMetres, stageBound: evidence.bound,
            thresholdMetres: thresholdMetres, cause: cause)
    }

    /// Whether suspect readings have borne the rise out: this is at least the second one, since the
    /// first opened the alarm.
    private func hasPersisted(until time: UTCInstant) -> Bool {
        guard let state else { return false }
        return time.seconds(since: state.since) >= holdSeconds
    }

    private mutating func refute(_ evidence: Evidence) -> AlarmTransition? {
        // Below a height is below a threshold there too.
        let isBelow =
            evidence.stageMetres < thresholdMetres
            || evidence.bound == .below && evidence.stageMetres == thresholdMetres
        guard phase == .pending, evidence.isAccepted, isBelow,
            !evidence.isContradicted(at: thresholdMetres)
        else { return nil }
        return move(to: .normal, .refuted, by: evidence)
    }

    private mutating func raisePeak(to evidence: Evidence) {
        let isAtLeast = evidence.bound == .atLeast
        if let peak = state?.peakMetres, evidence.stageMetres <= peak {
            if evidence.stageMetres == peak, isAtLeast { state?.isPeakAtLeast = true }
            return
        }
        state?.peakMetres = evidence.stageMetres
        state?.isPeakAtLeast = isAtLeast
    }

    private mutating func move(
        to phase: AlarmPhase, _ cause: AlarmCause, by evidence: Evidence
    ) -> AlarmTransition {
        var transition = move(to: phase, cause, at: evidence.time)
        transition.stageMetres = evidence.stageMetres
        transition.stageBound = evidence.bound
        return transition
    }

    /// Moves an alarm that has been open before into another phase.
    private mutating func move(
        to phase: AlarmPhase, _ cause: AlarmCause, at time: UTCInstant
    ) -> AlarmTransition {
        guard var moved = state else { preconditionFailure("only an opened alarm moves on") }
        let from = moved.phase
        moved.phase = phase
        moved.since = time
        state = moved
        return AlarmTransition(
            subject: subject, occurrence: moved.occurrence, from: from, to: phase, time: time,
            thresholdMetres: thresholdMetres, cause: cause)
    }
}
