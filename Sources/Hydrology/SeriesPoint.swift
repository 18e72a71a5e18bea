package import GatewayModel

/// One value of a time series.
package struct SeriesPoint: Sendable, Equatable, BitwiseCopyable {
    package var time: UTCInstant
    package var value: Double

    package init(time: UTCInstant, value: Double) {
        self.time = time
        self.value = value
    }
}

extension [SeriesPoint] {
    /// The median time between two neighbours, in seconds; nil for fewer than two points.
    ///
    /// - Complexity: O(*n* log *n*); the points stand in order of time.
    package var medianIntervalSeconds: Double? {
        let intervals = zip(self, dropFirst()).map { $1.time.seconds(since: $0.time) }.sorted()
        return intervals.isEmpty ? nil : Quantile.of(intervals, at: 0.5)
    }
}
