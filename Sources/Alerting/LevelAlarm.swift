import GatewayModel

/// The alarm of one flood level of one station: what `LevelAlarms` holds five of.
///
/// `LevelAlarms` keeps unusable readings away from it, and tells it which ones are late.
struct LevelAlarm: Sendable, Equatable {
    /// A reading that may speak: it has a finite stage and is neither failed nor missing.
    struct Evidence: Sendable {
        let stageMetres: Double
        let bound: ValueBound
        let flag: QualityFlag
        /// Whether it answers `measure now`.
        let isAnswer: Bool
        let time: UTCInstant
        let channel: ChannelIndex
        let place: ReadingPlace
        /// Where the newest reading of the same channel stood before; nil where there was none.
        let before: ReadingPlace?
        let intervalSeconds: Double?
        /// Whether every check of its sensor could judge it.
        let isWhollyChecked: Bool
        /// Whether it was measured before the newest reading of its channel.
        let isLate: Bool
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

    /// A late reading at the threshold that not every check has judged: another one bears it out.
    private struct Witness: Sendable, Equatable {
        let channel: ChannelIndex
        let time: UTCInstant
        let latest: SteadyInstant
    }

    /// How long suspect readings may stay away, and still have persisted, where nobody knows their
    /// interval, in seconds.
    private static let greatestSilenceSeconds = 10_800.0

    let subject: AlarmSubject
    let level: FloodLevel
    let thresholdMetres: Double
    /// Threshold minus hysteresis: a stage below it counts towards clearing.
    let clearingMetres: Double
    let holdSeconds: Double
    /// The flags of readings that raise and clear it by themselves.
    let acceptedFlags: FlagMask
    /// Nil until it first opens.
    private(set) var state: AlarmState?
    /// Of the hold that `state` has; not stored, and nil after a restart.
    private var ownBeginning: OwnBeginning?
    /// Not stored: after a restart two late readings must come again.
    private var witness: Witness?

    init(
        station: StationID, level: FloodLevel, thresholdMetres: Double, rule: LevelRule,
        restoring state: AlarmState?
    ) {
        subject = AlarmSubject(station: station, level: level)
        self.level = level
        self.thresholdMetres = thresholdMetres
        // 3.2 − 0.05 is not the 3.15 of a station file; to a nanometre it is.
        clearingMetres = ((thresholdMetres - rule.hysteresisMetres) * 1e9).rounded() / 1e9
        holdSeconds = rule.holdSeconds
        acceptedFlags = FlagMask(rule.acceptedFlags)
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

    /// Whether a reading raises and clears it by itself.
    func accepts(_ evidence: Evidence) -> Bool { acceptedFlags.contains(evidence.flag) }

    /// Opens or confirms the alarm where the stage has reached the threshold.
    mutating func rise(_ evidence: Evidence) -> AlarmTransition? {
        guard isReached(by: evidence) else { return nil }
        let isAccepted = accepts(evidence)
        let transition: AlarmTransition? =
            switch phase {
            case .normal, .cleared:
                isAccepted
                    ? open(.active, .reached, evidence)
                    : open(.pending, .unconfirmedRise, evidence)
            case .pending where isAccepted || evidence.isAnswer || hasPersisted(until: evidence):
                move(to: .active, .confirmed, by: evidence)
            case .pending, .active, .acknowledged:
                nil
            }
        if isAccepted { raisePeak(to: evidence) }
        return transition
    }

    /// Opens or confirms the alarm where a late reading shows that the stage had reached the threshold.
    ///
    /// It never clears one. A reading up here may be newer than the beginning of a hold, which begins
    /// anew then.
    mutating func riseLate(_ evidence: Evidence) -> AlarmTransition? {
        if evidence.bound != .below, evidence.stageMetres >= clearingMetres { restartHold() }
        guard isReached(by: evidence), accepts(evidence), isBorneOut(evidence) else { return nil }
        let transition: AlarmTransition? =
            switch phase {
            case .normal: open(.active, .reachedLate, evidence)
            // What was measured before its end belongs to what has been told.
            case .cleared where state.map({ evidence.time > $0.since }) ?? true:
                open(.active, .reachedLate, evidence)
            case .pending: move(to: .active, .reachedLate, by: evidence)
            case .cleared, .active, .acknowledged: nil
            }
        if isOn { raisePeak(to: evidence) }
        return transition
    }

    /// Refutes or clears the alarm where accepted readings say so.
    mutating func fall(_ evidence: Evidence) -> AlarmTransition? {
        switch evidence.bound {
        case .exact:
            interruptPersistence(evidence)
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
            interruptPersistence(evidence)
        }
        guard accepts(evidence) else { return nil }
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

    private mutating func open(
        _ to: AlarmPhase, _ cause: AlarmCause, _ evidence: Evidence
    ) -> AlarmTransition {
        let from = phase
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
        // Nil for a pending alarm whose suspect readings were interrupted, or that the copy outside
        // the database, which has no holds, restored.
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

    /// Whether suspect readings have kept a pending alarm up for the hold time, this one, the one
    /// that began it and another between them at least.
    private mutating func hasPersisted(until evidence: Evidence) -> Bool {
        if let before = evidence.before,
            ownBeginning.map({ $0.channel == evidence.channel }) ?? true
        {
            let silence = evidence.place.own.seconds(since: before.own)
            let greatest = evidence.intervalSeconds.map { $0 * 3 } ?? Self.greatestSilenceSeconds
            // Two spikes with nothing between them are no rise.
            if silence > max(holdSeconds * 2, greatest) { endHold() }
        }
        let isMiddle = isBetween(evidence)
        return hasHeld(until: evidence) && isMiddle
    }

    /// Whether the channel's reading before this one stands within the hold too.
    private func isBetween(_ evidence: Evidence) -> Bool {
        guard holdSeconds > 0 else { return true }
        guard let before = evidence.before, let since = state?.holdSince else { return false }
        if let ownBeginning, ownBeginning.channel == evidence.channel,
            before.sure > ownBeginning.sure
        {
            return true
        }
        return before.latest > since
    }

    /// Lets the suspect readings that keep a pending alarm up begin anew behind one that is lower.
    private mutating func interruptPersistence(_ evidence: Evidence) {
        guard phase == .pending, isBelow(evidence),
            !evidence.isContradicted(at: thresholdMetres)
        else { return }
        endHold()
    }

    /// Whether a late reading speaks for itself, or another late one has said the same: of two that
    /// were measured apart, both are no spike.
    private mutating func isBorneOut(_ evidence: Evidence) -> Bool {
        guard !evidence.isWhollyChecked else { return true }
        let former = witness
        witness = Witness(
            channel: evidence.channel, time: evidence.time, latest: evidence.place.latest)
        guard let former, former.channel == evidence.channel, former.time != evidence.time else {
            return false
        }
        return evidence.place.latest.seconds(since: former.latest)
            <= LevelAlarms.greatestLatenessSeconds
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

    /// Whether a reading says that the water is below the threshold; below a height is below a
    /// threshold there too.
    private func isBelow(_ evidence: Evidence) -> Bool {
        evidence.stageMetres < thresholdMetres
            || evidence.bound == .below && evidence.stageMetres == thresholdMetres
    }

    private mutating func refute(_ evidence: Evidence) -> AlarmTransition? {
        guard phase == .pending, accepts(evidence), isBelow(evidence),
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
