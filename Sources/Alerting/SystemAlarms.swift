package import GatewayModel

/// The alarms of the gateway's own parts: lines that cannot be read, lids that stand open.
///
/// A part that fails opens its alarm at once and one that works again closes it; what is known
/// already changes nothing. People acknowledge them as they do level alarms.
package struct SystemAlarms: Sendable, Equatable {
    /// By subject, which sources take from their configuration: there are as many as parts.
    private var alarms: [AlarmSubject: AlarmState] = [:]

    /// Restores alarms where they stood; those that are not the gateway's own are left out.
    ///
    /// - Parameter states: the last state of every alarm.
    package init(restoring states: [AlarmState] = []) {
        for var state in states where state.subject.systemRule != nil {
            // What people and time make of it is kept elsewhere.
            state.handling = AlarmHandling()
            alarms[state.subject] = state
        }
    }

    /// Takes the news of a part.
    ///
    /// - Returns: what it changed; nil where it is known already, or is about something else than
    ///   the gateway.
    package mutating func step(_ condition: SystemCondition) -> AlarmTransition? {
        guard condition.subject.systemRule != nil else { return nil }
        let known = alarms[condition.subject]
        guard condition.isFailing != (known?.isOpen ?? false) else { return nil }
        var state =
            known
            ?? AlarmState(
                subject: condition.subject, occurrence: 0, phase: .normal,
                openedAt: condition.time, since: condition.time)
        let from = state.phase
        state.phase = condition.isFailing ? .active : .cleared
        state.since = condition.time
        if condition.isFailing {
            state.occurrence += 1
            state.openedAt = condition.time
            state.acknowledgedBy = nil
            state.comment = condition.detail
        }
        alarms[condition.subject] = state
        return AlarmTransition(
            subject: state.subject, occurrence: state.occurrence, from: from, to: state.phase,
            time: condition.time, cause: condition.isFailing ? .failed : .recovered,
            comment: condition.detail.isEmpty ? nil : condition.detail,
            isTimeUncertain: condition.isTimeUncertain)
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
