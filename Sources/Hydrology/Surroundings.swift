/// What other sensors of a station say at the time of a reading, as far as they say it.
package struct Surroundings: Sendable, Equatable {
    /// The temperature that the calibration asks for, in °C; nil where there is none of that age.
    package var temperatureCelsius: Double?
    /// The air's pressure at the station, in pascals; nil where there is none of that age.
    package var airPressurePascals: Double?

    package init(temperatureCelsius: Double? = nil, airPressurePascals: Double? = nil) {
        self.temperatureCelsius = temperatureCelsius
        self.airPressurePascals = airPressurePascals
    }
}
