import GatewayModel

/// A key that gives a quantity beside the raw value: a number, or another sensor of the station.
struct CompanionSection {
    /// What kind of quantity it is.
    enum Quantity: String, CaseIterable {
        case temperature
        case barometer

        fileprivate var unit: String { self == .temperature ? "°C" : "hPa" }
        fileprivate var example: String { self == .temperature ? "15" : "1013.25" }
        /// The units that the other sensor's values may be kept in.
        var units: [String] {
            self == .temperature
                ? ["Cel", "degC", "°C", "℃", "C"] : ["Pa", "hPa", "mbar", "kPa"]
        }
        /// Calibrations reckon in °C and pascals.
        fileprivate var scale: Double { self == .temperature ? 1 : 100 }
        fileprivate func companion(of calibration: Calibration) -> Companion? {
            self == .temperature ? calibration.temperature : calibration.barometer
        }
    }

    /// Reads a companion.
    ///
    /// - Parameters:
    ///   - value: what stands behind the key.
    ///   - quantity: what it is.
    ///   - range: the constants that make sense, in °C or pascals.
    ///   - station: the pole that the other sensor hangs on.
    /// - Returns: the companion; nil after a mistake was reported.
    static func read(
        _ value: YAMLValue, quantity: Quantity, range: ClosedRange<Double>, station: StationID
    ) -> Companion? {
        let scale = quantity.scale
        let written = range.lowerBound / scale...range.upperBound / scale
        guard value.isMapping else {
            return value.number(in: written, unit: quantity.unit)
                .map { Companion(constant: $0 * scale) }
        }
        guard let entry = value.mapping(keys: ["sensor", "max_age", "fallback"]) else { return nil }
        let sensor = entry.required("sensor", example: "\(quantity.rawValue)-1")?.slug()
            .flatMap { SensorID(station: station, local: $0) }
        let age = entry.required("max_age", example: "900")?
            .number(in: 1...86_400, unit: "seconds")
        let fallback = entry.required("fallback", example: quantity.example)?
            .number(in: written, unit: quantity.unit)
        guard let sensor, let age, let fallback else { return nil }
        return Companion(
            constant: fallback * scale, source: .init(sensor: sensor, greatestAgeSeconds: age))
    }

    /// Looks whether the sensors that calibrations go by are there, and fit.
    ///
    /// - Parameters:
    ///   - sensors: a station's sensors, each with its section.
    ///   - isWhole: whether these are all that the file has.
    static func check(_ sensors: [(sensor: SensorDescription, section: YAMLValue)], isWhole: Bool) {
        for (sensor, section) in sensors {
            for quantity in Quantity.allCases {
                guard let source = quantity.companion(of: sensor.calibration)?.source else {
                    continue
                }
                let key = section["calibration"]?[quantity.rawValue]
                let place = key?["sensor"] ?? section
                let other = sensors.first { $0.sensor.id == source.sensor }?.sensor
                check(other, of: sensor, quantity, at: place, isWhole: isWhole)
            }
        }
    }

    private static func check(
        _ other: SensorDescription?, of sensor: SensorDescription, _ quantity: Quantity,
        at place: YAMLValue, isWhole: Bool
    ) {
        guard let other else {
            // A device may have been adopted as it, or will be.
            if isWhole {
                place.warning(
                    "this file has no such sensor; until a device is adopted as it, `fallback` stands"
                        + " in and the readings are marked as estimated")
            }
            return
        }
        let units = quantity.units
        if other.id == sensor.id {
            place.error("a sensor cannot be its own \(quantity.rawValue); name another one")
        } else if other.calibration.isCumulative
            || !units.contains(other.calibration.unit)
        {
            let words = units.map { "`\($0)`" }.joined(separator: ", ")
            place.error(
                "`\(other.id.local)` is a `\(other.kind)` in `\(other.calibration.unit)`; a"
                    + " \(quantity.rawValue) is kept in one of \(words)")
        }
    }
}
