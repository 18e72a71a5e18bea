import GatewayModel

extension AlarmState {
    /// Notes that a person knows of an alarm that opens at once, without a rise to be confirmed.
    ///
    /// - Parameters:
    ///   - actor: who says so.
    ///   - comment: what they say; nil where they say nothing.
    ///   - time: when they said it.
    /// - Returns: the transition to store and to tell.
    /// - Throws: `AcknowledgementRefusal` where the alarm is not active.
    mutating func acknowledge(
        by actor: String, comment: String?, at time: UTCInstant
    ) throws(AcknowledgementRefusal) -> AlarmTransition {
        guard isOpen else { throw .notOpen(subject) }
        guard phase != .acknowledged else {
            throw .alreadyAcknowledged(subject, by: acknowledgedBy ?? "")
        }
        let from = phase
        phase = .acknowledged
        since = time
        acknowledgedBy = actor
        self.comment = comment ?? self.comment
        return AlarmTransition(
            subject: subject, occurrence: occurrence, from: from, to: .acknowledged, time: time,
            cause: .acknowledged, actor: actor, comment: comment)
    }
}
