package import GatewayModel

extension PressureCalibration {
    /// The air pressures that a station has, in pascals, up to the highest rivers.
    package static let airPascals = 50_000.0...110_000.0

    /// The stage over the sensor, in metres above the gauge zero.
    ///
    /// - Parameters:
    ///   - raw: the pressure in its own unit.
    ///   - density: the water's, in kg/m³.
    ///   - airPascals: the air's pressure; 0 for a vented sensor.
    /// - Returns: the stage.
    package func stageMetres(raw: Double, density: Double, airPascals: Double) -> Double {
        elevationMetres + (raw * pascalsPerUnit - airPascals) / (density * gravity)
    }

    /// The raw value of a stage: what `stageMetres(raw:density:airPascals:)` turns back into it.
    package func raw(stageMetres: Double, density: Double, airPascals: Double) -> Double {
        ((stageMetres - elevationMetres) * density * gravity + airPascals) / pascalsPerUnit
    }

    /// Density and air pressure, measured or standing in.
    func conditions(
        _ surroundings: Surroundings
    ) -> (density: Double, airPascals: Double, standsIn: Bool) {
        var density: Double
        var standsIn = false
        switch self.density {
        case .constant(let constant): density = constant
        case .freshWater(let temperature):
            let water = temperature.chosen(
                measured: surroundings.temperatureCelsius, plausible: WaterDensity.celsius)
            density = WaterDensity.kilogramsPerCubicMetre(celsius: water.value)
            standsIn = water.standsIn
        }
        guard let barometer else { return (density, 0, standsIn) }
        let air = barometer.chosen(
            measured: surroundings.airPressurePascals, plausible: Self.airPascals)
        return (density, air.value, standsIn || air.standsIn)
    }
}
