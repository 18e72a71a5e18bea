/// The streams that a target follows, each by its own cursor.
package enum DeliveryStream: String, Sendable, CaseIterable {
    case transitions
    case detections
    case observations
    case losses
}

/// How far one target has come in one stream.
package struct TargetProgress: Sendable, Equatable {
    /// The target's name in the configuration.
    package var target: String
    package var stream: DeliveryStream
    /// Everything up to this row is delivered or stands in `backlog`.
    package var position: Int64
    /// Rows that were passed over so that live readings could go first; ascending, disjoint.
    package var backlog: [ClosedRange<Int64>]

    package init(
        target: String, stream: DeliveryStream, position: Int64,
        backlog: [ClosedRange<Int64>] = []
    ) {
        self.target = target
        self.stream = stream
        self.position = position
        self.backlog = backlog
    }

    /// The first row that still has to be delivered.
    package var firstUndelivered: Int64 { backlog.first?.lowerBound ?? position + 1 }
}

extension [ClosedRange<Int64>] {
    /// The rows in ascending, disjoint ranges, of which there are at most `limit`: beyond it those with
    /// the fewest rows between them become one, with these rows.
    package func joined(atMost limit: Int) -> [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, last.upperBound >= range.lowerBound - 1 {
                ranges[ranges.count - 1] =
                    last.lowerBound...Swift.max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
        guard ranges.count > limit, limit > 0 else { return ranges }
        func gap(_ index: Int) -> Int64 {
            ranges[index + 1].lowerBound - ranges[index].upperBound
        }
        let narrowest = (0..<ranges.count - 1)
            .sorted { (gap($0), $0) < (gap($1), $1) }.prefix(ranges.count - limit)
        let closed = Set(narrowest)
        var joined: [ClosedRange<Int64>] = []
        for (index, range) in ranges.enumerated() {
            if let last = joined.last, closed.contains(index - 1) {
                joined[joined.count - 1] = last.lowerBound...range.upperBound
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
