/// What people may do with an open alarm, beside acknowledging it.
package enum AlarmRequest: Sendable, Equatable {
    /// The longest time that an alarm may be put aside, in seconds.
    package static let greatestShelfSeconds = 86_400.0
    /// The shortest, in seconds.
    package static let leastShelfSeconds = 60.0

    /// Say something.
    case comment(String)
    /// Ask somebody to see to it; an empty name takes that back.
    case assign(to: String)
    /// Put it aside for some seconds, for a reason.
    case shelve(seconds: Double, reason: String)
    /// Take it back before the time is over.
    case unshelve

    /// A stable word for machines and the audit log.
    package var name: String {
        switch self {
        case .comment: "comment"
        case .assign: "assign"
        case .shelve: "shelve"
        case .unshelve: "unshelve"
        }
    }
}
