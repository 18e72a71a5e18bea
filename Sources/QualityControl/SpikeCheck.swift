import GatewayModel

/// Whether a reading stands out from the one before and the one after.
///
/// A reading can be judged only when the next one has come. The newest reading is not evaluated (2);
/// its final flag is told together with the next one's arrival. The first reading, and one whose
/// neighbour is missing or a bound, stay not evaluated.
///
/// On a regular series the flags are those of `ioos_qc`. Where one neighbour is nearer in time than
/// the other, `average` takes the point on the line between them at the reading's own time instead
/// of the middle: when sampling changes from ten minutes to two, a steady rise is no spike.
/// Intervals that differ by less than a tenth count as equal. `differential` needs no times.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 6; `ioos_qc.qartod.spike_test`.
struct SpikeCheck: Sendable, Equatable {
    private struct Point: Sendable, Equatable {
        /// Nil where there is nothing to compare with: missing, infinite or a bound.
        let value: Double?
        let isMissing: Bool
        let time: SteadyInstant
    }

    private let limits: QualityLimits.Spike
    private var beforeNewest: Point?
    private var newest: Point?

    init(limits: QualityLimits.Spike) { self.limits = limits }

    /// Takes a reading that is not late.
    ///
    /// - Returns: its flag for now, and the final flag of the reading before; nil where there is none.
    mutating func take(
        _ value: Double?, isBound: Bool, at time: SteadyInstant
    ) -> (now: QualityFlag, former: QualityFlag?) {
        let point = Point(
            value: isBound ? nil : value, isMissing: value == nil, time: time)
        let former = newest.map { $0.isMissing ? .missing : flag($0, next: point) }
        beforeNewest = newest
        newest = point
        return (value == nil ? .missing : .notEvaluated, former)
    }

    private func flag(_ point: Point, next: Point) -> QualityFlag {
        guard let value = point.value, let beforeNewest, let before = beforeNewest.value,
            let after = next.value
        else { return .notEvaluated }
        let height =
            switch limits.method {
            case .average:
                (value
                    - middle(
                        before, after,
                        share: share(beforeNewest.time, point.time, next.time))).magnitude
            case .differential:
                (value - before) * (after - value) < 0
                    ? min((value - before).magnitude, (after - value).magnitude) : 0
            }
        guard height.isFinite else { return .notEvaluated }
        if let fail = limits.failThreshold, fail != 0, height > fail { return .fail }
        if let suspect = limits.suspectThreshold, suspect != 0, height > suspect { return .suspect }
        return .good
    }

    /// The point on the line between the neighbours; nil for `share` is the middle.
    private func middle(_ before: Double, _ after: Double, share: Double?) -> Double {
        guard let share else { return (before + after) / 2 }
        return before + (after - before) * share
    }

    /// How far on its way from the one neighbour to the other the reading is; nil where it is half.
    private func share(
        _ before: SteadyInstant, _ time: SteadyInstant, _ after: SteadyInstant
    ) -> Double? {
        let from = time.seconds(since: before)
        let to = after.seconds(since: time)
        return (from - to).magnitude <= max(from, to) / 10 ? nil : from / (from + to)
    }
}
