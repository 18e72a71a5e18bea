import GatewayModel
import Hydrology

/// The checks that look at other sensors, at the ends of the measuring range and at the payload; and
/// whether what they look at is there.
extension QualitySection {
    private static let seconds = 1...86_400.0

    static func syntax(_ value: YAMLValue) -> QualityLimits.Syntax? {
        guard let section = value.mapping(keys: ["require"]),
            let entry = section.required("require", example: "[device_time, sequence]"),
            let list = entry.list()
        else { return nil }
        if list.isEmpty { entry.error("`require` is empty; name a field or remove `syntax`") }
        let fields = list.compactMap { $0.choice(["device_time": 0, "sequence": 1]) }
        return QualityLimits.Syntax(
            requiresTime: fields.contains(0), requiresSequence: fields.contains(1))
    }

    static func location(_ value: YAMLValue) -> QualityLimits.Location? {
        guard let section = value.mapping(keys: ["range_max"]) else { return nil }
        return section.required("range_max", example: "500")?.number(in: 1...1e6, unit: "metres")
            .map { QualityLimits.Location(rangeMetres: $0) }
    }

    static func neighbor(_ value: YAMLValue, station: StationID) -> QualityLimits.Neighbor? {
        let keys = ["sensor", "suspect_threshold", "fail_threshold", "max_age"]
        guard let section = value.mapping(keys: keys) else { return nil }
        let sensor = sensor(section, example: "stage-2", station: station)
        let suspect = section.required("suspect_threshold", example: "0.1")?.number(in: positive)
        let failValue = section["fail_threshold"]
        let fail = failValue?.number(in: positive)
        let age = section.required("max_age", example: "600")?.number(in: seconds, unit: "seconds")
        guard let sensor, let suspect, let age else { return nil }
        if let fail, fail < suspect {
            failValue?.error(
                "`fail_threshold` \(fail) is below `suspect_threshold` \(suspect); raise it")
        }
        return QualityLimits.Neighbor(
            sensor: sensor, suspectThreshold: suspect, failThreshold: fail, greatestAgeSeconds: age)
    }

    static func multiVariate(
        _ value: YAMLValue, station: StationID
    ) -> QualityLimits.MultiVariate? {
        let keys = [
            "sensor", "rise_threshold", "window", "rain_threshold", "rain_window", "max_age",
        ]
        guard let section = value.mapping(keys: keys) else { return nil }
        let sensor = sensor(section, example: "rain-1", station: station)
        let rise = section.required("rise_threshold", example: "0.3")?.number(in: positive)
        let window = section.required("window", example: "3600").flatMap(window)
        let rain = section.required("rain_threshold", example: "2")?
            .number(in: 0...1000, unit: "mm")
        let rainWindow = section.required("rain_window", example: "21600")?
            .number(in: 600...QualityLimits.MultiVariate.longestRainSeconds, unit: "seconds")
        let age = section.required("max_age", example: "3600")?.number(in: seconds, unit: "seconds")
        guard let sensor, let rise, let window, let rain, let rainWindow, let age else {
            return nil
        }
        return QualityLimits.MultiVariate(
            rainSensor: sensor, riseThreshold: rise, windowSeconds: window,
            rainThresholdMillimetres: rain, rainWindowSeconds: rainWindow, greatestAgeSeconds: age)
    }

    static func temperatureArtefact(
        _ value: YAMLValue, station: StationID
    ) -> QualityLimits.TemperatureArtefact? {
        let keys = ["sensor", "max_age", "suspect_span", "follows"]
        guard let section = value.mapping(keys: keys) else { return nil }
        let sensor = sensor(section, example: "box-1", station: station)
        let age = section.required("max_age", example: "900")?.number(in: seconds, unit: "seconds")
        let suspect = section["suspect_span"].flatMap(span)
        let following = section["follows"].flatMap(following)
        if section["suspect_span"] == nil, section["follows"] == nil {
            value.error(
                "`temperature_artefact` needs `suspect_span`, `follows` or both; add for example"
                    + " `suspect_span: [-20, 50]`")
        }
        guard let sensor, let age else { return nil }
        return QualityLimits.TemperatureArtefact(
            sensor: sensor, greatestAgeSeconds: age, suspect: suspect, following: following)
    }

    private static func following(
        _ value: YAMLValue
    ) -> QualityLimits.TemperatureArtefact.Following? {
        let keys = ["window", "change", "effect", "sensitivity", "correlation"]
        guard let section = value.mapping(keys: keys) else { return nil }
        let window = section.required("window", example: "21600").flatMap(window)
        let change = section.required("change", example: "10")?.number(in: 0.1...100, unit: "°C")
        let effect = section.required("effect", example: "0.03")?.number(in: positive)
        let sensitivity = section.required("sensitivity", example: "0.012")?.number(in: positive)
        let correlation = section["correlation"].map { $0.number(in: 0...1) } ?? 0.9
        guard let window, let change, let effect, let sensitivity, let correlation else {
            return nil
        }
        return QualityLimits.TemperatureArtefact.Following(
            windowSeconds: window, changeCelsius: change, effect: effect, sensitivity: sensitivity,
            correlation: correlation)
    }

    static func measuringRange(_ value: YAMLValue) -> QualityLimits.MeasuringRange? {
        guard let section = value.mapping(keys: ["blanking", "maximum"]) else { return nil }
        let blanking = section["blanking"]?.number()
        let maximumValue = section["maximum"]
        let maximum = maximumValue?.number()
        if section["blanking"] == nil, maximumValue == nil {
            value.error(
                "`measuring_range` needs `blanking`, `maximum` or both; add for example"
                    + " `blanking: 300`")
        }
        if let blanking, let maximum, maximum <= blanking {
            maximumValue?.error(
                "`maximum` \(maximum) must be above `blanking` \(blanking): between them the sensor"
                    + " can see")
        }
        return QualityLimits.MeasuringRange(blanking: blanking, maximum: maximum)
    }

