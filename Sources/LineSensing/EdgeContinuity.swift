package import GatewayModel

/// Tells from the edges of one line which ones are missing.
///
/// Where the kernel numbers the edges (uAPI v2), the numbers tell exactly: the kernel drops the
/// oldest edges when its buffer is full, and counts on. Two edges of the same direction in a row
/// are then no loss: the kernel reads the level only after the interrupt, late for a very short
/// pulse.
///
/// Where it numbers none (uAPI v1), it keeps 16 edges and drops the newest without a word. Then
/// there are two signs: edges of the same direction in a row, which must have had another one
/// between them, and a buffer that was found full, after which the level is to be read again.
///
/// It is made anew whenever the line is opened, and must see every edge that was read, also those
/// that are thrown away afterwards.
///
/// - Source: Linux, `drivers/gpio/gpiolib-cdev.c`: `lineevent_irq_thread` and
///   `linereq_put_event`, `line_seqno`.
package struct EdgeContinuity: Sendable, Equatable {
    /// The last moment up to which the line is known.
    private var knownNanoseconds: Int64
    /// What the last edge or level said; nil before the first.
    private var isActive: Bool?
    /// The last edge's number; nil while no edge had one.
    private var sequence: UInt32?
    private var hasSeenEdges = false
    /// Whether `isActive` was read, and no edge has come since.
    private var isFromRead = false

    /// - Parameter openedAtNanoseconds: when the line was opened, on the clock of the edges.
    package init(openedAtNanoseconds: Int64) {
        knownNanoseconds = openedAtNanoseconds
    }

    /// Takes the next edge and tells what was lost just before it.
    ///
    /// A number that goes back cannot be counted from; it is told as a gap of unknown size.
    package mutating func take(_ edge: LineEdge) -> EdgeGap? {
        let gap = gap(before: edge)
        if edge.sequence != 0 || sequence != nil { sequence = edge.sequence }
        knownNanoseconds = edge.nanoseconds
        isActive = edge.isActive
        hasSeenEdges = true
        isFromRead = false
        return gap
    }

    private func gap(before edge: LineEdge) -> EdgeGap? {
        // Zero is a number too, once in 2³²; only lines without any have nothing but zeros.
        if edge.sequence != 0 || sequence != nil {
            guard let last = sequence ?? (hasSeenEdges ? nil : 0) else { return nil }
            let lost = edge.sequence &- last &- 1
            guard lost > 0 else { return nil }
            guard lost <= UInt32.max / 2 else {
                return gap(count: 0, isAtLeast: true, to: edge.nanoseconds)
            }
            return gap(count: UInt64(lost), isAtLeast: false, to: edge.nanoseconds)
        }
        guard isActive == edge.isActive else { return nil }
        // An edge from before the level was read: the level has already told it.
        if isFromRead, edge.nanoseconds <= knownNanoseconds { return nil }
        return gap(count: 1, isAtLeast: true, to: edge.nanoseconds)
    }

    /// Takes the line's level and tells what was lost before it.
    ///
    /// The caller reads it while no edge waits, and looks again afterwards: an edge that came
    /// meanwhile makes the level worthless, and it is to be read once more before it is told here.
    ///
    /// - Parameters:
    ///   - isActive: the level.
    ///   - now: when it was read.
    ///   - isAfterFullRead: whether the kernel's buffer was found full since the last call, so that
    ///     edges may have been dropped.
    /// - Returns: for lines without numbers, a gap of at least one edge where the level is not the
    ///   one that the last edge led to; of none or more where it is and the buffer was full. Nil
    ///   with numbers, since the next edge will tell.
    package mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, isAfterFullRead: Bool
    ) -> EdgeGap? {
        guard sequence == nil else { return nil }
        let differs = self.isActive.map { $0 != isActive } ?? false
        var gap: EdgeGap?
        if differs {
            gap = self.gap(count: 1, isAtLeast: true, to: now)
        } else if isAfterFullRead {
            gap = self.gap(count: 0, isAtLeast: true, to: now)
        }
        knownNanoseconds = now
        self.isActive = isActive
        isFromRead = true
        return gap
    }

    private func gap(count: UInt64, isAtLeast: Bool, to: Int64) -> EdgeGap {
        EdgeGap(
            count: count, isAtLeast: isAtLeast, fromNanoseconds: knownNanoseconds,
            toNanoseconds: to)
    }
}
