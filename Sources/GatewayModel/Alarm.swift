/// Where an alarm stands in its life.
package enum AlarmPhase: String, Sendable, CaseIterable {
    /// Nothing is the matter.
    case normal
    /// A suspect reading asks for it; nothing has confirmed it yet (未確認).
    case pending
    /// It is on, and nobody has said that they know.
    case active
    /// It is on, and somebody has said that they know.
    case acknowledged
    /// It was on and is over; the next rise opens a new alarm.
    case cleared

    /// Whether an alarm of this phase still concerns anybody.
    package var isOpen: Bool { self != .normal && self != .cleared }
}

/// What an alarm is about: one rule of one station, at most one open alarm for each.
package struct AlarmSubject: Hashable, Sendable {
    package let station: StationID
    /// The rule: `level.` and a flood level's key, `system.` and what of the gateway is concerned,
    /// `wildlife.` with a camera and a species, or `drill.` and what a drill pretends.
    package let rule: String

    package init(station: StationID, rule: String) {
        self.station = station
        self.rule = rule
    }

    /// The rule of a flood level.
    package init(station: StationID, level: FloodLevel) {
        self.init(station: station, rule: "level.\(level.key)")
    }

    /// The flood level that the rule speaks of, and nil for other rules.
    package var level: FloodLevel? {
        rule.hasPrefix("level.") ? FloodLevel(key: String(rule.dropFirst(6))) : nil
    }
}

extension AlarmSubject: Comparable {
    package static func < (left: AlarmSubject, right: AlarmSubject) -> Bool {
        (left.station, left.rule) < (right.station, right.rule)
    }
}

/// One step of an alarm's life, written down as it happened.
///
/// Most steps lead to another phase. What people do beside acknowledging, and what time does, leaves
/// the phase as it is; such a step has a number of its own within the alarm.
package struct AlarmTransition: Sendable, Equatable {
    package var subject: AlarmSubject
    /// The alarm's number with its subject, from 1: it goes up at every opening, after a refuted
    /// one too.
    package var occurrence: UInt32
    package var from: AlarmPhase
    package var to: AlarmPhase
    /// When it happened: the reading's time, or the moment a person acted.
    package var time: UTCInstant
    /// The stage that caused it, in metres above the gauge zero; nil where a person did.
    package var stageMetres: Double?
    /// Whether the stage was measured, or bounds the true one.
    package var stageBound: ValueBound
    /// The threshold concerned, in metres above the gauge zero.
    package var thresholdMetres: Double?
    /// Why, as a stable word for machines.
    package var cause: AlarmCause
    /// Who, where a person did it.
    package var actor: String?
    /// What that person said.
    package var comment: String?
    /// Whether the gateway's clock was unknown then (時刻未同期).
    package var isTimeUncertain: Bool
    /// Whether it is stored and forwarded, but nobody is woken: the alarm is unconfirmed, shelved or
    /// chatters, or its end is that of something that nobody was told of.
    package var isQuiet: Bool
    /// The number, from 1 within the alarm, of a step that leaves the phase as it is; 0 of others.
    package var step: UInt32
    /// How often the alarm had been escalated by then, this time included.
    package var escalation: UInt8
    /// When a shelf ends by the civil clock; nil where the step makes none.
    package var until: UTCInstant?
    /// Who has been asked to see to the alarm, by the step that does so.
    package var assignee: String?

    package init(
        subject: AlarmSubject, occurrence: UInt32, from: AlarmPhase, to: AlarmPhase,
        time: UTCInstant, stageMetres: Double? = nil, stageBound: ValueBound = .exact,
        thresholdMetres: Double? = nil, cause: AlarmCause, actor: String? = nil,
        comment: String? = nil, isTimeUncertain: Bool = false, isQuiet: Bool = false,
        step: UInt32 = 0, escalation: UInt8 = 0, until: UTCInstant? = nil, assignee: String? = nil
    ) {
        self.subject = subject
        self.occurrence = occurrence
        self.from = from
        self.to = to
        self.time = time
        self.stageMetres = stageMetres
        self.stageBound = stageBound
        self.thresholdMetres = thresholdMetres
        self.cause = cause
        self.actor = actor
        self.comment = comment
        self.isTimeUncertain = isTimeUncertain
        self.isQuiet = isQuiet
        self.step = step
        self.escalation = escalation
        self.until = until
        self.assignee = assignee
    }
}

