import GatewayModel

/// What a gap of lost edges can have held for a tipping bucket, at most where the gap is counted,
/// at least where it is only known from below.
struct HiddenTips: Sendable, Equatable {
    /// Activations among the lost edges.
    let activationCount: UInt64
    /// Those, and the edge after the gap where it is one: each a tip, if there was time for it.
    let candidateCount: UInt64
    /// Tips: as many candidates as fit into the time, each at its distance from the one before.
    let tipCount: UInt64
    /// The last tip: its time where it is the edge after the gap, else the earliest that it can
    /// have had, since a later one could hide the next tip; nil where there is none.
    let lastTipNanoseconds: Int64?

    /// - Parameters:
    ///   - gap: what was lost.
    ///   - before: the level before the gap.
    ///   - after: the level after it, before the edge that follows.
    ///   - activates: whether an activation follows, at `time`.
    ///   - time: the first edge or level after the gap.
    ///   - lastTip: the last tip before the gap; nil where there was none.
    ///   - minimumGap: the least time between tips, in nanoseconds.
    init(
        in gap: EdgeGap, from before: Bool, to after: Bool, activates: Bool,
        atNanoseconds time: Int64, lastTip: Int64?, minimumGap: Int64
    ) {
        activationCount = Self.activations(in: gap, from: before, to: after)
        candidateCount = activationCount + (activates ? 1 : 0)
        let start = max(gap.fromNanoseconds, lastTip.map { $0 + minimumGap } ?? .min)
        let room = start > time ? 0 : UInt64((time - start) / minimumGap) + 1
        tipCount = min(candidateCount, room)
        if tipCount == 0 {
            lastTipNanoseconds = nil
        } else if activates, tipCount == candidateCount {
            lastTipNanoseconds = time
        } else {
            lastTipNanoseconds = start + Int64(tipCount - 1) * minimumGap
        }
    }

    /// Edges alternate, so that number and levels tell the activations. Where they contradict each
    /// other, a level was read too late; then the number counts, and as much as it can mean.
    private static func activations(
        in gap: EdgeGap, from before: Bool, to after: Bool
    ) -> UInt64 {
        let agrees = gap.count.isMultiple(of: 2) == (before == after)
        guard gap.isAtLeast else {
            return before && agrees ? gap.count / 2 : (gap.count + 1) / 2
        }
        let edgeCount = agrees ? gap.count : gap.count + 1
        return before ? edgeCount / 2 : (edgeCount + 1) / 2
    }
}
