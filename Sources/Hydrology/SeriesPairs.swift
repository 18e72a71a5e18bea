package import GatewayModel

/// A series beside its reference: for each value of the reference the nearest value in time.
///
/// Both may be irregular. A value far more often measured than the reference is looked at once for
/// each reference value only; nothing is interpolated, for a flood's rise between two readings is not
/// known.
package struct SeriesPairs: Sendable, Equatable {
    /// A reference value with the value nearest to it.
    package struct Pair: Sendable, Equatable, BitwiseCopyable {
        package var time: UTCInstant
        package var reference: Double
        package var value: Double
        /// How far the value lies above the reference.
        package var error: Double { value - reference }
    }

    /// In the order of the reference.
    package let pairs: [Pair]
    /// How many reference values found no value within the tolerance.
    package let unpairedCount: Int

    /// Pairs two series, each in order of time.
    ///
    /// - Parameters:
    ///   - values: what is to be judged.
    ///   - reference: what it is held against.
    ///   - toleranceSeconds: how far apart in time the two of a pair may lie.
    /// - Complexity: O(*n* + *m*).
    package init(_ values: [SeriesPoint], reference: [SeriesPoint], toleranceSeconds: Double) {
        var pairs: [Pair] = []
        var index = 0
        for point in reference {
            let distance = { (index: Int) in
                values[index].time.seconds(since: point.time).magnitude
            }
            // Strictly nearer: of two equally near ones the earlier stays.
            while index + 1 < values.count,
                values[index + 1].time <= point.time || distance(index + 1) < distance(index)
            {
                index += 1
            }
            guard index < values.count, distance(index) <= toleranceSeconds else { continue }
            pairs.append(
                Pair(time: point.time, reference: point.value, value: values[index].value))
        }
        self.pairs = pairs
        unpairedCount = reference.count - pairs.count
    }

    /// The share of the reference's values that have no partner, from 0 to 1.
    package var missingRate: Double {
        let count = pairs.count + unpairedCount
        return count == 0 ? 0 : Double(unpairedCount) / Double(count)
    }
}
