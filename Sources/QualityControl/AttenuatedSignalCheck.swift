import GatewayModel

/// Whether the signal varies as much as water does.
///
/// Looked at are the readings of the last `test_period` seconds, without the one that is just so
/// old, as `ioos_qc` has it; that window goes by time in `ioos_qc` too, so that the flags are the
/// same on irregular series. Missing values are passed over by the standard deviation; a range with a
/// missing value in its window is not evaluated.
///
/// `min_period` is turned into a number of readings by the mean interval in the window, in whole
/// seconds; `ioos_qc` takes the median interval of the whole series, which a stream does not know. On
/// a regular series that is the same. Until a second reading has come it is the expected interval,
/// or, where that is unknown, nothing is evaluated.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 10; `ioos_qc.qartod.attenuated_signal_test`.
struct AttenuatedSignalCheck: Sendable, Equatable {
    private let limits: QualityLimits.AttenuatedSignal
    private let expectedSeconds: Double?
    private let periodMilliseconds: Int64
    private var readings: SlidingWindow

    /// - Parameters:
    ///   - limits: a window of up to `QualityLimits.longestWindowSeconds`.
    ///   - intervalSeconds: the interval at which readings are expected; nil where unknown.
    init(limits: QualityLimits.AttenuatedSignal, intervalSeconds: Double?) {
        self.limits = limits
        expectedSeconds = intervalSeconds
        periodMilliseconds = Int64(limits.periodSeconds * 1000)
        readings = SlidingWindow(lengthMilliseconds: periodMilliseconds)
    }

    /// Takes a reading that is not late and is no bound.
    mutating func take(_ value: Double?, at time: SteadyInstant) -> QualityFlag {
        readings.append(value, at: time.milliseconds)
        readings.drop(
            before: time.advanced(byMilliseconds: 1 - periodMilliseconds).milliseconds)
        guard value != nil else { return .missing }
        let summary = readings.summary
        guard let least = leastCount(summary.readingCount, newest: time),
            summary.count >= least, let variation = variation(summary)
        else { return .notEvaluated }
        if variation < limits.failThreshold { return .fail }
        return variation < limits.suspectThreshold ? .suspect : .good
    }

    /// Forgets the readings: what came between is not known.
    mutating func breakLine() { readings.removeAll() }

    private func variation(_ summary: ValueSpread) -> Double? {
        switch limits.measure {
        case .standardDeviation: summary.standardDeviation
        case .range: summary.count == summary.readingCount ? summary.width : nil
        }
    }

    /// How many values it takes to judge; nil where no interval is known.
    private func leastCount(_ readingCount: Int, newest: SteadyInstant) -> Int? {
        switch limits.minimum {
        case .readings(let count): return count
        case .seconds(let seconds):
            var interval = expectedSeconds
            if readingCount > 1, let oldest = readings.oldest {
                interval =
                    newest.seconds(since: SteadyInstant(milliseconds: oldest))
                    / Double(readingCount - 1)
            }
            return interval.map { Int(seconds / max($0.rounded(.towardZero), 1)) }
        }
    }
}
