package import GatewayModel
import Synchronization

/// How one GPIO line stands, for the bench and for the console.
package struct LineTrace: Sendable, Equatable {
    /// Which way the line is used.
    package enum Direction: String, Sendable { case input, output }

    /// What the line belongs to: a sensor's id, with the part of it where it has several lines
    /// (`pole.stage-1 echo`), or an output's name.
    package var name: String
    package var direction: Direction
    /// The chip and line as the configuration names them.
    package var chip: String
    package var line: String
    /// Whether we hold the line now.
    package var isHeld = false
    /// One sentence: held since when and how, or why not and what is being done.
    package var detail = ""
    /// The logical level; nil before it is known.
    package var isActive: Bool?
    /// Edges seen since the start.
    package var edgeCount: UInt64 = 0
    /// Edges known to be lost since the start, and whether there may have been more.
    package var lostCount: UInt64 = 0
    package var isLostAtLeast = false
    /// Edges that were contact bounce.
    package var bounceCount: UInt64 = 0
    /// Pulses or pairs that made no sense: an echo without its end, a width out of range.
    package var invalidCount: UInt64 = 0
    /// The newest edges, oldest first; at most `LineTrace.edgeLimit`.
    package var edges: [LineEdge] = []

    package static let edgeLimit = 48

    package init(name: String, direction: Direction, chip: String, line: String) {
        self.name = name
        self.direction = direction
        self.chip = chip
        self.line = line
    }
}

/// Every GPIO line's trace, written by the line's thread once per wake-up, read by pages and CLI.
package final class LineBoard: Sendable {
    private let state = Mutex<[LineTrace]>([])

    package init() {}

    /// A copy of the present.
    package var snapshot: [LineTrace] { state.withLock { $0 } }

    /// Adds a line.
    ///
    /// - Returns: its place, for `update`.
    package func add(_ trace: LineTrace) -> Int {
        state.withLock { traces in
            traces.append(trace)
            return traces.count - 1
        }
    }

    /// Changes a line's trace; `change` must be short.
    package func update(_ place: Int, _ change: (inout LineTrace) -> Void) {
        state.withLock { change(&$0[place]) }
    }
}
