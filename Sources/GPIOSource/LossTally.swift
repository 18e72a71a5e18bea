import LineSensing

/// What one line has lost and nobody was told of yet: many gaps become one loss record.
///
/// A pure machine in nanoseconds of the monotonic clock.
struct LossTally: Sendable {
    /// Losses of an interval, added up.
    struct Sum: Sendable, Equatable {
        var fromNanoseconds: Int64
        var toNanoseconds: Int64
        /// How many edges are known to be lost.
        var count: UInt64
        /// Whether there may have been more.
        var isAtLeast: Bool
    }

    /// The shortest time between two records.
    private let intervalNanoseconds: Int64
    private var nextNanoseconds = Int64.min
    private(set) var sum: Sum?

    init(intervalNanoseconds: Int64) { self.intervalNanoseconds = intervalNanoseconds }

    /// Adds edges that were lost between two that were read.
    mutating func add(_ gap: EdgeGap) {
        add(
            Sum(
                fromNanoseconds: gap.fromNanoseconds, toNanoseconds: gap.toNanoseconds,
                count: gap.count, isAtLeast: gap.isAtLeast))
    }

    /// Adds a time in which the line could not be read: nobody knows what it did.
    mutating func addOutage(fromNanoseconds: Int64, toNanoseconds: Int64) {
        add(
            Sum(
                fromNanoseconds: fromNanoseconds, toNanoseconds: toNanoseconds, count: 0,
                isAtLeast: true))
    }

    private mutating func add(_ other: Sum) {
        guard let sum else {
            self.sum = other
            return
        }
        self.sum = Sum(
            fromNanoseconds: min(sum.fromNanoseconds, other.fromNanoseconds),
            toNanoseconds: max(sum.toNanoseconds, other.toNanoseconds),
            count: sum.count + other.count, isAtLeast: sum.isAtLeast || other.isAtLeast)
    }

    /// When `sum` is to be told; nil while nothing was lost.
    var deadlineNanoseconds: Int64? { sum == nil ? nil : nextNanoseconds }

    /// What is to be told was told.
    mutating func wasTold(atNanoseconds now: Int64) {
        sum = nil
        nextNanoseconds = now + intervalNanoseconds
    }
}
