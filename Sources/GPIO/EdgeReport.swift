package import GatewayModel

/// What a person at the bench is told of one line's edges: pure, one text per thing to say.
///
/// Times between edges and the widths of active pulses come from the kernel's stamps. Nothing is
/// measured across a gap.
package struct EdgeReport: Sendable {
    private let isActiveLow: Bool
    private let numbersEdges: Bool
    /// The last edge, unless something may be missing after it.
    private var previous: LineEdge?
    private var lastSequence: UInt32 = 0

    /// How many edges have been read.
    package private(set) var edgeCount = 0
    /// How many are known to be lost: by their numbers, or between two of one kind.
    package private(set) var lostCount: UInt64 = 0
    /// How many full reads there were of edges without numbers; after each some may be missing.
    package private(set) var fullReadCount = 0
    /// How many whole active pulses were seen, and the shortest and the longest in ns.
    private var pulseCount = 0
    private var pulseNanoseconds: ClosedRange<Int64> = 0...0

    /// - Parameters:
    ///   - isActiveLow: whether the pin falls when the line becomes active.
    ///   - numbersEdges: as `GPIOLibrary.numbersEdges`.
    package init(isActiveLow: Bool, numbersEdges: Bool) {
        self.isActiveLow = isActiveLow
        self.numbersEdges = numbersEdges
    }

    /// Takes one edge, in the kernel's order.
    ///
    /// - Parameter edge: what was read.
    /// - Returns: the edge's text, after another where edges were lost before it.
    package mutating func take(_ edge: LineEdge) -> [String] {
        var texts: [String] = []
        edgeCount += 1
        if numbersEdges {
            // Numbers begin at 1 and wrap at 2³².
            let gap = edge.sequence &- lastSequence &- 1
            lastSequence = edge.sequence
            if gap > 0 {
                texts.append("\(Self.edges(Int(gap))) lost before the next")
                lostCount += UInt64(gap)
                previous = nil
            }
        }
        if let last = previous, last.isActive == edge.isActive {
            texts.append("the edge between two of one kind was not seen")
            lostCount += 1
            previous = nil
        }
        texts.append(text(of: edge))
        previous = edge
        return texts
    }

    /// Takes the news that a read was full, after its edges.
    ///
    /// With numbers nothing needs to be said: the next edge tells of a loss.
    ///
    /// - Parameters:
    ///   - capacity: how many edges the kernel keeps.
    ///   - isActive: the level, read after the edges.
    /// - Returns: what to say.
    package mutating func takeFullRead(capacity: Int, isActive: Bool) -> [String] {
        guard !numbersEdges else { return [] }
        fullReadCount += 1
        previous = nil
        return [
            "\(capacity) edges waited, as many as the kernel keeps: edges after them may "
                + "be lost; the line is \(isActive ? "active" : "inactive") now"
        ]
    }

    /// Everything in one sentence.
    package var summary: String {
        var parts = [Self.edges(edgeCount)]
        if pulseCount > 0 {
            let low = pulseNanoseconds.lowerBound / 1000
            let high = pulseNanoseconds.upperBound / 1000
            parts.append(
                "\(pulseCount) active pulse\(pulseCount == 1 ? "" : "s") of "
                    + (low == high ? "\(low) µs" : "\(low) to \(high) µs"))
        }
        parts.append(lostCount == 0 ? "none known to be lost" : "\(lostCount) lost")
        if fullReadCount > 0 {
            parts.append(
                "\(fullReadCount) full read\(fullReadCount == 1 ? "" : "s"), after which edges may "
                    + "be missing")
        }
        return "\(parts.joined(separator: ", "))"
    }

    // MARK: - Words

    private mutating func text(of edge: LineEdge) -> String {
        let direction = edge.isActive == isActiveLow ? "fall" : "rise"
        var text = "\(direction)  \(edge.isActive ? "active  " : "inactive")"
        guard let previous else { return trimmed(text) }
        let interval = edge.nanoseconds - previous.nanoseconds
        text += "  +\(Self.padded(Self.interval(nanoseconds: interval)))"
        if !edge.isActive {
            text += "  width \(interval / 1000) µs"
            pulseNanoseconds =
                pulseCount == 0
                ? interval...interval
                : min(
                    interval, pulseNanoseconds.lowerBound)...max(
                        interval, pulseNanoseconds.upperBound)
            pulseCount += 1
        }
        return text
    }

    private func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }

    private static func edges(_ count: Int) -> String { "\(count) edge\(count == 1 ? "" : "s")" }

    private static func padded(_ text: String) -> String {
        String(repeating: " ", count: max(12 - text.count, 0)) + text
    }

    /// A time between edges: whole µs below 10 ms, then ms and from 10 s on s, with three digits
    /// after the point.
    static func interval(nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1000
        switch microseconds {
        case ..<10_000: return "\(microseconds) µs"
        case ..<10_000_000: return "\(thousandths(microseconds)) ms"
        default: return "\(thousandths(microseconds / 1000)) s"
        }
    }

    private static func thousandths(_ value: Int64) -> String {
        let digits = String(value % 1000)
        return "\(value / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
