/// The speed of sound in dry air.
package enum SpeedOfSound {
    /// The temperatures that air over a river has, in °C; a thermometer that says another is broken.
    package static let airCelsius = -45.0...60.0

    /// The speed in metres per second.
    ///
    /// Humidity is left out: it adds 0.4 % at most, at 30 °C and saturated.
    ///
    /// - Parameter celsius: the air's temperature in °C, above absolute zero.
    /// - Returns: 331.3 m/s at 0 °C.
    /// - Source: the ideal gas, `331.3 × √(1 + T ÷ 273.15)`.
    package static func metresPerSecond(celsius: Double) -> Double {
        331.3 * (1 + celsius / 273.15).squareRoot()
    }
}
