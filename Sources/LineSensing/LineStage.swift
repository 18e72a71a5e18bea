package import GatewayModel

/// What one sensor makes of the edges of its line, as a pure machine: edges and times come in,
/// readings go out, and nothing in it touches a line or a clock.
///
/// All times are nanoseconds of one monotonic clock. Edges come in the kernel's order; calls to
/// `step` never go back behind an edge that was taken before.
package protocol LineStage: Sendable {
    /// Takes one edge.
    mutating func take(_ edge: LineEdge, _ output: inout LineOutput)

    /// Takes the news that edges were lost just before the next one that is taken.
    mutating func take(_ gap: EdgeGap, _ output: inout LineOutput)

    /// Takes the line's level, read at `now`: at the start, after a loss, and when the line has
    /// come back.
    mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput)

    /// Takes the news that the line cannot be read since `now`.
    mutating func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput)

    /// Lets the time pass: whatever was due at or before `now` is done.
    mutating func step(atNanoseconds now: Int64, _ output: inout LineOutput)

    /// When `step` must be called next; nil while nothing is planned.
    var deadlineNanoseconds: Int64? { get }
}

/// What a stage asks of the world after a call.
package struct LineOutput: Sendable {
    /// Readings to be passed on, oldest first.
    package var readings: [LineReading] = []
    /// Whether the sensor is to be triggered now; then its echo line's old edges are thrown away.
    package var wantsTrigger = false
    /// How much the line's counters have grown.
    package var bounceCount: UInt64 = 0
    package var invalidCount: UInt64 = 0

    package init() {}

    package var isEmpty: Bool {
        readings.isEmpty && !wantsTrigger && bounceCount == 0 && invalidCount == 0
    }

    /// Empties it for the next call, keeping its room.
    package mutating func clear() {
        readings.removeAll(keepingCapacity: true)
        wantsTrigger = false
        bounceCount = 0
        invalidCount = 0
    }
}

/// One reading of a line's sensor.
package struct LineReading: Sendable, Equatable {
    /// In the sensor's raw unit: tips, 0 or 1, microseconds; NaN with an error code.
    package var rawValue: Double
    /// When it was observed, on the kernel's monotonic clock.
    package var nanoseconds: Int64
    /// `ReadingError`'s codes; 0 where it measured.
    package var errorCode: UInt16
    /// Of `SampleMarks`: `isClamped`, `isEstimated`.
    package var marks: SampleMarks
    package var burst: BurstStatistics?

    package init(
        rawValue: Double, nanoseconds: Int64, errorCode: UInt16 = 0, marks: SampleMarks = [],
        burst: BurstStatistics? = nil
    ) {
        self.rawValue = rawValue
        self.nanoseconds = nanoseconds
        self.errorCode = errorCode
        self.marks = marks
        self.burst = burst
    }
}

/// Edges that were lost between two that were read.
package struct EdgeGap: Sendable, Equatable {
    /// How many are known to be lost, at least 1; 0 where there may have been some and no more is
    /// known.
    package var count: UInt64
    /// Whether there may have been more than `count`.
    package var isAtLeast: Bool
    /// The last edge before the gap; where nothing was read before it, when the line was opened.
    package var fromNanoseconds: Int64
    /// The first moment after it.
    package var toNanoseconds: Int64

    package init(
        count: UInt64, isAtLeast: Bool, fromNanoseconds: Int64, toNanoseconds: Int64
    ) {
        self.count = count
        self.isAtLeast = isAtLeast
        self.fromNanoseconds = fromNanoseconds
        self.toNanoseconds = toNanoseconds
    }
}
