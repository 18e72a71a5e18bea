/// Units of one quantity and how they turn into each other.
enum UnitScale {
    /// Metres per unit of length; SenML's registered `m` and the secondary units of RFC 8798.
    private static let metres: [String: Double] = [
        "m": 1, "cm": 0.01, "mm": 0.001, "km": 1000, "ft": 0.3048,
    ]
    private static let volts: [String: Double] = ["V": 1, "mV": 0.001]
    private static let pascals: [String: Double] = ["Pa": 1, "hPa": 100, "kPa": 1000]
    private static let families = [metres, volts, pascals]

    /// The number to multiply a value in `source` with to have it in `target`; nil where they are
    /// not of one quantity. Equal names are the same unit, whatever it is.
    static func factor(from source: String, to target: String) -> Double? {
        if source == target { return 1 }
        for family in families {
            if let source = family[source], let target = family[target] { return source / target }
        }
        return nil
    }
}
