import GatewayModel

/// Whether a rain gauge has counted more tips than its bucket can make.
///
/// A reed switch that bounces closes twice for one tip, and doubles the rain. Looked at is the rain since
/// the reading before that had a value: more than the greatest intensity gives in that time, and one tip
/// more for the bucket that was almost full, is suspect. It never fails: a cloudburst that nobody has
/// seen yet must not be taken for a fault. The first reading is not evaluated.
///
/// - Source: our own. A bucket of 0.5 mm takes 6 s to fill at 300 mm/h; a bounce lasts milliseconds.
struct TipBounceCheck: Sendable, Equatable {
    private let limits: QualityLimits.TipBounce
    private var previous: SteadyInstant?

    init(limits: QualityLimits.TipBounce) { self.limits = limits }

    /// Takes a reading that is not late: the rain since the one before, in millimetres.
    mutating func take(_ millimetres: Double?, at time: SteadyInstant) -> QualityFlag {
        guard let millimetres else { return .missing }
        defer { previous = time }
        guard let previous else { return .notEvaluated }
        let hours = time.seconds(since: previous) / 3600
        // Sums of tenths of a millimetre are not exact.
        let possible =
            limits.greatestMillimetresPerHour * hours + limits.depthMillimetres + 1e-6
        return millimetres > possible ? .suspect : .good
    }
}
