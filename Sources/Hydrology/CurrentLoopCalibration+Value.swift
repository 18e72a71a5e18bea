package import GatewayModel

extension CurrentLoopCalibration {
    /// The currents within which a transmitter measures, in milliamperes; at their ends it is
    /// saturated.
    ///
    /// - Source: NAMUR NE 43.
    package static let measuringMilliamperes = 3.8...20.5

    /// What a current says.
    ///
    /// - Parameter milliamperes: the current.
    /// - Returns: the value; at a saturated end the end's value as a bound, for a gauge that is
    ///   flooded past its range must still raise the alarm; no value at a fault current.
    package func convert(milliamperes: Double) -> ConvertedReading {
        guard milliamperes > faultBelow, milliamperes < faultAbove else {
            return ConvertedReading(value: milliamperes.isNaN ? milliamperes : nil)
        }
        let range = Self.measuringMilliamperes
        let held = min(max(milliamperes, range.lowerBound), range.upperBound)
        let isAtTop = milliamperes >= range.upperBound
        let bound: ValueBound =
            isAtTop || milliamperes <= range.lowerBound
            ? (isAtTop == (high > low) ? .atLeast : .below) : .exact
        return ConvertedReading(value: low + (held - 4) / 16 * (high - low), bound: bound)
    }

    /// The current of a value, in milliamperes; nil where no measuring transmitter gives it.
    package func milliamperes(value: Double) -> Double? {
        let current = 4 + (value - low) / (high - low) * 16
        return Self.measuringMilliamperes.contains(current) ? current : nil
    }
}
