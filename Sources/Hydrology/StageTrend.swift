package import GatewayModel

/// Whether the river rises, falls or keeps its level: what the arrow on the citizens' page says.
///
/// The trend is the slope of a least-squares line through the accepted stages of the last 30
/// minutes, over their channel's own timeline; irregular intervals need no care. Stages of one minute
/// count as one point, their mean, so that a sensor that sends ten times as often weighs no more and
/// memory stays at 31 points. Below 1 cm in 10 minutes the river is steady: that is the resolution of a
/// published stage over its interval.
///
/// The trend speaks as of the newest stage; whether that is too old to be shown is the page's
/// decision.
///
/// - Source: ordinary least squares, with the slope's standard error, as in Draper and Smith, Applied
///   Regression Analysis, chapter 1.
package struct StageTrend: Sendable, Equatable {
    /// What the arrow shows.
    package enum Direction: String, Sendable, CaseIterable {
        case rising
        case steady
        case falling
    }

    /// How far back the line reaches, in minutes before the newest stage's minute.
    package static let windowMinutes: Int64 = 30
    /// The least time that the line must span to mean anything, in seconds: an interval of the
    /// official ten-minute stages.
    package static let leastSpanSeconds = 600.0
    /// The fewest points that make a line: two are the noise of a cheap sensor.
    package static let leastPointCount = 3
    /// The slope from which the river rises or falls: 1 cm in 10 minutes, in metres per hour.
    package static let deadBandMetresPerHour = 0.06

    /// The stages of one minute, in the order of the minutes.
    private struct Point: Sendable, Equatable {
        let minute: Int64
        var count = 0.0
        var millisecondsOfMinute = 0.0
        var metres = 0.0
    }

    private var points: [Point] = []

    /// A trend that has seen nothing.
    package init() {}

    /// Takes an accepted stage; late ones fall into place as long as they lie in the window.
    ///
    /// - Parameters:
    ///   - stageMetres: a stage that quality control let pass, in metres; one that is not finite
    ///     is left out.
    ///   - time: the reading's place on its channel's own timeline.
    package mutating func record(stageMetres: Double, time: SteadyInstant) {
        guard stageMetres.isFinite else { return }
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 60_000)
        let minute = remainder < 0 ? quotient - 1 : quotient
        if let newest = points.last, minute < newest.minute - Self.windowMinutes { return }
        var index = points.endIndex
        while index > 0, points[index - 1].minute >= minute { index -= 1 }
        if index == points.endIndex || points[index].minute != minute {
            points.insert(Point(minute: minute), at: index)
        }
        points[index].count += 1
        points[index].millisecondsOfMinute += Double(remainder < 0 ? remainder + 60_000 : remainder)
        points[index].metres += stageMetres
        let newestMinute = points[points.endIndex - 1].minute
        points.removeAll { $0.minute < newestMinute - Self.windowMinutes }
    }

    /// The slope in metres per hour; nil while there is no line.
    package var metresPerHour: Double? { rate?.metresPerHour }

    /// The line; nil while there are fewer points than `leastPointCount` or they span less than
    /// `leastSpanSeconds`.
    package var rate: RateOfRise? {
        guard points.count >= Self.leastPointCount, let first = points.first else { return nil }
        let line = points.map { point in
            (
                seconds: Double(point.minute - first.minute) * 60
                    + point.millisecondsOfMinute / point.count / 1000,
                metres: point.metres / point.count
            )
        }
        let span = line[line.endIndex - 1].seconds - line[0].seconds
        guard span >= Self.leastSpanSeconds else { return nil }
        let count = Double(line.count)
        let meanSeconds = line.reduce(0) { $0 + $1.seconds } / count
        let meanMetres = line.reduce(0) { $0 + $1.metres } / count
        var covariance = 0.0
        var variance = 0.0
        for point in line {
            let distance = point.seconds - meanSeconds
            covariance += distance * (point.metres - meanMetres)
            variance += distance * distance
        }
        let slope = covariance / variance
        let squares = line.reduce(0.0) { sum, point in
            let residual = point.metres - meanMetres - slope * (point.seconds - meanSeconds)
            return sum + residual * residual
        }
        return RateOfRise(
            // To a micrometre per hour, so that exactly 1 cm in 10 minutes is not lost to the last
            // bit.
            metresPerHour: (slope * 3600 * 1e6).rounded() / 1e6 + 0,
            standardErrorMetresPerHour: (squares / (count - 2) / variance).squareRoot() * 3600,
            stageMetres: meanMetres + slope * (line[line.endIndex - 1].seconds - meanSeconds),
            spanSeconds: span, pointCount: line.count)
    }

    /// The direction; nil while there is no slope.
    package var direction: Direction? { rate.map(Self.direction) }

    /// The direction of a slope.
    package static func direction(of rate: RateOfRise) -> Direction {
        if rate.metresPerHour >= deadBandMetresPerHour { return .rising }
        return rate.metresPerHour <= -deadBandMetresPerHour ? .falling : .steady
    }
}