/// Why an alarm changed its phase, or what happened to it otherwise.
package enum AlarmCause: String, Sendable, CaseIterable {
    /// An accepted reading equals or exceeds the threshold.
    case reached
    /// A reading that came late shows that the stage had equalled or exceeded the threshold.
    case reachedLate = "reached_late"
    /// A suspect reading equals or exceeds the threshold.
    case unconfirmedRise = "unconfirmed_rise"
    /// A later accepted reading, or suspect readings over the hold time, bear the rise out.
    case confirmed
    /// An accepted reading below the threshold shows that the suspect one was wrong.
    case refuted
    /// The stage stayed below threshold minus hysteresis for the hold time.
    case receded
    /// A person said that they know.
    case acknowledged
    /// Something of the gateway itself has failed; the transition's comment says what and what to do.
    case failed
    /// What had failed works again.
    case recovered
    /// What it was about is no longer configured, so that nothing can tell how it stands.
    case configurationChanged = "configuration_changed"
    /// A camera's AI saw an animal that is to be told.
    case sighted
    /// No such animal was seen for a while; it need not be gone.
    case departed
    /// A person said something.
    case commented
    /// A person asked somebody to see to it.
    case assigned
    /// A person put it aside for a time; nobody is woken by it until then.
    case shelved
    /// A person took it back before the time was over.
    case unshelved
    /// The time for which it was put aside is over.
    case shelfExpired = "shelf_expired"
    /// A higher level of the station was reached: it is put aside no more.
    case shelfBroken = "shelf_broken"
    /// It opened so often in a short time that it is told once as unsteady (不安定), then held.
    case flapping
    /// It has not opened anew for a while: it is told again from now on.
    case settled
    /// Nobody has said that they know, for too long.
    case escalated
    /// A drill (訓練) begins; sirens and lamps stay as they are.
    case drillStarted = "drill_started"
    /// A drill begins in which sirens and lamps come on.
    case drillStartedAloud = "drill_started_aloud"
    /// A drill is over.
    case drillEnded = "drill_ended"
}

/// An alarm as it stands now: the sum of its transitions.
package struct AlarmState: Sendable, Equatable {
    package var subject: AlarmSubject
    package var occurrence: UInt32
    package var phase: AlarmPhase
    /// When it left `normal`.
    package var openedAt: UTCInstant
    /// When the present phase began.
    package var since: UTCInstant
    /// The highest accepted stage since it opened, in metres above the gauge zero.
    package var peakMetres: Double?
    /// Whether the peak is only what is certain: the stage may have been higher (以上).
    package var isPeakAtLeast: Bool
    /// Who acknowledged it; nil while nobody has.
    package var acknowledgedBy: String?
    /// What they said; of a system alarm, until somebody says more, what is wrong.
    package var comment: String?
    /// Since when its hold runs: of a pending alarm since suspect readings have kept it up, nil once
    /// one was lower or they stayed away, of one that is on since
    /// accepted readings have been low enough to clear it; nil while none runs.
    package var holdSince: SteadyInstant?
    /// What people and time have made of it beside its phase.
    package var handling: AlarmHandling

    package init(
        subject: AlarmSubject, occurrence: UInt32, phase: AlarmPhase, openedAt: UTCInstant,
        since: UTCInstant, peakMetres: Double? = nil, isPeakAtLeast: Bool = false,
        acknowledgedBy: String? = nil, comment: String? = nil, holdSince: SteadyInstant? = nil,
        handling: AlarmHandling = AlarmHandling()
    ) {
        self.subject = subject
        self.occurrence = occurrence
        self.phase = phase
        self.openedAt = openedAt
        self.since = since
        self.peakMetres = peakMetres
        self.isPeakAtLeast = isPeakAtLeast
        self.acknowledgedBy = acknowledgedBy
        self.comment = comment
        self.holdSince = holdSince
        self.handling = handling
    }

    /// Whether it still concerns anybody.
    package var isOpen: Bool { phase.isOpen }
}

/// Since when an alarm's hold runs; it begins and ends between transitions.
package struct AlarmHold: Sendable, Equatable {
    package var occurrence: UInt32
    /// Nil where none runs.
    package var since: SteadyInstant?

    package init(occurrence: UInt32, since: SteadyInstant?) {
        self.occurrence = occurrence
        self.since = since
    }
}

/// The highest accepted stage of an alarm so far; it grows between transitions.
package struct AlarmPeak: Sendable, Equatable {
    package var subject: AlarmSubject
    package var occurrence: UInt32
    /// Metres above the gauge zero.
    package var metres: Double
    /// Whether the stage may have been higher.
    package var isAtLeast: Bool

    package init(
        subject: AlarmSubject, occurrence: UInt32, metres: Double, isAtLeast: Bool = false
    ) {
        self.subject = subject
        self.occurrence = occurrence
        self.metres = metres
        self.isAtLeast = isAtLeast
    }
}
