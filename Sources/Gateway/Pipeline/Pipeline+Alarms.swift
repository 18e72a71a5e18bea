package import GatewayModel
package import GatewayPorts
import Wildlife

/// What people and time do with alarms, and what a camera's AI makes of them.
extension Pipeline {
    /// Acknowledges an open alarm for a person.
    package mutating func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at time: UTCInstant
    ) throws(CommandRefusal) {
        add(
            try gatewayAlarms.acknowledge(
                subject, occurrence: occurrence, by: actor, comment: comment, at: time))
    }

    /// Does something else with an open alarm for a person.
    ///
    /// - Returns: whether that changed anything; what is so already does not.
    package mutating func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> Bool {
        let transition = try gatewayAlarms.handle(
            request, of: subject, occurrence: occurrence, by: actor, at: now)
        add([transition].compactMap(\.self))
        return transition != nil
    }

    /// Takes what a drill has made, to be stored and told with the rest; it changes nothing here.
    mutating func add(_ drill: StoreBatch) {
        guard !drill.transitions.isEmpty || !drill.peaks.isEmpty else { return }
        for transition in drill.transitions { output.add(transition) }
        output.batch.peaks.merge(drill.peaks) { $1 }
        output.batch.handlings.merge(drill.handlings) { $1 }
        news.hasNewAlarms = true
    }

    /// Lets time pass for the alarms: what is put aside comes back, what chattered settles, what
    /// nobody knows of is told again, and the alarms of animals end; and for numbers that are missing.
    package mutating func step(at now: GatewayInstant) {
        add(gatewayAlarms.step(at: now))
        for index in channels.indices {
            guard let loss = channels[index]?.stepGaps(at: now.steady) else { continue }
            output.batch.losses.append(loss)
        }
    }

    /// Enters what numbers are missing, before the gateway stops and forgets them.
    mutating func endGaps(at now: GatewayInstant) {
        for index in channels.indices {
            guard let loss = channels[index]?.endGaps(at: now.steady) else { continue }
            output.batch.losses.append(loss)
        }
    }

    /// Takes steps of alarms that no reading made.
    mutating func add(_ transitions: [AlarmTransition]) {
        guard !transitions.isEmpty else { return }
        for transition in transitions { output.add(transition) }
        output.batch.handlings.merge(gatewayAlarms.takeNewHandlings()) { $1 }
        news.hasNewAlarms = true
    }

    /// Ends alarms of what is not configured any more; once, at the start.
    mutating func closeUnconfiguredAlarms(at now: GatewayInstant) {
        add(gatewayAlarms.closeUnconfigured(at: now))
    }

    /// Whether a reading of a channel is judged although it cannot be kept: one that speaks of a level,
    /// itself or as what a level's calibration goes by, and a contact that nobody should open. A count
    /// must not go on without the rows that it counts.
    func mattersAtOnce(_ channel: ChannelState) -> Bool {
        channel.speaksOfLevel || channel.sensor.kind.isTamper
            || companions[channel.sensor.id] != nil && !channel.sensor.calibration.isCumulative
    }

    /// Raises the alarm of a contact that nobody should open while it stands open, however it is
    /// connected. A reading that failed or is missing says nothing of the lid.
    mutating func watchContact(
        _ observation: Observation, _ outcome: ReadingOrder.Outcome, of channel: ChannelState
    ) {
        guard channel.sensor.kind.isTamper, !outcome.isLate, observation.flag != .fail,
            let state = observation.value
        else { return }
        let sensor = channel.sensor.id
        let condition = SystemCondition(
            subject: AlarmSubject(station: sensor.station, rule: "system.tamper.\(sensor.local)"),
            isFailing: state != 0, detail: "", time: observation.time,
            isTimeUncertain: observation.isTimeUncertain)
        add(gatewayAlarms.step(condition, measured: outcome.place))
    }

    /// Judges what a camera saw, and opens or keeps the alarm of the animal.
    mutating func judge(
        _ detection: Detection, rules: WildlifeRules
    ) -> DetectionVerdict {
        // A cooldown counts only what was told: what is put aside begins none.
        let before = detectionJudge
        var verdict = detectionJudge.judge(detection, rules: rules)
        if verdict == .notified, gatewayAlarms.isShelved(detection) {
            detectionJudge = before
            verdict = .shelved
        }
        guard verdict == .notified || verdict == .shelved || verdict == .coolingDown else {
            return verdict
        }
        let (transitions, hold) = gatewayAlarms.sight(detection, opens: verdict != .coolingDown)
        add(transitions)
        if let hold { output.batch.holds[hold.subject] = hold.hold }
        return verdict
    }
}
