package import GatewayModel

/// How much rain has fallen in the last two days, in stretches of ten minutes.
///
/// A reading's rain counts for the stretch in which it was read; a sum reaches back to the beginning of
/// a stretch, up to ten minutes farther than asked. Memory is fixed.
package struct RainMemory: Sendable, Equatable {
    private static let stretchMilliseconds: Int64 = 600_000
    private static let stretchCount =
        Int(
            QualityLimits.MultiVariate.longestRainSeconds * 1000 / Double(stretchMilliseconds)) + 1

    /// After a longer silence the rain before is not known; nil where a count makes up for it.
    private let greatestGapSeconds: Double?
    /// Of stretch *n* at *n* modulo their number.
    private var millimetres: [Double]
    /// The number of the newest stretch.
    private var newestStretch: Int64?
    /// From when on all rain is known.
    private var since: SteadyInstant?
    private var newest: SteadyInstant?

    /// - Parameter greatestGapSeconds: after a longer silence the rain before is not known; nil where
    ///   readings tell a count, which contains what was not heard.
    package init(greatestGapSeconds: Double?) {
        self.greatestGapSeconds = greatestGapSeconds
        millimetres = Array(repeating: 0, count: Self.stretchCount)
    }

    /// Takes a reading's rain.
    ///
    /// - Parameters:
    ///   - amount: in millimetres; nil where it is not known, so that the sum up to it is not either.
    ///   - time: when it was read, on the gateway's steady timeline.
    package mutating func record(_ amount: Double?, at time: SteadyInstant) {
        if let newest, let greatestGapSeconds, time.seconds(since: newest) > greatestGapSeconds {
            since = time
        }
        newest = max(newest ?? time, time)
        guard let amount, amount.isFinite else {
            since = newest
            return
        }
        since = since ?? time
        let stretch = Self.stretch(of: time)
        let last = newestStretch ?? stretch
        guard stretch > last - Int64(Self.stretchCount) else { return }
        if stretch > last {
            var next = last + 1
            // Farther ahead than all stretches together, each of them begins anew once.
            next = max(next, stretch - Int64(Self.stretchCount) + 1)
            while next <= stretch {
                millimetres[Self.place(of: next)] = 0
                next += 1
            }
        }
        newestStretch = max(last, stretch)
        millimetres[Self.place(of: stretch)] += amount
    }

    /// The rain before a moment.
    ///
    /// - Parameters:
    ///   - seconds: how long before it; at most two days.
    ///   - moment: on the gateway's steady timeline.
    ///   - greatestAgeSeconds: for how long nothing may have been heard.
    ///   - enough: a sum that suffices, even where more may have fallen.
    /// - Returns: millimetres; nil where the gauge is silent, or where not all of the time is known and
    ///   what is known does not suffice.
    package func millimetres(
        ofSeconds seconds: Double, before moment: SteadyInstant, greatestAgeSeconds: Double,
        enough: Double
    ) -> Double? {
        guard let newest, let since, let newestStretch,
            moment.seconds(since: newest) <= greatestAgeSeconds
        else { return nil }
        let begin = moment.advanced(byMilliseconds: -Int64(seconds * 1000))
        let oldest = newestStretch - Int64(Self.stretchCount) + 1
        var stretch = max(Self.stretch(of: begin), oldest)
        let last = min(Self.stretch(of: moment), newestStretch)
        var sum = 0.0
        while stretch <= last {
            sum += millimetres[Self.place(of: stretch)]
            stretch += 1
        }
        return sum >= enough || since <= begin ? sum : nil
    }

    private static func stretch(of time: SteadyInstant) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(
            dividingBy: stretchMilliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func place(of stretch: Int64) -> Int {
        let remainder = Int(stretch % Int64(stretchCount))
        return remainder < 0 ? remainder + stretchCount : remainder
    }
}
