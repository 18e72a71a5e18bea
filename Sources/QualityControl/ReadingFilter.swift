package import GatewayModel

/// Smooths the values of one sensor, going by elapsed time and never by what is still to come.
///
/// The smoothed value is a figure of its own, for the trend and for people. Quality control and flood
/// levels go by the value itself: a filter may not hide a spike's flag, nor make an alarm late. What
/// failed, what is missing and what only bounds the true value does not enter.
///
/// - Source: median and Hampel (MAD × 1.4826): F. R. Hampel, The Influence Curve and Its Role in Robust
///   Estimation (1974). Exponential: yₙ = yₙ₋₁ + (1 − exp(−Δt/τ)) (xₙ − yₙ₋₁), right at any interval.
package struct ReadingFilter: Sendable, Equatable {
    private let rule: FilterRule
    private var window: SortedWindow
    private var smoothed: Double?
    private var newest: SteadyInstant?

    /// A filter that has seen nothing yet.
    package init(_ rule: FilterRule) {
        self.rule = rule
        window = SortedWindow()
    }

    /// Takes a value that is no older than those before.
    ///
    /// - Parameters:
    ///   - value: finite, in the channel's unit.
    ///   - time: the reading's place on its channel's own timeline.
    /// - Returns: the smoothed value.
    /// - Complexity: O(`FilterRule.windowLimit`) for the windows, else constant; allocates nothing once
    ///   the window is full.
    package mutating func take(_ value: Double, at time: SteadyInstant) -> Double {
        defer { newest = time }
        switch rule {
        case .median(let seconds):
            window.append(value, at: time, lengthSeconds: seconds)
            return window.median
        case .hampel(let seconds, let deviations, let resolution):
            window.append(value, at: time, lengthSeconds: seconds)
            let median = window.median
            let spread = max(1.4826 * window.deviation(from: median), resolution)
            return (value - median).magnitude > deviations * spread ? median : value
        case .exponential(let timeConstantSeconds):
            guard let before = smoothed, let newest else {
                smoothed = value
                return value
            }
            let elapsed = max(0, time.seconds(since: newest))
            let kept = Self.decay(elapsed / timeConstantSeconds)
            let now = value + (before - value) * kept
            smoothed = now
            return now
        }
    }

    /// e⁻ˣ for x from 0: e to the power of a part small enough for its series, squared again.
    static func decay(_ exponent: Double) -> Double {
        guard exponent < 700 else { return 0 }
        var part = exponent
        var squarings = 0
        while part > 0.125 {
            part /= 2
            squarings += 1
        }
        var term = 1.0
        var sum = 1.0
        var order = 1.0
        while order <= 10 {
            term *= -part / order
            sum += term
            order += 1
        }
        while squarings > 0 {
            sum *= sum
            squarings -= 1
        }
        return sum
    }
}

/// The values of the newest stretch of time, in the order of their size too.
private struct SortedWindow: Sendable, Equatable {
    /// In the order of arrival.
    private var times: [Int64] = []
    private var values: [Double] = []
    /// In the order of size.
    private var sorted: [Double] = []

    mutating func append(_ value: Double, at time: SteadyInstant, lengthSeconds: Double) {
        let begin = time.advanced(byMilliseconds: -Int64(lengthSeconds * 1000)).milliseconds
        while !times.isEmpty, times[0] <= begin || times.count >= FilterRule.windowLimit {
            let oldest = values[0]
            times.remove(at: 0)
            values.remove(at: 0)
            sorted.remove(at: place(of: oldest))
        }
        times.append(time.milliseconds)
        values.append(value)
        // In place, from the end: `insert` allocates in debug builds.
        sorted.append(value)
        var index = sorted.count - 1
        while index > 0, sorted[index - 1] > value {
            sorted[index] = sorted[index - 1]
            index -= 1
        }
        sorted[index] = value
    }

    /// The middle value, or the mean of the two in the middle.
    var median: Double {
        let upper = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[upper - 1] + sorted[upper]) / 2 : sorted[upper]
    }

    /// The median of the distances from `centre`.
    func deviation(from centre: Double) -> Double {
        var right = place(of: centre)
        var left = right - 1
        var former = 0.0
        var newest = 0.0
        var taken = 0
        // The distances in the order of their size, outwards from the centre.
        while taken <= sorted.count / 2 {
            let toLeft = left >= 0 ? centre - sorted[left] : .infinity
            let toRight = right < sorted.count ? sorted[right] - centre : .infinity
            former = newest
            newest = min(toLeft, toRight)
            if toLeft <= toRight { left -= 1 } else { right += 1 }
            taken += 1
        }
        return sorted.count.isMultiple(of: 2) ? (former + newest) / 2 : newest
    }

    /// The place of the first value that is no less.
    private func place(of value: Double) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
