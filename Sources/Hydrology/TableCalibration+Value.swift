package import GatewayModel

extension TableCalibration {
    /// The value of a raw value on the line between its neighbours.
    ///
    /// - Returns: beyond an end, what `ends` says: the end's value as a bound, or infinity, which
    ///   quality control fails.
    /// - Complexity: O(log *n*) in the points.
    package func convert(raw: Double) -> ConvertedReading {
        guard !raw.isNaN else { return ConvertedReading(value: raw) }
        let first = points[0]
        let last = points[points.count - 1]
        guard raw >= first.raw, raw <= last.raw else {
            guard ends == .bound else { return ConvertedReading(value: .infinity) }
            let isBeforeFirst = raw < first.raw
            let isRising = last.value > first.value
            return ConvertedReading(
                value: isBeforeFirst ? first.value : last.value,
                bound: isBeforeFirst == isRising ? .below : .atLeast)
        }
        var low = 0
        var high = points.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].raw <= raw { low = middle } else { high = middle }
        }
        return ConvertedReading(value: Self.line(raw, from: points[low], to: points[high]))
    }

    /// The raw value of a value; nil beyond the ends, and where the values do not all rise or all
    /// fall, so that a value may have several.
    package func raw(value: Double) -> Double? {
        guard isOneToOne else { return nil }
        for (left, right) in zip(points, points.dropFirst()) {
            let span = [left.value, right.value].sorted()
            guard span[0] <= value, value <= span[1] else { continue }
            return Self.line(
                value, from: Point(raw: left.value, value: left.raw),
                to: Point(raw: right.value, value: right.raw))
        }
        return nil
    }

    /// Whether every value has one raw value: all rise, or all fall.
    package var isOneToOne: Bool {
        let pairs = zip(points, points.dropFirst())
        return pairs.allSatisfy { $0.value < $1.value } || pairs.allSatisfy { $0.value > $1.value }
    }

    private static func line(_ raw: Double, from left: Point, to right: Point) -> Double {
        left.value + (right.value - left.value) * ((raw - left.raw) / (right.raw - left.raw))
    }
}
