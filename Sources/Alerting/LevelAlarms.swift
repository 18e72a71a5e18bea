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
/// for the hold time | nothing |
/// | failed, missing, not finite, late | nothing | nothing |
///
/// - An alarm clears when accepted readings have stayed below threshold minus hysteresis for the
///   hold time of the readings' own clock, and an accepted reading says so now. Silence and failed
///   readings hold the level: losing the sensor at the peak clears nothing. A reading back above,
///   suspect or not, begins the hold anew.
/// - A jump over several levels raises each, the lowest first; levels clear the highest first.
/// - A late reading, older than the newest one that has spoken, changes nothing.
/// - Every opening has its own occurrence, also after a refuted one, so that subject, occurrence and
///   phase name a transition once and for ever.
package struct LevelAlarms: Sendable, Equatable {
    /// The levels that have a threshold, from the lowest.
    private(set) var alarms: [LevelAlarm]
    /// The time of the newest reading that has spoken.
    private var newest: UTCInstant?

    /// The machine of a station.
    ///
    /// Restored alarms go on where they stood, with one exception: the hold of an alarm that was
    /// about to clear begins anew, since `AlarmState` does not carry it. A restart therefore clears
    /// an alarm later than a run without it, never earlier, and raises exactly alike.
    ///
    /// - Parameters:
    ///   - station: the station that the alarms speak of.
    ///   - levels: its thresholds, hysteresis and hold time.
    ///   - states: the last state of every alarm, as `states` gave it. A state whose level has no
    ///     threshold any more is left out; whoever took the threshold away closes it.
    package init(station: StationID, levels: FloodLevels, restoring states: [AlarmState] = []) {
        let restored = Dictionary(states.map { ($0.subject, $0) }) { _, last in last }
        alarms = FloodLevel.allCases.compactMap { level in
            levels.thresholdMetres[level].map { threshold in
                LevelAlarm(
                    station: station, level: level, thresholdMetres: threshold, levels: levels,
                    restoring: restored[AlarmSubject(station: station, level: level)])
            }
        }
        // A person's time is not a reading's: only the latter tells what is late.
        newest =
            alarms.compactMap(\.state).map { $0.phase == .acknowledged ? $0.openedAt : $0.since }
            .max()
    }

    /// Takes a reading.
    ///
    /// - Returns: what it changed, in the order in which it is to be told; mostly nothing.
    /// - Complexity: constant; allocates only where something changes.
    package mutating func step(_ reading: StageReading) -> [AlarmTransition] {
        guard let evidence = evidence(of: reading) else { return [] }
        newest = evidence.time
        var transitions: [AlarmTransition] = []
        for index in alarms.indices {
            if let transition = alarms[index].rise(evidence) { transitions.append(transition) }
        }
        for index in alarms.indices.reversed() {
            if let transition = alarms[index].fall(evidence) { transitions.append(transition) }
        }
        return transitions
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

    /// Says that the clock behind the readings' times was set: what it says from now on is not
    /// late, however far it went back, and running holds begin anew.
    ///
    /// Without it, a gateway that booted with a clock in the future would be deaf to the river
    /// until that future came.
    package mutating func clockWasSet() {
        newest = nil
        for index in alarms.indices { alarms[index].restartHold() }
    }

    /// The state of every alarm that has ever opened, from the lowest level.
    package var states: [AlarmState] { alarms.compactMap(\.state) }

    /// The highest level whose alarm is on, acknowledged or not.
    package var highestActive: FloodLevel? { alarms.last(where: \.isOn)?.level }

    /// The highest level that only suspect readings have reached (未確認).
    package var highestPending: FloodLevel? { alarms.last { $0.phase == .pending }?.level }

    /// The reading as evidence; nil where it may not speak.
    private func evidence(of reading: StageReading) -> LevelAlarm.Evidence? {
        guard let stageMetres = reading.stageMetres, stageMetres.isFinite else { return nil }
        if let newest, reading.time < newest { return nil }
        switch reading.flag {
        case .fail, .missing: return nil
        case .good, .notEvaluated, .suspect:
            return LevelAlarm.Evidence(
                stageMetres: stageMetres, isAccepted: reading.flag != .suspect, time: reading.time)
        }
    }
}
