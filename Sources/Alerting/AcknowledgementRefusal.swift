package import GatewayModel

/// Why an alarm cannot be acknowledged now. It is for the person who tried.
package enum AcknowledgementRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The subject has no alarm, or it is over: there is nothing to know of.
    case notOpen(AlarmSubject)
    /// The rise is not confirmed yet; acknowledging it would silence the alarm before it sounds.
    case unconfirmed(AlarmSubject)
    /// Somebody was first.
    case alreadyAcknowledged(AlarmSubject, by: String)

    package var description: String {
        switch self {
        case .notOpen(let subject):
            "\(subject.station) \(subject.rule): no alarm is on; nothing to acknowledge"
        case .unconfirmed(let subject):
            "\(subject.station) \(subject.rule): the rise is not confirmed yet; acknowledge the "
                + "alarm once it is on"
        case .alreadyAcknowledged(let subject, let actor):
            "\(subject.station) \(subject.rule): already acknowledged by \(actor)"
        }
    }
}
