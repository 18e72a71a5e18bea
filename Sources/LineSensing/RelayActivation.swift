/// The count of one output's activations: when a new one begins, and when nothing wants it on.
///
/// An activation begins when the first reason comes, and again whenever a further one joins: a
/// river that reaches the next level is heard for its own full time. It ends when the last reason
/// goes. Reasons that go earlier change nothing.
package struct RelayActivation: Sendable, Equatable {
    /// The newest activation, from 1; 0 before the first.
    package private(set) var number: UInt64 = 0
    /// When it began, on the machine's monotonic clock.
    package private(set) var sinceNanoseconds: Int64 = 0
    private var reasons: Set<RelayReason> = []

    package init() {}

    /// Whether something wants the output on.
    package var isOn: Bool { !reasons.isEmpty }

    /// The command that says how it stands; sending it again renews a lease.
    package var command: RelayCommand {
        isOn ? .on(activation: number, sinceNanoseconds: sinceNanoseconds) : .off
    }

    /// Takes the present reasons.
    ///
    /// - Returns: whether `command` has changed.
    package mutating func step(_ present: Set<RelayReason>, atNanoseconds now: Int64) -> Bool {
        let before = command
        if !present.isSubset(of: reasons) {
            number += 1
            sinceNanoseconds = now
        }
        reasons = present
        return command != before
    }
}
