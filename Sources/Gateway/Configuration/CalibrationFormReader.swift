import GatewayModel
import Hydrology

/// Reads the keys of a calibration that reckons with physics or with points.
struct CalibrationFormReader {
    /// The calibration's section.
    let entry: YAMLMapping
    /// The unit of the raw values.
    let rawUnit: String
    /// The pole.
    let station: StationID

    private static let metresPerUnit = ["mm": 0.001, "cm": 0.01, "m": 1.0]
    /// The units that an ultrasonic sensor's raw values come in.
    static let ultrasonicUnits = ["us"] + metresPerUnit.keys.sorted()
    private static let heights = LevelSection.stageRange
    private static let anyNumber = -1e9...1e9

    /// Whether a sensor's raw unit suits `type: ultrasonic`, `pressure`, `current_loop` or
    /// `tipping_bucket`; nil where it does, else the units that do.
    static func unitsInstead(of rawUnit: String, form: String) -> [String]? {
        let units: [String: [String]] = [
            "ultrasonic": ultrasonicUnits, "pressure": PressureUnit.pascals.keys.sorted(),
            "current_loop": ["mA"], "tipping_bucket": ["tips"],
        ]
        guard let fitting = units[form], !fitting.contains(rawUnit) else { return nil }
        return fitting
    }

    func ultrasonic() -> Calibration.Form? {
        let height = entry.required("height", example: "3.200")?
            .number(in: Self.heights, unit: "m")
        let tilt = entry["tilt"].map { $0.number(in: 0...45, unit: "degrees") } ?? 0
        let temperature = entry.required(
            "temperature", example: "{ sensor: air-1, max_age: 900, fallback: 15 }"
        ).flatMap { companion($0, .temperature, range: SpeedOfSound.airCelsius) }
        guard let input = ultrasonicInput(), let height, let tilt, let temperature else {
            return nil
        }
        return .ultrasonic(
            UltrasonicCalibration(
                input: input, heightMetres: height, tiltDegrees: tilt, temperature: temperature))
    }

    private func ultrasonicInput() -> UltrasonicCalibration.Input? {
        let key = "assumed_speed"
        guard let metres = Self.metresPerUnit[rawUnit] else {
            guard let value = entry[key] else { return .echoMicroseconds }
            value.error(
                "`\(key)` says nothing of an echo's time; it is for sensors that reckon a distance"
                    + " themselves, so remove it")
            return nil
        }
        // A sensor that measures the temperature itself must not be compensated twice.
        guard entry[key] != nil else {
            _ = entry.required(key, example: "343.2")
            return nil
        }
        return entry[key]?.number(in: 300...380, unit: "m/s")
            .map { .distance(metresPerUnit: metres, assumedMetresPerSecond: $0) }
    }

    func pressure() -> Calibration.Form? {
        let isAbsolute = entry.required("reference", example: "gauge")?
            .choice(["gauge": false, "absolute": true])
        let elevation = entry.required("elevation", example: "-0.30")?
            .number(in: Self.heights, unit: "m")
        let gravity = entry["gravity"].map { $0.number(in: 9.7...9.9, unit: "m/s²") } ?? 9.80665
        let density = density()
        var barometer: Companion?
        if isAbsolute == true {
            barometer = entry.required(
                "barometer", example: "{ sensor: air-pressure-1, max_age: 900, fallback: 1013.25 }"
            ).flatMap { companion($0, .barometer, range: PressureCalibration.airPascals) }
            guard barometer != nil else { return nil }
        } else if isAbsolute == false, let superfluous = entry["barometer"] {
            superfluous.error(
                "a vented sensor (`reference: gauge`) measures against the air already; remove"
                    + " `barometer`, or write `reference: absolute`")
        }
        guard isAbsolute != nil, let elevation, let gravity, let density,
            let pascals = PressureUnit.pascals[rawUnit]
        else { return nil }
        return .pressure(
            PressureCalibration(
                pascalsPerUnit: pascals, elevationMetres: elevation, density: density,
                gravity: gravity, barometer: barometer))
    }

    private func density() -> PressureCalibration.Density? {
        if let temperature = entry["temperature"] {
            entry["density"]?.error(
                "`density` and `temperature` both say how heavy the water is; keep one")
            return companion(temperature, .temperature, range: WaterDensity.celsius)
                .map { .freshWater($0) }
        }
        return entry.required("density", example: "999.1")?.number(in: 950...1300, unit: "kg/m³")
            .map { .constant($0) }
    }

