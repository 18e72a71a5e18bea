package import GatewayModel

/// The quality checks of one sensor, as a machine that takes its readings one by one.
///
/// Gross range and rate of change give the flags that `ioos_qc` 3.0.0 gives on the same series, so
/// that a student's Python and the gateway agree. Checks without limits, and those that this version
/// does not make, stay not evaluated.
///
/// One rule is our own, because `ioos_qc` sees whole series and we see arrivals: a **late** reading,
/// older than the newest one judged, gets its gross range, but its rate of change is not evaluated
/// and it leaves no trace in the state. Its neighbours in time are no longer known; paired with the
/// newest reading it would raise a false suspect, and so would the reading after it.
///
/// A **bound** (以上, 未満) is no measurement: it gets its gross range, and its rate of change is not
/// evaluated, neither towards it nor away from it. Like a missing value it is a gap that no rate
/// looks across.
///
/// - Source: IOOS QARTOD, Manual for Real-Time Quality Control of Water Level Data v2.1, tests 4
///   and 7; `ioos_qc.qartod.gross_range_test` and `rate_of_change_test`.
package struct QualityControl: Sendable, Equatable {
    private struct Previous: Sendable, Equatable {
        /// The finite value; nil where the reading was missing, infinite or a bound.
        let value: Double?
        let time: SteadyInstant
    }

    /// The limits, as given.
    package let limits: QualityLimits
    private var previous: Previous?

    /// A machine that has seen nothing yet.
    package init(limits: QualityLimits) { self.limits = limits }

    /// Judges one reading.
    ///
    /// A missing value is missing (9) in every check that has limits.
    ///
    /// - Parameters:
    ///   - value: the calibrated value in the channel's unit; nil and NaN are missing.
    ///   - time: the reading's place on its channel's own timeline.
    ///   - isBound: whether the value only bounds the true one.
    /// - Returns: the flag of every check.
    /// - Complexity: constant; allocates nothing.
    package mutating func judge(
        value: Double?, time: SteadyInstant, isBound: Bool = false
    ) -> QualityReport {
        let value = value.flatMap { $0.isNaN ? nil : $0 }
        let finite = value.flatMap { $0.isFinite ? $0 : nil }
        var report = QualityReport()
        if let grossRange = limits.grossRange {
            report[.grossRange] = value.map(grossRange.flag) ?? .missing
        }
        let isLate = previous.map { time < $0.time } ?? false
        if let rateOfChange = limits.rateOfChange {
            report[.rateOfChange] =
                switch (finite, isLate || isBound) {
                case (nil, _): .missing
                case (_, true): .notEvaluated
                case (let value?, false): rateOfChange.flag(ratePerSecond(to: value, at: time))
                }
        }
        if !isLate { previous = Previous(value: isBound ? nil : finite, time: time) }
        return report
    }

    /// The change per second since the reading before, as `ioos_qc` counts it.
    ///
    /// The seconds are whole ones, cut off; readings less than a second apart count as one second
    /// apart. The first reading and one after a missing reading have no change and pass: a gap is
    /// not looked across. That last rule is the oracle's, and we keep it: not evaluated (2) would be
    /// as true, but the whole reading's flag is the same where any other check passes.
    private func ratePerSecond(to value: Double, at time: SteadyInstant) -> Double {
        guard let previous, let earlier = previous.value else { return 0 }
        let seconds = time.seconds(since: previous.time).rounded(.towardZero)
        return ((value - earlier) / max(seconds, 1)).magnitude
    }
}

extension QualityLimits.GrossRange {
    /// Outside `fail` fails, outside `suspect` is suspect, and the limits themselves pass. Infinity
    /// is outside every span and fails, as it does in `ioos_qc`.
    fileprivate func flag(_ value: Double) -> QualityFlag {
        guard fail.contains(value), value.isFinite else { return .fail }
        return suspect.map { $0.contains(value) } ?? true ? .good : .suspect
    }
}

extension QualityLimits.RateOfChange {
    /// Above a threshold is worse, the threshold itself passes. `failThreshold` is looked at on its
    /// own, even where it lies below `threshold`, as `ioos_qc` does.
    fileprivate func flag(_ ratePerSecond: Double) -> QualityFlag {
        if let failThreshold, ratePerSecond > failThreshold { return .fail }
        return ratePerSecond > threshold ? .suspect : .good
    }
}
