/// What a value says of the true one: that it is it, or that it bounds it.
package enum ValueBound: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The value was measured.
    case exact = 0
    /// The true value is this or more (以上).
    case atLeast = 1
    /// The true value is less than this (未満).
    case below = 2

    /// The word of JSON documents, `at_least` or `below`; nil for a measured value.
    package var name: String? {
        switch self {
        case .exact: nil
        case .atLeast: "at_least"
        case .below: "below"
        }
    }
}

extension ObservationMarks {
    /// What the observation's value says of the true one.
    package var bound: ValueBound {
        if contains(.atLeast) { return .atLeast }
        return contains(.below) ? .below : .exact
    }
}
