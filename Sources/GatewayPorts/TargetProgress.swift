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
