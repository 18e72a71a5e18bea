package import GatewayModel

extension Calibration {
    /// What becomes of a raw reading.
    ///
    /// Values lie on a grid of 10⁻⁹ units, each point the binary64 nearest to its decimal. In plain
    /// binary arithmetic 3.2 − 0.001 × 2300 is 0.8999999999999999 and misses a threshold of 0.9; on
    /// the grid a value that equals a number of the station file compares equal to it, and "equals or
    /// exceeds" means what the file says.
    ///
    /// - Parameters:
    ///   - raw: the reading in the sensor's own unit, or for a cumulative count the increase that
    ///     `CountIncrease` found; NaN gives NaN.
    ///   - surroundings: what other sensors of the station say.
    /// - Returns: the value with what it says of the true one; infinite where the product leaves
    ///   binary64, which quality control then fails. A switch's value is its own height, whichever
    ///   way it stands.
    /// - Complexity: constant but for a table, which is O(log *n*); allocates nothing.
    package func convert(
        raw: Double, surroundings: Surroundings = Surroundings()
    ) -> ConvertedReading {
        var reading = plain(raw: raw, surroundings: surroundings)
        reading.value = reading.value.map(onNanoGrid)
        return reading
    }

    private func plain(raw: Double, surroundings: Surroundings) -> ConvertedReading {
        switch form {
        case .linear(let offset, let scale):
            return ConvertedReading(value: offset + scale * raw)
        case .counter(let scale): return ConvertedReading(value: scale * raw)
        case .tippingBucket(let bucket):
            return ConvertedReading(value: bucket.depthMillimetres * raw)
        case .bound(let elevationMetres):
            return ConvertedReading(
                value: raw.isNaN ? raw : elevationMetres, bound: raw >= 0.5 ? .atLeast : .below)
        case .ultrasonic(let ultrasonic):
            let air = ultrasonic.temperature.chosen(
                measured: surroundings.temperatureCelsius, plausible: SpeedOfSound.airCelsius)
            return ConvertedReading(
                value: ultrasonic.stageMetres(raw: raw, celsius: air.value),
                isEstimated: air.standsIn)
        case .pressure(let pressure):
            let conditions = pressure.conditions(surroundings)
            return ConvertedReading(
                value: pressure.stageMetres(
                    raw: raw, density: conditions.density, airPascals: conditions.airPascals),
                isEstimated: conditions.standsIn)
        case .currentLoop(let loop): return loop.convert(milliamperes: raw)
        case .polynomial(let polynomial): return polynomial.convert(raw: raw)
        case .table(let table): return table.convert(raw: raw)
        }
    }

    /// The raw value that gives a value: the inverse of `convert(raw:surroundings:)`.
    ///
    /// - Parameters:
    ///   - value: in the calibration's unit.
    ///   - surroundings: what other sensors of the station say.
    /// - Returns: the raw value, for a cumulative count its increase; nil where no raw value gives it,
    ///   or more than one.
    package func raw(value: Double, surroundings: Surroundings = Surroundings()) -> Double? {
        switch form {
        case .linear(let offset, let scale): return (value - offset) / scale
        case .counter(let scale): return value / scale
        case .tippingBucket(let bucket): return value / bucket.depthMillimetres
        case .bound: return nil
        case .ultrasonic(let ultrasonic):
            let air = ultrasonic.temperature.chosen(
                measured: surroundings.temperatureCelsius, plausible: SpeedOfSound.airCelsius)
            return ultrasonic.raw(stageMetres: value, celsius: air.value)
        case .pressure(let pressure):
            let conditions = pressure.conditions(surroundings)
            return pressure.raw(
                stageMetres: value, density: conditions.density, airPascals: conditions.airPascals)
        case .currentLoop(let loop): return loop.milliamperes(value: value)
        case .polynomial(let polynomial): return polynomial.raw(value: value)
        case .table(let table): return table.raw(value: value)
        }
    }
}

/// `value` moved to the nearest multiple of 10⁻⁹; untouched where binary64 is coarser than that.
private func onNanoGrid(_ value: Double) -> Double {
    let count = (value * 1e9).rounded()
    // Below 2⁵³ the count is exact, and one correctly rounded division finds the decimal's binary64.
    guard count.magnitude < 0x1p53 else { return value }
    // Adding zero turns a negative zero into a zero.
    return count / 1e9 + 0
}
