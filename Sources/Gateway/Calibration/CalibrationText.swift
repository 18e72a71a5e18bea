import GatewayModel
import GatewayPorts

/// The one written form of a calibration in the ledger: its entry of the station file, on one line, read
/// by the station file's own reader.
enum CalibrationText {
    /// The name of the text in messages.
    static let name = "calibration"
    /// More than 64 points of a table need.
    static let greatestByteCount = 8192

    /// Writes a calibration; reading gives the same one back.
    static func lines(of calibration: Calibration) -> String {
        let entries =
            form(of: calibration.form).map { "\($0): \($1)" } + [
                "unit: \(quoted(calibration.unit))"
            ]
        return "calibration: { \(entries.joined(separator: ", ")) }"
    }

    /// Reads the text.
    ///
    /// - Parameters:
    ///   - lines: the sensor's `calibration` with its key, as YAML.
    ///   - sensor: the sensor, for its kind and its place.
    ///   - rawUnit: the unit of the raw values.
    ///   - station: its station; nil leaves out whether the sensors beside are there and fit.
    /// - Returns: the calibration, without a version.
    /// - Throws: every error with its line and column.
    static func read(
        _ lines: String, of sensor: SensorDescription, rawUnit: String, station: Station? = nil
    ) throws(ConfigurationProblems) -> Calibration {
        let reader = YAMLReader(file: name)
        var calibration: Calibration?
        if lines.utf8.count > greatestByteCount {
            reader.report(
                "the text has \(lines.utf8.count) bytes; at most \(greatestByteCount) are taken",
                at: YAMLReader.Place(line: 1, column: 1))
        } else if let file = reader.compose(lines), let section = file.mapping(keys: [name]),
            section.required(name, example: "{ type: linear, offset: 3.2, scale: -0.001, unit: m }")
                != nil
        {
            calibration = CalibrationSection.read(
                section, kind: sensor.kind, rawUnit: rawUnit, station: sensor.id.station)
            if let calibration, let station {
                var changed = sensor
                changed.calibration = calibration
                let others = station.sensors.filter { $0.id != sensor.id }
                CompanionSection.check(
                    (others + [changed]).map { ($0, file) }, isWhole: false)
            }
        }
        let problems = ConfigurationProblems(reader.problems)
        guard let calibration, problems.errors.isEmpty else { throw problems }
        return calibration
    }

    // MARK: - Writing

    private static func form(of form: Calibration.Form) -> [(String, String)] {
        switch form {
        case .linear(let offset, let scale):
            [("type", "linear"), ("offset", "\(offset)"), ("scale", "\(scale)")]
        case .counter(let scale): [("type", "counter"), ("scale", "\(scale)")]
        case .bound(let metres): [("type", "bound"), ("elevation", "\(metres)")]
        case .ultrasonic(let ultrasonic): self.form(of: ultrasonic)
        case .pressure(let pressure): self.form(of: pressure)
        case .currentLoop(let loop):
            [
                ("type", "current_loop"), ("low", "\(loop.low)"), ("high", "\(loop.high)"),
                ("fault_below", "\(loop.faultBelow)"), ("fault_above", "\(loop.faultAbove)"),
            ]
        case .polynomial(let polynomial):
            [
                ("type", "polynomial"), ("coefficients", list(polynomial.coefficients)),
                ("raw_range", list([polynomial.rawRange.low, polynomial.rawRange.high])),
            ]
        case .table(let table):
            [
                ("type", "table"),
                (
                    "points",
                    "[" + table.points.map { list([$0.raw, $0.value]) }.joined(separator: ", ")
                        + "]"
                ), ("ends", table.ends.rawValue),
            ]
        case .tippingBucket(let bucket):
            [
                ("type", "tipping_bucket"), ("depth", "\(bucket.depthMillimetres)"),
                ("dead_time", "\(bucket.deadSeconds)"),
            ]
        }
    }

    private static func form(of ultrasonic: UltrasonicCalibration) -> [(String, String)] {
        var entries = [
            ("type", "ultrasonic"), ("height", "\(ultrasonic.heightMetres)"),
            ("tilt", "\(ultrasonic.tiltDegrees)"),
            ("temperature", companion(ultrasonic.temperature) { $0 }),
        ]
        if case .distance(_, let speed) = ultrasonic.input {
            entries.append(("assumed_speed", "\(speed)"))
        }
        return entries
    }

    private static func form(of pressure: PressureCalibration) -> [(String, String)] {
        var entries = [
            ("type", "pressure"),
            ("reference", pressure.barometer == nil ? "gauge" : "absolute"),
            ("elevation", "\(pressure.elevationMetres)"), ("gravity", "\(pressure.gravity)"),
        ]
        switch pressure.density {
        case .constant(let density): entries.append(("density", "\(density)"))
        case .freshWater(let temperature):
            entries.append(("temperature", companion(temperature) { $0 }))
        }
        if let barometer = pressure.barometer {
            entries.append(("barometer", companion(barometer, hectopascals)))
        }
        return entries
    }

    private static func companion(
        _ companion: Companion, _ written: (Double) -> Double
    ) -> String {
        guard let source = companion.source else { return "\(written(companion.constant))" }
        return "{ sensor: \(quoted(source.sensor.local)), max_age: \(source.greatestAgeSeconds),"
            + " fallback: \(written(companion.constant)) }"
    }

    /// The number that the reader makes these pascals of.
    private static func hectopascals(_ pascals: Double) -> Double {
        let near = pascals / 100
        return [near, near.nextUp, near.nextDown].first { $0 * 100 == pascals } ?? near
    }

    private static func list(_ numbers: [Double]) -> String {
        "[" + numbers.map { "\($0)" }.joined(separator: ", ") + "]"
    }

    /// In quotation marks, for a unit such as `%` or `1` is no word.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
