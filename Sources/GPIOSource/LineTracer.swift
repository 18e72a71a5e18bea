import GPIO
import GatewayModel
import GatewayPorts

/// Writes one line's trace to the board, at most once per turn.
struct LineTracer {
    private let board: LineBoard
    private let place: Int
    /// The newest edges since the last writing; apart, so that their room is kept.
    private var edges: [LineEdge] = []
    private var changes = Changes()

    /// What else has changed since then.
    private struct Changes {
        var edgeCount: UInt64 = 0
        var lostCount: UInt64 = 0
        var isLostAtLeast = false
        var bounceCount: UInt64 = 0
        var invalidCount: UInt64 = 0
        var isActive: Bool?
        var standing: (isHeld: Bool, detail: String)?

        var isEmpty: Bool {
            edgeCount == 0 && lostCount == 0 && !isLostAtLeast && bounceCount == 0
                && invalidCount == 0 && isActive == nil && standing == nil
        }
    }

    init(
        board: LineBoard, name: String, direction: LineTrace.Direction, address: LineAddress
    ) {
        self.board = board
        let line =
            switch address.line {
            case .name(let name): name
            case .offset(let offset): String(offset)
            }
        place = board.add(
            LineTrace(name: name, direction: direction, chip: address.chip ?? "", line: line))
        edges.reserveCapacity(LineTrace.edgeLimit)
    }

    /// Edges were read.
    mutating func add(_ edges: [LineEdge]) {
        guard let last = edges.last else { return }
        changes.edgeCount += UInt64(edges.count)
        changes.isActive = last.isActive
        Self.append(edges.suffix(LineTrace.edgeLimit), to: &self.edges)
    }

    /// Edges were lost, or may have been.
    mutating func addLoss(count: UInt64, isAtLeast: Bool) {
        changes.lostCount += count
        changes.isLostAtLeast = changes.isLostAtLeast || isAtLeast
    }

    /// The stage has made something of the edges.
    mutating func add(bounces: UInt64, invalids: UInt64) {
        changes.bounceCount += bounces
        changes.invalidCount += invalids
    }

    /// The level was read.
    mutating func set(level isActive: Bool) { changes.isActive = isActive }

    /// The line was taken, or lost.
    mutating func set(isHeld: Bool, detail: String) {
        changes.standing = (isHeld, detail)
        // What was known of the level is over.
        changes.isActive = nil
    }

    /// Writes what has changed.
    mutating func write() {
        guard !changes.isEmpty else { return }
        board.update(place) { trace in
            trace.edgeCount += changes.edgeCount
            trace.lostCount += changes.lostCount
            trace.isLostAtLeast = trace.isLostAtLeast || changes.isLostAtLeast
            trace.bounceCount += changes.bounceCount
            trace.invalidCount += changes.invalidCount
            if let standing = changes.standing {
                (trace.isHeld, trace.detail) = standing
                trace.isActive = nil
            }
            if let isActive = changes.isActive { trace.isActive = isActive }
            Self.append(edges[...], to: &trace.edges)
        }
        changes = Changes()
        edges.removeAll(keepingCapacity: true)
    }

    /// Adds edges and drops the oldest beyond the limit.
    private static func append(_ newer: ArraySlice<LineEdge>, to edges: inout [LineEdge]) {
        let excess = edges.count + newer.count - LineTrace.edgeLimit
        if excess > 0 { edges.removeFirst(min(excess, edges.count)) }
        edges.append(contentsOf: newer)
    }
}
