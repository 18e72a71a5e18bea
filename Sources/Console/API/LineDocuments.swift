import GatewayModel
import GatewayPorts

/// A GPIO line as JSON shows it.
package struct LineDocument: Codable, Sendable, Equatable {
    /// One edge of it.
    package struct Edge: Codable, Sendable, Equatable {
        package var time: String
        /// The kernel's stamp: what widths are measured by.
        package var monotonicNanoseconds: Int64
        package var active: Bool
        /// The kernel's number of the edge; nil where it numbers none.
        package var sequence: UInt32?

        enum CodingKeys: String, CodingKey {
            case time, active, sequence
            case monotonicNanoseconds = "monotonic_ns"
        }
    }

    package var name: String
    package var direction: String
    package var chip: String
    package var line: String
    package var held: Bool
    package var detail: String
    package var active: Bool?
    package var edges: UInt64
    package var lost: UInt64
    package var lostAtLeast: Bool
    package var bounces: UInt64
    package var invalid: UInt64
    /// The newest edges, oldest first.
    package var recent: [Edge]

    enum CodingKeys: String, CodingKey {
        case name, direction, chip, line, held, detail, active, edges, lost, bounces, invalid
        case recent
        case lostAtLeast = "lost_at_least"
    }

    init(_ trace: LineTrace, now: GatewayInstant, offsetSeconds: Int) {
        name = trace.name
        direction = trace.direction.rawValue
        chip = trace.chip
        line = trace.line
        held = trace.isHeld
        detail = trace.detail
        active = trace.isActive
        edges = trace.edgeCount
        lost = trace.lostCount
        lostAtLeast = trace.isLostAtLeast
        bounces = trace.bounceCount
        invalid = trace.invalidCount
        recent = trace.edges.map { edge in
            Edge(
                time: now.time(ofMonotonicNanoseconds: edge.nanoseconds)
                    .rfc3339(offsetSeconds: offsetSeconds),
                monotonicNanoseconds: edge.nanoseconds, active: edge.isActive,
                sequence: edge.sequence == 0 ? nil : edge.sequence)
        }
    }
}

/// All lines at one moment.
package struct LinesDocument: Codable, Sendable, Equatable {
    package var now: String
    package var nowMonotonicNanoseconds: Int64
    package var lines: [LineDocument]

    enum CodingKeys: String, CodingKey {
        case now, lines
        case nowMonotonicNanoseconds = "now_monotonic_ns"
    }

    init(_ traces: [LineTrace], now: GatewayInstant, offsetSeconds: Int) {
        self.now = now.utc.rfc3339(offsetSeconds: offsetSeconds)
        nowMonotonicNanoseconds = now.monotonicNanoseconds
        lines = traces.map { LineDocument($0, now: now, offsetSeconds: offsetSeconds) }
    }
}

extension GatewayInstant {
    /// What the civil clock of now says of a moment of this boot's monotonic clock.
    fileprivate func time(ofMonotonicNanoseconds nanoseconds: Int64) -> UTCInstant {
        utc.advanced(byMilliseconds: (nanoseconds - monotonicNanoseconds) / 1_000_000)
    }
}
