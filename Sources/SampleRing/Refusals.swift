package import GatewayModel

/// How many entries a full queue has refused since the last look, and between which moments.
///
/// It becomes one `LossRecord` of the loss ledger.
package struct Refusals: Sendable, Equatable, BitwiseCopyable {
    /// How many were refused; at least 1.
    package private(set) var count: UInt64
    /// When the first refused entry was received.
    package let first: UTCInstant
    /// When the last refused entry was received; before `first` where the civil clock went back.
    package private(set) var last: UTCInstant

    /// One refusal.
    ///
    /// - Parameter moment: when the refused entry was received.
    package init(at moment: UTCInstant) {
        count = 1
        first = moment
        last = moment
    }

    /// Counts one more refusal.
    mutating func add(at moment: UTCInstant) {
        count += 1
        last = moment
    }
}

extension Optional where Wrapped == Refusals {
    /// Counts a refusal, the first one included.
    package mutating func add(at moment: UTCInstant) {
        if self == nil {
            self = Refusals(at: moment)
        } else {
            self?.add(at: moment)
        }
    }

    /// Hands over what was counted and starts again from nothing.
    mutating func takeAll() -> Refusals? {
        defer { self = nil }
        return self
    }
}
