import GatewayModel

/// The newest widths of a line's pulses, at most 63, and what they come to.
///
/// It allocates once, when it is made.
struct WidthWindow: Sendable, Equatable {
    /// How many it keeps.
    static let capacity = 63

    /// In microseconds; beyond the capacity, the oldest is overwritten.
    private var widths: [Double] = []
    private var oldest = 0
    private var sorted: [Double] = []

    init() {
        widths.reserveCapacity(Self.capacity)
        sorted.reserveCapacity(Self.capacity)
    }

    var count: Int { widths.count }

    mutating func append(_ microseconds: Double) {
        guard widths.count == Self.capacity else { return widths.append(microseconds) }
        widths[oldest] = microseconds
        oldest = (oldest + 1) % Self.capacity
    }

    mutating func removeAll() {
        widths.removeAll(keepingCapacity: true)
        oldest = 0
    }

    /// The median, and the spread as `BurstStatistics` defines it, in microseconds; nil where there
    /// is nothing. Of an even number the median is the mean of the two in the middle.
    mutating func summary() -> (median: Double, spread: Float16)? {
        guard !widths.isEmpty else { return nil }
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: widths)
        let median = Self.median(sorting: &sorted)
        for index in sorted.indices { sorted[index] = (sorted[index] - median).magnitude }
        let spread = 1.4826 * Self.median(sorting: &sorted)
        return (median, Float16(min(spread, Double(Float16.greatestFiniteMagnitude))))
    }

    private static func median(sorting values: inout [Double]) -> Double {
        values.sort()
        let middle = values.count / 2
        return values.count.isMultiple(of: 2)
            ? (values[middle - 1] + values[middle]) / 2 : values[middle]
    }
}
