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
        /// Whether it answers `measure now`.
        let isAnswer: Bool
        let time: UTCInstant
        let channel: ChannelIndex
        let place: ReadingPlace
        /// The highest stage that the newest word of any other sensor claims; nil where none does.
        let claimedMetres: Double?

        /// Whether another sensor says that the water is at `metres` or above.
        func isContradicted(at metres: Double) -> Bool {
            claimedMetres.map { $0 >= metres } ?? false
        }
    }

    /// Where the timeline of one channel took a hold up: where that channel began it, or spoke first
    /// after a restart, when it had lasted for some time already.
    private struct OwnBeginning: Sendable, Equatable {
        let channel: ChannelIndex
        let sure: SteadyInstant
        let heldSeconds: Double
    }

    let subject: AlarmSubject
    let level: FloodLevel
    let thresholdMetres: Double
    /// Threshold minus hysteresis: a stage below it counts towards clearing.
    let clearingMetres: Double
    let holdSeconds: Double
    /// Nil until it first opens.
    private(set) var state: AlarmState?
    /// Of the hold that `state` has; not stored, and nil after a restart.
    private var ownBeginning: OwnBeginning?

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

    /// Whether a reading says that the water is at the threshold or above.
    func isReached(by evidence: Evidence) -> Bool {
        evidence.bound != .below && evidence.stageMetres >= thresholdMetres
    }

    /// Opens or confirms the alarm where the stage has reached the threshold.
    mutating func rise(_ evidence: Evidence) -> AlarmTransition? {
        guard isReached(by: evidence) else { return nil }
        let transition: AlarmTransition? =
            switch phase {
            case .normal, .cleared:
                open(evidence)
            case .pending
            where evidence.isAccepted || evidence.isAnswer || hasHeld(until: evidence):
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
                restartHold()
                return refute(evidence)
            }
        case .atLeast:
            if evidence.stageMetres >= clearingMetres { restartHold() }
            return nil
        case .below:
            guard evidence.stageMetres <= thresholdMetres else { return nil }
        }
        guard evidence.isAccepted else { return nil }
        guard isOn else { return refute(evidence) }
        // No hold runs here: the reading that claims the height has stopped it.
        guard !evidence.isContradicted(at: clearingMetres) else { return nil }
        guard hasHeld(until: evidence) else { return nil }
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

    // MARK: - Parts of steps

    private mutating func open(_ evidence: Evidence) -> AlarmTransition {
        let from = phase
        let (to, cause): (AlarmPhase, AlarmCause) =
            evidence.isAccepted ? (.active, .reached) : (.pending, .unconfirmedRise)
        let opened = AlarmState(
            subject: subject, occurrence: (state?.occurrence ?? 0) + 1, phase: to,
            openedAt: evidence.time, since: evidence.time,
            holdSince: nil)
        state = opened
        if to == .pending { beginHold(at: evidence) }
        return AlarmTransition(
            subject: subject, occurrence: opened.occurrence, from: from, to: to,
            time: evidence.time, stageMetres: evidence.stageMetres, stageBound: evidence.bound,
            thresholdMetres: thresholdMetres, cause: cause)
    }

    /// Whether the hold that runs, or begins now, has lasted long enough.
    ///
    /// It lasts from the latest moment at which its first reading was measured to the earliest one of
    /// its last: for so long it surely was. Of two readings of one channel the channel's own timeline
    /// knows better, where what came at once was measured over hours.
    private mutating func hasHeld(until evidence: Evidence) -> Bool {
        // Nil for a pending alarm only where the copy outside the database, which has no holds,
        // restored it.
        if state?.holdSince == nil { beginHold(at: evidence) }
        guard holdSeconds > 0, let since = state?.holdSince else { return true }
        var seconds = evidence.place.earliest.seconds(since: since)
        if let ownBeginning, ownBeginning.channel == evidence.channel {
            let further = evidence.place.sure.seconds(since: ownBeginning.sure)
            seconds = max(seconds, ownBeginning.heldSeconds + further)
        } else if ownBeginning == nil {
            ownBeginning = OwnBeginning(
                channel: evidence.channel, sure: evidence.place.sure, heldSeconds: max(0, seconds))
        }
        return seconds >= holdSeconds
    }

    private mutating func endHold() {
        state?.holdSince = nil
        ownBeginning = nil
    }

    private mutating func beginHold(at evidence: Evidence) {
        state?.holdSince = evidence.place.latest
        ownBeginning = OwnBeginning(
            channel: evidence.channel, sure: evidence.place.sure, heldSeconds: 0)
    }

    /// Begins the hold of an alarm that was about to clear anew.
    private mutating func restartHold() {
        if isOn { endHold() }
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
        // Who knows of an alarm does not keep the water from falling.
        state = moved
        if phase != .acknowledged { endHold() }
        return AlarmTransition(
            subject: subject, occurrence: moved.occurrence, from: from, to: phase, time: time,
            thresholdMetres: thresholdMetres, cause: cause)
    }
}
