package import GatewayModel

/// Why something cannot be done with an alarm now. It is for the person who tried.
package enum HandlingRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The subject has no alarm, or it is over.
    case notOpen(AlarmSubject)
    /// The rise is not confirmed yet and wakes nobody; putting it aside would silence the alarm
    /// before it sounds.
    case unconfirmed(AlarmSubject)
    /// Nobody may silence an alarm without saying why.
    case withoutReason(AlarmSubject)
    /// The time is too short or too long.
    case spanOutOfRange(AlarmSubject)

    package var description: String {
        switch self {
        case .notOpen(let subject):
            "\(subject.station) \(subject.rule): no alarm is on; there is nothing to do"
        case .unconfirmed(let subject):
            "\(subject.station) \(subject.rule): the rise is not confirmed yet and wakes nobody; put "
                + "the alarm aside once it is on"
        case .withoutReason(let subject):
            "\(subject.station) \(subject.rule): say why it is put aside"
        case .spanOutOfRange(let subject):
            "\(subject.station) \(subject.rule): it can be put aside for "
                + "\(Int(AlarmRequest.leastShelfSeconds)) to "
                + "\(Int(AlarmRequest.greatestShelfSeconds)) seconds"
        }
    }
}
