/// The units that pressures come in.
package enum PressureUnit {
    /// Pascals for one of each unit.
    package static let pascals: [String: Double] = ["Pa": 1, "hPa": 100, "mbar": 100, "kPa": 1000]
}
