import GatewayModel

/// Whether it is the sun on the housing, not the water, that has moved the value.
///
/// Two rules, each of them only where it has limits. A housing hotter or colder than `suspect` makes the
/// reading suspect: the sensor's own compensation is not made for it. And a value that *follows* the
/// temperature is suspect: over the window the two are correlated, the temperature has moved by the
/// least change, and the value with it by the least effect, but by no more than the temperature can
/// make up. What moves more for each degree is water, so that a flood on a hot morning passes.
///
/// The window goes by elapsed time. It is cut into 32 stretches, of which the means are compared, so
/// that ripples and the sampling interval weigh little and memory is fixed; with fewer than eight
/// stretches that have readings nothing follows. Without a temperature in time it is not evaluated.
///
/// - Source: our own. Sound runs 0.17 to 0.18 % faster per °C: an ultrasonic sensor that is 5 m above the
///   water and takes the sun's heat for the air's is wrong by 9 mm per °C.
struct TemperatureArtefactCheck: Sendable, Equatable {
    private struct Stretch: Sendable, Equatable {
        let number: Int64
        var count = 0.0
        var celsius = 0.0
        var value = 0.0

        var meanCelsius: Double { celsius / count }
        var meanValue: Double { value / count }
    }

    private static let stretchCount = 32
    private static let leastCount = 8

    private let limits: QualityLimits.TemperatureArtefact
    private let stretchMilliseconds: Int64
    /// The oldest one first.
    private var stretches: [Stretch] = []

    /// - Parameter limits: a window of up to `QualityLimits.longestWindowSeconds`.
    init(limits: QualityLimits.TemperatureArtefact) {
        self.limits = limits
        let seconds = limits.following?.windowSeconds ?? 1
        stretchMilliseconds = max(1, Int64(seconds * 1000) / Int64(Self.stretchCount))
        if limits.following != nil { stretches.reserveCapacity(Self.stretchCount + 1) }
    }

    /// Takes a reading that is not late and is no bound.
    mutating func take(
        _ value: Double?, celsius: Double?, at time: SteadyInstant
    ) -> QualityFlag {
        guard let value else { return .missing }
        guard let celsius else { return .notEvaluated }
        if limits.following != nil { append(value, celsius, at: time) }
        if let span = limits.suspect, !span.contains(celsius) { return .suspect }
        return isFollowing ? .suspect : .good
    }

    /// Forgets the readings: what came between is not known.
    mutating func breakLine() { stretches.removeAll(keepingCapacity: true) }

    private mutating func append(_ value: Double, _ celsius: Double, at time: SteadyInstant) {
        let number = time.milliseconds / stretchMilliseconds
        while !stretches.isEmpty, stretches[0].number <= number - Int64(Self.stretchCount) {
            stretches.remove(at: 0)
        }
        if stretches.isEmpty || stretches[stretches.count - 1].number != number {
            stretches.append(Stretch(number: number))
        }
        let newest = stretches.count - 1
        stretches[newest].count += 1
        stretches[newest].celsius += celsius
        stretches[newest].value += value
    }

    private var isFollowing: Bool {
        guard let following = limits.following, stretches.count >= Self.leastCount else {
            return false
        }
        var coldest = Double.infinity
        var hottest = -Double.infinity
        var celsius = 0.0
        var value = 0.0
        // Plain loops: others allocate in debug builds.
        var index = 0
        while index < stretches.count {
            coldest = min(coldest, stretches[index].meanCelsius)
            hottest = max(hottest, stretches[index].meanCelsius)
            celsius += stretches[index].meanCelsius
            value += stretches[index].meanValue
            index += 1
        }
        guard hottest - coldest >= following.changeCelsius else { return false }
        celsius /= Double(stretches.count)
        value /= Double(stretches.count)
        var covariance = 0.0
        var celsiusSquares = 0.0
        var valueSquares = 0.0
        index = 0
        while index < stretches.count {
            let byCelsius = stretches[index].meanCelsius - celsius
            let byValue = stretches[index].meanValue - value
            covariance += byCelsius * byValue
            celsiusSquares += byCelsius * byCelsius
            valueSquares += byValue * byValue
            index += 1
        }
        guard celsiusSquares > 0, valueSquares > 0 else { return false }
        let slope = (covariance / celsiusSquares).magnitude
        let correlation = covariance.magnitude / (celsiusSquares * valueSquares).squareRoot()
        return correlation >= following.correlation && slope <= following.sensitivity
            && slope * (hottest - coldest) >= following.effect
    }
}
