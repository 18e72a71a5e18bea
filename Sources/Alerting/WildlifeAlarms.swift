package import GatewayModel

/// The alarms of animals: one for each camera and species, from the first animal that is told until
/// none was seen for a while.
///
/// A troop before the lens is one alarm, however often it is told again after the cooldown. It ends by
/// time alone, and says only that: nobody knows where an animal is that no camera sees.
package struct WildlifeAlarms: Sendable, Equatable {
    /// The most pairs of camera and species; beyond them the animals of a camera share one alarm.
    package static let subjectLimit = 256
    /// After so long without an animal its alarm ends, in seconds, at the least.
    package static let leastQuietSeconds = 3600.0

    private var alarms: [AlarmSubject: AlarmState] = [:]
    /// By camera, after which its alarms end, in seconds.
    private let quietSeconds: [String: Double]

    /// Alarms that go on where they stood; those that are not an animal's are left out.
    ///
    /// - Parameters:
    ///   - cameras: the rules of all cameras; an alarm outlasts two cooldowns.
    ///   - states: the last state of every alarm.
    package init(cameras: [SensorID: WildlifeRules] = [:], restoring states: [AlarmState] = []) {
        quietSeconds = Dictionary(
            cameras.map {
                ("\($0.key)", max(Self.leastQuietSeconds, 2 * $0.value.cooldownSeconds))
            },
            uniquingKeysWith: max)
        for var state in states where state.subject.wildlifeRule != nil {
            state.handling = AlarmHandling()
            alarms[state.subject] = state
        }
    }

    /// The alarm that speaks of what a camera saw.
    package func subject(of detection: Detection) -> AlarmSubject {
        let subject = AlarmSubject(camera: detection.camera, species: detection.species)
        guard alarms[subject] == nil, alarms.count >= Self.subjectLimit else { return subject }
        return AlarmSubject(camera: detection.camera, species: "")
    }

    /// Takes an animal that the rules let pass, or would but for the cooldown.
    ///
    /// - Parameters:
    ///   - detection: what the camera saw.
    ///   - opens: whether it may open the alarm; else it only keeps one that is on.
    /// - Returns: what it changed.
    package mutating func sight(_ detection: Detection, opens: Bool) -> AlarmTransition? {
        let subject = subject(of: detection)
        let time = detection.received.utc
        var state =
            alarms[subject]
            ?? AlarmState(
                subject: subject, occurrence: 0, phase: .normal, openedAt: time, since: time)
        guard state.isOpen || opens else { return nil }
        state.holdSince = detection.received.steady
        guard !state.isOpen else {
            alarms[subject] = state
            return nil
        }
        let from = state.phase
        state.occurrence += 1
        state.phase = .active
        state.openedAt = time
        state.since = time
        state.acknowledgedBy = nil
        state.comment = nil
        alarms[subject] = state
        return AlarmTransition(
            subject: subject, occurrence: state.occurrence, from: from, to: .active, time: time,
            cause: .sighted, isTimeUncertain: detection.received.quality == .unknown)
    }

    /// Lets time pass: ends the alarms of animals that were not seen for a while.
    package mutating func step(at now: GatewayInstant) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        for subject in alarms.values.filter(\.isOpen).map(\.subject).sorted() {
            guard var state = alarms[subject] else { continue }
            // Restored from the copy outside the database it has no time of its own.
            let last = state.holdSince ?? now.steady
            state.holdSince = last
            if now.steady.seconds(since: last) >= quietSeconds(of: subject) {
                transitions.append(
                    AlarmTransition(
                        subject: subject, occurrence: state.occurrence, from: state.phase,
                        to: .cleared, time: now.utc, cause: .departed,
                        isTimeUncertain: now.quality == .unknown))
                state.phase = .cleared
                state.since = now.utc
                state.holdSince = nil
            }
            alarms[subject] = state
        }
        return transitions
    }

    private func quietSeconds(of subject: AlarmSubject) -> Double {
        let camera = "\(subject.station).\(subject.wildlifeRule?.camera ?? "")"
        return quietSeconds[camera] ?? Self.leastQuietSeconds
    }

    /// Notes that a person knows of an alarm.
    ///
    /// - Throws: `AcknowledgementRefusal` where the alarm is not active.
    package mutating func acknowledge(
        _ subject: AlarmSubject, by actor: String, comment: String?, at time: UTCInstant
    ) throws(AcknowledgementRefusal) -> AlarmTransition {
        guard var state = alarms[subject] else { throw .notOpen(subject) }
        let transition = try state.acknowledge(by: actor, comment: comment, at: time)
        alarms[subject] = state
        return transition
    }

    /// The state of every alarm that has ever opened, by station, then by rule.
    package var states: [AlarmState] {
        alarms.values.sorted { $0.subject < $1.subject }
    }
}
