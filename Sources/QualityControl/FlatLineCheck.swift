import GatewayModel

/// Whether the value has stayed the same for too long.
///
/// Looked at are the readings of the last `threshold` seconds, both ends included. They are a flat
/// line where their highest and lowest value differ by less than the tolerance; missing values
/// neither make nor break one. A window counts only where it is full: where the reading that would
/// have come before its first one lies outside. The interval that says so is the readings' own mean
/// interval in the window, or the expected one where that is shorter, so that an equal value after
/// a gap is no flat line.
///
/// `ioos_qc` counts readings instead of seconds: as many as fit into the threshold by the median
/// interval of the whole series. On a regular series that is the same window, and the flags are the
/// same. Where sampling changes from ten minutes to two, a count means another time; ours does not.
///
/// To be equal there too, an interval of a second or more is counted in whole seconds, cut off. A
/// window then reaches a little farther back than asked, never less far. A threshold shorter than the
/// expected interval calls every reading flat, as the oracle does; the station file refuses it.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 8; `ioos_qc.qartod.flat_line_test`.
struct FlatLineCheck: Sendable, Equatable {
    private struct Window: Sendable, Equatable {
        let milliseconds: Int64
        var readings: SlidingWindow

        init(seconds: Double) {
            milliseconds = Int64(seconds) * 1000
            readings = SlidingWindow(lengthMilliseconds: milliseconds)
        }

        /// Takes a reading and says whether the window is full and flat.
        mutating func isFlat(
            after value: Double?, at clock: Int64, tolerance: Double, expected: Int64?
        ) -> Bool {
            readings.append(value, at: clock)
            readings.drop(before: clock - milliseconds)
            let summary = readings.summary
            guard let width = summary.width, width < tolerance, let oldest = readings.oldest
            else { return false }
            let span = clock - oldest
            let intervals = Int64(summary.readingCount - 1)
            guard intervals > 0 else { return expected.map { $0 > milliseconds } ?? false }
            if let expected, expected * intervals < span { return span + expected > milliseconds }
            return span * (intervals + 1) > milliseconds * intervals
        }
    }

    private let tolerance: Double
    private let expectedMilliseconds: Int64?
    private var suspect: Window
    private var fail: Window
    /// Milliseconds since the first reading, by whole seconds.
    private var clock: Int64 = 0
    private var newest: SteadyInstant?

    /// - Parameters:
    ///   - limits: windows of up to `QualityLimits.longestWindowSeconds`.
    ///   - intervalSeconds: the interval at which readings are expected; nil where unknown.
    init(limits: QualityLimits.FlatLine, intervalSeconds: Double?) {
        tolerance = limits.tolerance
        expectedMilliseconds = intervalSeconds.map {
            Self.counted(Int64(min($0, QualityLimits.longestWindowSeconds) * 1000))
        }
        suspect = Window(seconds: limits.suspectSeconds)
        fail = Window(seconds: limits.failSeconds)
    }

    /// Takes a reading that is not late and is no bound.
    mutating func take(_ value: Double?, at time: SteadyInstant) -> QualityFlag {
        let longest = max(suspect.milliseconds, fail.milliseconds) + 1000
        if let newest {
            let (interval, overflow) =
                time.milliseconds.subtractingReportingOverflow(newest.milliseconds)
            clock += Self.counted(overflow ? longest : min(interval, longest))
        }
        newest = time
        let isSuspect = suspect.isFlat(
            after: value, at: clock, tolerance: tolerance, expected: expectedMilliseconds)
        let isFail = fail.isFlat(
            after: value, at: clock, tolerance: tolerance, expected: expectedMilliseconds)
        guard value != nil else { return .missing }
        if isFail { return .fail }
        return isSuspect ? .suspect : .good
    }

    /// Forgets the readings: what came between is not known.
    mutating func breakLine() {
        suspect.readings.removeAll()
        fail.readings.removeAll()
    }

    private static func counted(_ milliseconds: Int64) -> Int64 {
        milliseconds < 1000 ? milliseconds : milliseconds / 1000 * 1000
    }
}
