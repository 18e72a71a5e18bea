/// The density of clean fresh water.
package enum WaterDensity {
    /// The temperatures that the formula holds for, in °C; a river is hardly ever outside.
    package static let celsius = 0.0...40.0

    /// The density in kilograms per cubic metre, at the pressure of the air.
    ///
    /// A flood's mud adds 1 to 5 %, and the depth reads too high by as much.
    ///
    /// - Parameter celsius: the water's temperature in °C.
    /// - Returns: 999.97 kg/m³ at 4 °C.
    /// - Source: Tanaka and others, Recommended table for the density of water between 0 °C and
    ///   40 °C, Metrologia 38 (2001), without the correction for dissolved air.
    package static func kilogramsPerCubicMetre(celsius: Double) -> Double {
        let near = celsius - 3.983_035
        return 999.974_950
            * (1 - near * near * (celsius + 301.797) / (522_528.9 * (celsius + 69.348_81)))
    }
}
