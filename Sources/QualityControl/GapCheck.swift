import GatewayModel

/// Whether a reading came after a time in which nothing had come.
///
/// A gap exactly as long as allowed passes. The first reading has no time before it: it is not
/// evaluated until the second one has come, and takes that one's flag then, as `ioos_qc` has it.
/// Whether the readings have values plays no part.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 1; `ioos_qc.qartod.time_gap_test`.
struct GapCheck: Sendable, Equatable {
    private let failSeconds: Double
    private var newest: SteadyInstant?
    private var isSecond = false

    init(limits: QualityLimits.Gap) { failSeconds = limits.failSeconds.rounded(.towardZero) }

    /// Takes a reading that is not late.
    ///
    /// - Returns: its flag, and the flag of the reading before where that was the first.
    mutating func take(at time: SteadyInstant) -> (now: QualityFlag, former: QualityFlag?) {
        guard let earlier = newest else {
            newest = time
            isSecond = true
            return (.notEvaluated, nil)
        }
        newest = time
        let flag: QualityFlag = time.seconds(since: earlier) > failSeconds ? .fail : .good
        defer { isSecond = false }
        return (flag, isSecond ? flag : nil)
    }
}