    func currentLoop() -> Calibration.Form? {
        let low = entry.required("low", example: "0")?.number(in: Self.anyNumber)
        let high = entry.required("high", example: "10")?.number(in: Self.anyNumber)
        let below = entry["fault_below"].map { $0.number(in: 0...3.99, unit: "mA") } ?? 3.6
        let above = entry["fault_above"].map { $0.number(in: 20.01...30, unit: "mA") } ?? 21
        guard let low, let high, let below, let above else { return nil }
        guard low != high else {
            entry["high"]?.error(
                "`low` and `high` are the same, so that every current would become \(low); write the"
                    + " values at 4 mA and at 20 mA")
            return nil
        }
        return .currentLoop(
            CurrentLoopCalibration(low: low, high: high, faultBelow: below, faultAbove: above))
    }

    func polynomial() -> Calibration.Form? {
        let listed = entry.required("coefficients", example: "[3.2, -0.001, 1.0e-9]")
        let coefficients = listed?.numbers(in: 2...PolynomialCalibration.coefficientLimit)
        let spanned = entry.required("raw_range", example: "[300, 4000]")
        let range = spanned?.numbers(in: 2...2)
        guard let coefficients, let range else { return nil }
        guard range[0] < range[1] else {
            spanned?.error(
                "`raw_range` must be the lowest and the highest raw value of the points that the"
                    + " polynomial was fitted to, such as `[300, 4000]`")
            return nil
        }
        let polynomial = PolynomialCalibration(
            coefficients: coefficients,
            rawRange: QualityLimits.Span(low: range[0], high: range[1]))
        if !polynomial.isOneToOne {
            listed?.warning(
                "the polynomial turns within `raw_range`: two raw values become the same value;"
                    + " fewer coefficients or a narrower range are safer")
        }
        return .polynomial(polynomial)
    }

    func table() -> Calibration.Form? {
        let listed = entry.required("points", example: "[[300, 2.90], [3200, 0.00]]")
        let ends = entry.required("ends", example: "bound")?
            .choice(["bound": TableCalibration.Ends.bound, "fail": .fail])
        guard let listed, let rows = listed.list() else { return nil }
        let points = rows.compactMap { row in
            row.numbers(in: 2...2).map { TableCalibration.Point(raw: $0[0], value: $0[1]) }
        }
        guard points.count == rows.count else { return nil }
        guard (2...TableCalibration.pointLimit).contains(points.count) else {
            listed.error(
                "`points` has \(points.count) points; it takes 2 to \(TableCalibration.pointLimit)")
            return nil
        }
        for (row, pair) in zip(rows.dropFirst(), zip(points, points.dropFirst()))
        where pair.0.raw >= pair.1.raw {
            row.error(
                "the raw value \(pair.1.raw) does not lie above the one before, \(pair.0.raw); order"
                    + " the points by rising raw value, each once")
            return nil
        }
        return ends.map { .table(TableCalibration(points: points, ends: $0)) }
    }

    func tippingBucket() -> Calibration.Form? {
        let depthValue = entry.required("depth", example: "0.5")
        let depth = depthValue?.number(in: 0.001...10, unit: "mm")
        let dead = entry.required("dead_time", example: "0.5")?.number(in: 0...5, unit: "seconds")
        guard let depth, let dead else { return nil }
        return .tippingBucket(
            TippingBucketCalibration(depthMillimetres: depth, deadSeconds: dead))
    }

    private func companion(
        _ value: YAMLValue, _ quantity: CompanionSection.Quantity, range: ClosedRange<Double>
    ) -> Companion? {
        CompanionSection.read(value, quantity: quantity, range: range, station: station)
    }
}

extension YAMLValue {
    /// A list of so many numbers.
    fileprivate func numbers(in counts: ClosedRange<Int>) -> [Double]? {
        guard let entries = list() else { return nil }
        guard counts.contains(entries.count) else {
            let least = counts.lowerBound
            let words = counts.count == 1 ? "\(least)" : "\(least) to \(counts.upperBound)"
            error("`\(name)` must be \(words) numbers in brackets, not \(entries.count)")
            return nil
        }
        let numbers = entries.compactMap { $0.number(in: -1e12...1e12) }
        return numbers.count == entries.count ? numbers : nil
    }
}
