import GatewayModel

/// Whether the value changes faster than water does.
///
/// The rate is the change since the reading before, over whole seconds, cut off; readings less than
/// a second apart count as one second apart. The first reading and one after a missing reading have no
/// change and pass: a gap is not looked across. An infinite reading is missing itself, but the next
/// one is infinitely far from it. Both rules are the oracle's, and we keep them.
///
/// Above a threshold is worse, the threshold itself passes. The fail threshold is looked at on its
/// own, even where it lies below the other, as `ioos_qc` does.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 7; `ioos_qc.qartod.rate_of_change_test`.
struct RateOfChangeCheck: Sendable, Equatable {
    private let limits: QualityLimits.RateOfChange
    /// The value of the reading before, perhaps infinite; nil where it was missing or a bound.
    private var previous: Double?
    private var previousTime = SteadyInstant(milliseconds: 0)

    init(limits: QualityLimits.RateOfChange) { self.limits = limits }

    /// Takes a reading that is not late, and that may be infinite.
    mutating func take(_ value: Double?, isBound: Bool, at time: SteadyInstant) -> QualityFlag {
        defer {
            previous = isBound ? nil : value
            previousTime = time
        }
        guard let value, value.isFinite else { return .missing }
        guard !isBound else { return .notEvaluated }
        guard let previous else { return flag(0) }
        let seconds = time.seconds(since: previousTime).rounded(.towardZero)
        return flag(((value - previous) / max(seconds, 1)).magnitude)
    }

    private func flag(_ ratePerSecond: Double) -> QualityFlag {
        if let failThreshold = limits.failThreshold, ratePerSecond > failThreshold { return .fail }
        return ratePerSecond > limits.threshold ? .suspect : .good
    }
}
