import GatewayModel

/// By how much a series comes later than its reference: the shift at which both agree best.
///
/// Both are put on one regular grid by straight lines between neighbours, but not across gaps, and for
/// each shift of whole steps Pearson's correlation of what overlaps is reckoned.
package struct SeriesLag: Sendable, Equatable {
    /// The most grid steps: a year of ten minutes.
    package static let gridLimit = 52_560
    /// The most steps of shift to either side.
    package static let shiftLimit = 144
    /// The fewest overlapping steps that make a correlation.
    package static let leastOverlap = 12

    /// The shift in seconds: positive where the series comes later than its reference.
    package let seconds: Double
    /// The grid's step in seconds: the shift is known to about half of it.
    package let resolutionSeconds: Double
    /// How far to either side shifts were tried, in seconds.
    package let windowSeconds: Double
    /// The correlation at the shift.
    package let correlation: Double
    /// The correlation without a shift; nil where nothing overlaps there.
    package let correlationUnshifted: Double?

    /// Whether the best shift lies at the window's end, so that a farther one may be better.
    package var isAtEnd: Bool { seconds.magnitude >= windowSeconds }

    /// Looks for the shift; nil where the series do not overlap, or one of them never changes.
    ///
    /// - Parameters:
    ///   - values: what is to be judged, in order of time.
    ///   - reference: what it is held against, in order of time.
    ///   - windowSeconds: how far to look to either side, if the limits allow it.
    /// - Complexity: O(grid × shifts), at most 15 million steps.
    package init?(_ values: [SeriesPoint], reference: [SeriesPoint], windowSeconds: Double) {
        guard let valueStep = values.medianIntervalSeconds,
            let referenceStep = reference.medianIntervalSeconds,
            let start = reference.first?.time, let end = reference.last?.time
        else { return nil }
        let span = end.seconds(since: start)
        let step = max(
            valueStep, referenceStep, span / Double(Self.gridLimit),
            windowSeconds / Double(Self.shiftLimit), 0.001)
        let count = Int(span / step) + 1
        let reach = min(Int(windowSeconds / step), Self.shiftLimit, count)
        // The series is looked at beyond the reference's ends too, as far as it is shifted.
        let early = Self.grid(
            values, from: start, offset: -reach, count: count + 2 * reach, step: step)
        let still = Self.grid(reference, from: start, offset: 0, count: count, step: step)
        var best: (shift: Int, correlation: Double)?
        var unshifted: Double?
        for shift in Self.outwards(reach) {
            guard let found = Self.correlation(early[(reach + shift)...], still) else { continue }
            if shift == 0 { unshifted = found }
            // Nearer shifts come first, and a farther one must be truly better.
            if found > (best?.correlation ?? -2) + 1e-12 { best = (shift, found) }
        }
        guard let best else { return nil }
        seconds = Double(best.shift) * step
        resolutionSeconds = step
        self.windowSeconds = Double(reach) * step
        correlation = best.correlation
        correlationUnshifted = unshifted
    }

    /// 0, 1, −1, 2, −2 and so on.
    private static func outwards(_ reach: Int) -> [Int] {
        [0] + (0..<reach).flatMap { [$0 + 1, -$0 - 1] }
    }

    /// The values on the grid; NaN where a gap of more than three usual intervals, or no value, is.
    private static func grid(
        _ points: [SeriesPoint], from start: UTCInstant, offset: Int, count: Int, step: Double
    ) -> [Double] {
        let greatestGap = 3 * max(points.medianIntervalSeconds ?? step, step)
        var grid: [Double] = []
        grid.reserveCapacity(count)
        var index = 0
        for number in 0..<count {
            let place = Double(number + offset) * step
            while index + 1 < points.count,
                points[index + 1].time.seconds(since: start) <= place
            {
                index += 1
            }
            let left = points[index].time.seconds(since: start)
            if left == place {
                grid.append(points[index].value)
                continue
            }
            guard left < place, index + 1 < points.count else {
                grid.append(.nan)
                continue
            }
            let gap = points[index + 1].time.seconds(since: start) - left
            let slope = (points[index + 1].value - points[index].value) / gap
            grid.append(
                gap <= greatestGap ? points[index].value + slope * (place - left) : .nan)
        }
        return grid
    }

    /// Pearson's correlation of what both have; nil where that is too little, or never changes.
    private static func correlation(_ left: ArraySlice<Double>, _ right: [Double]) -> Double? {
        var count = 0.0
        var meanLeft = 0.0
        var meanRight = 0.0
        var squaresLeft = 0.0
        var squaresRight = 0.0
        var products = 0.0
        for (x, y) in zip(left, right) where !x.isNaN && !y.isNaN {
            count += 1
            let deltaLeft = x - meanLeft
            let deltaRight = y - meanRight
            meanLeft += deltaLeft / count
            meanRight += deltaRight / count
            squaresLeft += deltaLeft * (x - meanLeft)
            squaresRight += deltaRight * (y - meanRight)
            products += deltaLeft * (y - meanRight)
        }
        // Below a nanometre's square both are rounding.
        guard count >= Double(leastOverlap), squaresLeft > 1e-18, squaresRight > 1e-18 else {
            return nil
        }
        return products / (squaresLeft * squaresRight).squareRoot()
    }
}