    /// The depth of a tip is filled in from the calibration; 0 until then.
    static func tipBounce(_ value: YAMLValue) -> QualityLimits.TipBounce? {
        guard let section = value.mapping(keys: ["maximum_intensity", "depth"]) else { return nil }
        let intensity = section.required("maximum_intensity", example: "300")?
            .number(in: 1...2000, unit: "mm/h")
        let depth = section["depth"].map { $0.number(in: 0.01...10, unit: "mm") } ?? 0
        guard let intensity, let depth else { return nil }
        return QualityLimits.TipBounce(
            greatestMillimetresPerHour: intensity, depthMillimetres: depth)
    }

    private static func sensor(
        _ section: YAMLMapping, example: String, station: StationID
    ) -> SensorID? {
        section.required("sensor", example: example)?.slug()
            .flatMap { SensorID(station: station, local: $0) }
    }

    // MARK: - Whether the checks fit the sensor

    /// Takes from the calibration what the checks need of it, and says where they do not fit it.
    ///
    /// - Parameters:
    ///   - limits: the sensor's limits; what is missing is filled in.
    ///   - section: the `qc:` section.
    ///   - kind: what the sensor measures.
    ///   - calibration: how its raw value becomes a value.
    static func fit(
        _ limits: inout QualityLimits, _ section: YAMLValue, kind: SensorKind,
        calibration: Calibration
    ) {
        if let range = limits.measuringRange, let place = section[QualityCheck.measuringRange.name],
            calibration.isCumulative || kind.isFloatSwitch || rises(calibration, from: range)
        {
            place.error(
                "`measuring_range` is for sensors that look down on the water, whose values fall while"
                    + " the raw value rises; take `gross_range`, or a calibration of type `table`"
                    + " with `ends: bound`, for others")
        }
        guard var bounce = limits.tipBounce, let place = section[QualityCheck.tipBounce.name] else {
            return
        }
        guard kind.isRain else {
            place.error("`tip_bounce` is for rain gauges, and this is a `\(kind)`; remove it")
            return
        }
        if bounce.depthMillimetres == 0 {
            switch calibration.form {
            case .counter(let scale): bounce.depthMillimetres = scale
            case .tippingBucket(let bucket): bounce.depthMillimetres = bucket.depthMillimetres
            default:
                place.error(
                    "`tip_bounce` needs `depth`, the rain of one tip in mm, because the calibration"
                        + " counts no tips; add for example `depth: 0.5`")
            }
        }
        limits.tipBounce = bounce
    }

    /// Whether values rise with the raw value at an end of the range.
    private static func rises(
        _ calibration: Calibration, from range: QualityLimits.MeasuringRange
    ) -> Bool {
        [range.blanking, range.maximum].compactMap { $0 }.contains { raw in
            let step = max(1, raw.magnitude / 100)
            guard let low = calibration.convert(raw: raw - step).value,
                let high = calibration.convert(raw: raw + step).value
            else { return false }
            return high > low
        }
    }

    /// Looks whether the sensors that checks look at are there, and fit.
    ///
    /// - Parameters:
    ///   - sensors: a station's sensors, each with its section.
    ///   - isWhole: whether these are all that the file has.
    static func check(_ sensors: [(sensor: SensorDescription, section: YAMLValue)], isWhole: Bool) {
        for (sensor, section) in sensors {
            let limits = sensor.limits
            let asked: [(QualityCheck, SensorID?, (SensorDescription) -> String?)] = [
                (.neighbor, limits.neighbor?.sensor, { neighborFault($0, sensor) }),
                (.multiVariate, limits.multiVariate?.rainSensor, rainFault),
                (.temperatureArtefact, limits.temperatureArtefact?.sensor, temperatureFault),
            ]
            for (check, id, fault) in asked {
                guard let id, let place = section["qc"]?[check.name]?["sensor"] else { continue }
                guard id != sensor.id else {
                    place.error("a sensor cannot be held against itself; name another one")
                    continue
                }
                guard let other = sensors.first(where: { $0.sensor.id == id })?.sensor else {
                    // A device may have been adopted as it, or will be.
                    if isWhole {
                        place.warning(
                            "this file has no such sensor; until a device is adopted as it,"
                                + " `\(check.name)` will read 2, not evaluated")
                    }
                    continue
                }
                if let fault = fault(other) { place.error(fault) }
            }
        }
    }

    private static func neighborFault(
        _ other: SensorDescription, _ sensor: SensorDescription
    ) -> String? {
        guard other.calibration.unit == sensor.calibration.unit, !other.kind.isCamera,
            !other.kind.isFloatSwitch,
            other.calibration.isCumulative == sensor.calibration.isCumulative
        else {
            return "`\(other.id.local)` is a `\(other.kind)` in `\(other.calibration.unit)`; only a"
                + " sensor that measures the same in `\(sensor.calibration.unit)` can be compared"
        }
        return nil
    }

    private static func rainFault(_ other: SensorDescription) -> String? {
        other.kind.isRain
            ? nil : "`\(other.id.local)` is a `\(other.kind)`; name a rain gauge, such as `rain-1`"
    }

    private static func temperatureFault(_ other: SensorDescription) -> String? {
        let units = CompanionSection.Quantity.temperature.units
        guard !other.calibration.isCumulative, units.contains(other.calibration.unit) else {
            let words = units.map { "`\($0)`" }.joined(separator: ", ")
            return "`\(other.id.local)` is a `\(other.kind)` in `\(other.calibration.unit)`; a"
                + " temperature is kept in one of \(words)"
        }
        return nil
    }
}
