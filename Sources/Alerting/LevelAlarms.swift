package import GatewayModel

/// The flood-level alarms of one station, as one machine that takes its stages one by one.
///
/// A level is reached when the stage equals or exceeds its threshold.
///
/// | reading | at or above the threshold | below it |
/// |---|---|---|
/// | accepted (good, not evaluated) | raises at once; confirms a pending alarm | refutes a pending \
/// alarm; clears after the hold |
/// | suspect | shows at once as pending (未確認); confirms it once suspect readings have persisted \
/// for the hold time, or the sensor was told to measure at once and says the same | persistence \
/// begins anew |
/// | failed, missing, not finite | nothing | nothing |
/// | late and accepted | raises and confirms (reached late) | nothing |
/// | late and suspect | nothing | nothing |
///
/// Which flags are accepted is the level's own rule; good and not evaluated are meant where it has
/// none. Suspect readings persist while at least three of them, from the first to the last for the
/// hold time, say so with none lower between them, and none stays away for longer than two holds or
/// three intervals.
///
/// A station's sensors are its stage sensor and its float switches. A value that only bounds the true
/// one, E, speaks so:
///
/// | reading | a level it speaks of | what it does |
/// |---|---|---|
/// | accepted, at least E (以上) | threshold ≤ E | as an accepted reading at or above the threshold |
/// | suspect, at least E | threshold ≤ E | as a suspect reading there |
/// | either, at least E | clearing height ≤ E | begins the hold anew; never refutes or clears |
/// | accepted, below E (未満) | threshold ≥ E | as an accepted reading below the clearing height: \
/// refutes, and clears after the hold; the float's own hysteresis stands in |
/// | suspect, below E | none | nothing |
///
/// Of every other level a bound says nothing.
///
/// - **A sensor's newest word stands until the same sensor takes it back** with an accepted reading.
///   While that of any other sensor claims the clearing height or more, a level does not clear and
///   its hold does not run; while it claims the threshold or more, a pending alarm is not refuted.
///   A closed float keeps an alarm on however low the stage sensor reads, and an open float, which a
///   torn cable imitates, ends nothing that the stage sensor saw before it fell silent.
/// - An alarm clears when accepted readings have stayed below threshold minus hysteresis for the
///   hold time of the steady timeline, and an accepted reading says so now. Nobody who sets a civil
///   clock, ours or a device's, shortens a hold. Silence and failed
///   readings hold the level: losing the sensor at the peak clears nothing. A reading back above,
///   suspect or not, begins the hold anew.
/// - A jump over several levels raises each, the lowest first; levels clear the highest first.
/// - A late reading, which stands before the newest one of the same sensor, clears nothing. Within
///   half an hour it raises what nobody has been told of: a level that is not on, and was not on
///   when it was measured. At the clearing height or above it begins a hold anew. Where the checks
///   could not judge it, two are needed. One that is later changes nothing. Other sensors' times do
///   not make it late: a float speaks at once, an ultrasonic sensor's device may send what it
///   measured seconds ago.
/// - Every opening has its own occurrence, also after a refuted one, so that subject, occurrence and
///   phase name a transition once and for ever.
package struct LevelAlarms: Sendable, Equatable {
    /// How long before the newest reading of its sensor a late one may have been measured and still
    /// speak, in seconds.
    package static let greatestLatenessSeconds = 1800.0

    /// The newest word of one sensor.
    private struct Word: Sendable, Equatable {
        let channel: ChannelIndex
        /// The stage that the water has at least; nil where the sensor only says that it is below.
        var claimedMetres: Double?
        /// Nil before the first reading.
        var newest: ReadingPlace?

        /// A reading that is not accepted may raise the claim, never lower it.
        mutating func take(_ reading: StageReading, stageMetres: Double, isAccepted: Bool) {
            newest = reading.place
            let stage = reading.bound == .below ? nil : stageMetres
            if isAccepted {
                claimedMetres = stage
            } else if let stage {
                claimedMetres = max(claimedMetres ?? stage, stage)
            }
        }
    }

    /// The levels that have a threshold, from the lowest.
    private(set) var alarms: [LevelAlarm]
    private var words: [Word] = []
    /// The station's own accepted flags, which say what takes a word back.
    private let acceptedFlags: FlagMask
    /// Goes with the station's observation start as an alarm with its level; nobody is told of it.
    private var observation: LevelAlarm?
    /// Whether the station is to be watched as in a flood: since a reading, suspect or not, reached the
    /// observation start (観測開始水位), until readings have stayed below it by the rules of alarms. Nil
    /// where the station has none, and after a start until readings have said which it is.
    package private(set) var isObserving: Bool?
    /// The sensor to be told to measure at once: the one whose suspect reading, the newest that was
    /// taken, speaks for a level that is still unconfirmed. Nil where there is none.
    package private(set) var doubtedChannel: ChannelIndex?

    /// The machine of a station.
    ///
    /// Restored alarms go on where they stood, running holds included.
    ///
    /// - Parameters:
    ///   - station: the station that the alarms speak of.
    ///   - levels: its thresholds, hysteresis and hold time.
    ///   - states: the last state of every alarm, as `states` gave it. A state whose level has no
    ///     threshold any more is left out; whoever took the threshold away closes it.
    ///   - heard: readings that have spoken before, oldest first. They raise and clear nothing now;
    ///     they say what is late, and what stands.
    package init(
        station: StationID, levels: FloodLevels, restoring states: [AlarmState] = [],
        heard: [StageReading] = []
    ) {
        var restored = Dictionary(states.map { ($0.subject, $0) }) { _, last in last }
        // What people and time make of an alarm is kept elsewhere.
        for subject in restored.keys { restored[subject]?.handling = AlarmHandling() }
        acceptedFlags = FlagMask(levels.acceptedFlags)
        alarms = FloodLevel.allCases.compactMap { level in
            levels.thresholdMetres[level].map { threshold in
                LevelAlarm(
                    station: station, level: level, thresholdMetres: threshold,
                    rule: levels.rule(of: level),
                    restoring: restored[AlarmSubject(station: station, level: level)])
            }
        }
        observation = levels.observationStartMetres.map { start in
            // It may have been reached before: only the hold, begun anew, says that it is not.
            LevelAlarm(
                station: station, level: .standby, thresholdMetres: start, rule: levels.rule,
                restoring: AlarmState(
                    subject: AlarmSubject(station: station, level: .standby), occurrence: 1,
                    phase: .active, openedAt: UTCInstant(milliseconds: 0),
                    since: UTCInstant(milliseconds: 0)))
        }
        for reading in heard { _ = hear(reading) }
    }

    /// Takes a reading.
    ///
    /// - Returns: what it changed, in the order in which it is to be told; mostly nothing.
    /// - Complexity: constant; allocates only where something changes.
    package mutating func step(_ reading: StageReading) -> [AlarmTransition] {
        doubtedChannel = nil
        guard let evidence = hear(reading) else { return [] }
        guard !evidence.isLate else { return stepLate(evidence) }
        var transitions: [AlarmTransition] = []
        for index in alarms.indices {
            if let transition = alarms[index].rise(evidence) { transitions.append(transition) }
        }
        for index in alarms.indices.reversed() {
            if let transition = alarms[index].fall(evidence) { transitions.append(transition) }
        }
        observe(evidence)
        if alarms.contains(where: { $0.phase == .pending && $0.isReached(by: evidence) }) {
            doubtedChannel = evidence.channel
        }
        return transitions
    }

    private mutating func stepLate(_ evidence: LevelAlarm.Evidence) -> [AlarmTransition] {
        if observation?.riseLate(evidence) != nil { isObserving = true }
        return alarms.indices.compactMap { alarms[$0].riseLate(evidence) }
    }

    private mutating func observe(_ evidence: LevelAlarm.Evidence) {
        guard var observation else { return }
        _ = observation.rise(evidence)
        _ = observation.fall(evidence)
        self.observation = observation
        if observation.isReached(by: evidence) {
            isObserving = true
        } else if !observation.isOn, observation.phase != .pending {
            isObserving = false
        }
    }

    /// Notes that a person knows of an alarm.
    ///
    /// - Parameters:
    ///   - subject: the alarm.
    ///   - actor: who says so.
    ///   - comment: what they say; nil where they say nothing.
    ///   - time: when they said it.
    /// - Returns: the transition to store and to tell.
    /// - Throws: `AcknowledgementRefusal` where the alarm is not active.
    package mutating func acknowledge(
        _ subject: AlarmSubject, by actor: String, comment: String?, at time: UTCInstant
    ) throws(AcknowledgementRefusal) -> AlarmTransition {
        guard let index = alarms.firstIndex(where: { $0.subject == subject }) else {
            throw .notOpen(subject)
        }
        return try alarms[index].acknowledge(by: actor, comment: comment, at: time)
    }

    /// The state of every alarm that has ever opened, from the lowest level.
    package var states: [AlarmState] { alarms.compactMap(\.state) }

    /// The highest level whose alarm is on, acknowledged or not.
    package var highestActive: FloodLevel? { alarms.last(where: \.isOn)?.level }

    /// The highest level that only suspect readings have reached (未確認).
    package var highestPending: FloodLevel? { alarms.last { $0.phase == .pending }?.level }

    /// Takes a reading down as its sensor's word.
    ///
    /// - Returns: the reading as evidence; nil where it may not speak.
    private mutating func hear(_ reading: StageReading) -> LevelAlarm.Evidence? {
        guard let stageMetres = reading.stageMetres, stageMetres.isFinite else { return nil }
        guard reading.flag != .fail, reading.flag != .missing else { return nil }
        let known = words.firstIndex { $0.channel == reading.channel }
        let index = known ?? words.endIndex
        if known == nil { words.append(Word(channel: reading.channel)) }
        let before = words[index].newest
        let isLate = before.map { reading.place.own < $0.own } ?? false
        if let before, isLate {
            // Of a device that says no times nobody knows how late it is.
            let lateness = before.earliest.seconds(since: reading.place.earliest)
            guard lateness <= Self.greatestLatenessSeconds else { return nil }
        } else {
            words[index].take(
                reading, stageMetres: stageMetres,
                isAccepted: acceptedFlags.contains(reading.flag))
        }
        var claimed: Double?
        for other in words where other.channel != reading.channel {
            guard let metres = other.claimedMetres else { continue }
            claimed = max(claimed ?? metres, metres)
        }
        return LevelAlarm.Evidence(
            stageMetres: stageMetres, bound: reading.bound, flag: reading.flag,
            isAnswer: reading.answersMeasureNow, time: reading.time, channel: reading.channel,
            place: reading.place, before: before, intervalSeconds: reading.intervalSeconds,
            isWhollyChecked: reading.isWhollyChecked, isLate: isLate, claimedMetres: claimed)
    }
}
