import GatewayModel

/// One system condition as it stands, and as people were told of it.
///
/// Only the difference is kept: what began and ended before the side lane had room is over.
struct ConditionReport: Sendable {
    private let subject: AlarmSubject
    private var current: SystemCondition?
    /// What was told last; nil before anything was, for an alarm of an earlier run may be open.
    private var told: Bool?

    init(subject: AlarmSubject) { self.subject = subject }

    /// The condition stands like this; what is known already changes nothing.
    mutating func set(
        isFailing: Bool, detail: @autoclosure () -> String, at instant: GatewayInstant
    ) {
        guard current?.isFailing != isFailing else { return }
        current = SystemCondition(
            subject: subject, isFailing: isFailing, detail: detail(), at: instant)
    }

    /// What is still to be told.
    var pending: SystemCondition? { current?.isFailing == told ? nil : current }

    /// What was pending is handed over.
    mutating func wasTold() { told = current?.isFailing }
}
