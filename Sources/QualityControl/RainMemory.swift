package import GatewayModel

/// How much rain has fallen in the last two days in stretches of ten minutes, or in the last hour in
/// stretches of one.
///
/// A reading's rain counts for the stretch in which it was read; a sum reaches back to the beginning of
/// a stretch, up to a stretch farther than asked. Memory is fixed.
package struct RainMemory: Sendable, Equatable {
    /// How far back a memory reaches.
    package enum Reach: Sendable {
        /// In stretches of one minute.
        case hour
        /// In stretches of ten minutes.
        case twoDays

        fileprivate var stretchMilliseconds: Int64 { self == .hour ? 60_000 : 600_000 }
        fileprivate var seconds: Double {
            self == .hour ? 3600 : QualityLimits.MultiVariate.longestRainSeconds
        }
    }

    private let stretchMilliseconds: Int64
    /// After a longer silence the rain before is not known; nil where a count makes up for it.
    private let greatestGapSeconds: Double?
    /// Of stretch *n* at *n* modulo their number.
    private var millimetres: [Double]
    /// The number of the newest stretch.
    private var newestStretch: Int64?
    /// From when on all rain is known.
    private var since: SteadyInstant?
    private var newest: SteadyInstant?

    /// - Parameters:
    ///   - greatestGapSeconds: after a longer silence the rain before is not known; nil where readings
    ///     tell a count, which contains what was not heard.
    ///   - reach: how far back sums can be asked for.
    package init(greatestGapSeconds: Double?, reach: Reach = .twoDays) {
        self.greatestGapSeconds = greatestGapSeconds
        stretchMilliseconds = reach.stretchMilliseconds
        millimetres = Array(
            repeating: 0,
            count: Int(reach.seconds * 1000 / Double(reach.stretchMilliseconds)) + 1)
    }

    private var stretchCount: Int { millimetres.count }

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
        let stretch = number(of: time)
        let last = newestStretch ?? stretch
        guard stretch > last - Int64(stretchCount) else { return }
        if stretch > last {
            var next = last + 1
            // Farther ahead than all stretches together, each of them begins anew once.
            next = max(next, stretch - Int64(stretchCount) + 1)
            while next <= stretch {
                millimetres[place(of: next)] = 0
                next += 1
            }
        }
        newestStretch = max(last, stretch)
        millimetres[place(of: stretch)] += amount
    }

    /// The rain before a moment.
    ///
    /// - Parameters:
    ///   - seconds: how long before it; at most as far as the memory reaches.
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
        let oldest = newestStretch - Int64(stretchCount) + 1
        var stretch = max(number(of: begin), oldest)
        let last = min(number(of: moment), newestStretch)
        var sum = 0.0
        while stretch <= last {
            sum += millimetres[place(of: stretch)]
            stretch += 1
        }
        return sum >= enough || since <= begin ? sum : nil
    }

    private func number(of time: SteadyInstant) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(
            dividingBy: stretchMilliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private func place(of stretch: Int64) -> Int {
        let remainder = Int(stretch % Int64(stretchCount))
        return remainder < 0 ? remainder + stretchCount : remainder
    }
}
