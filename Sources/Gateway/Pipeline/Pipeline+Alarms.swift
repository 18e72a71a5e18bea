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
