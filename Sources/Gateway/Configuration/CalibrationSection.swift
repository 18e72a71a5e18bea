import GatewayModel

/// The `calibration:` section of a sensor: how its raw value becomes a value.
struct CalibrationSection {
    private enum Form: String, CaseIterable {
        case linear
        case counter
        case bound
        case ultrasonic
        case pressure
        case currentLoop = "current_loop"
        case polynomial
        case table
        case tippingBucket = "tipping_bucket"

        /// The keys beside `type` and `unit`.
        var keys: [String] {
            switch self {
            case .linear: ["offset", "scale"]
            case .counter: ["scale"]
            case .bound: ["elevation"]
            case .ultrasonic: ["height", "tilt", "temperature", "assumed_speed"]
            case .pressure:
                ["reference", "elevation", "density", "temperature", "gravity", "barometer"]
            case .currentLoop: ["low", "high", "fault_below", "fault_above"]
            case .polynomial: ["coefficients", "raw_range"]
            case .table: ["points", "ends"]
            case .tippingBucket: ["depth", "dead_time"]
            }
        }

        /// Whether the unit of its values is given by physics.
        var isPhysics: Bool { self == .ultrasonic || self == .pressure || self == .tippingBucket }

        /// Whether a stage can come out of it.
        var isForStages: Bool { self != .counter && self != .tippingBucket && self != .bound }
    }

    private let kind: SensorKind
    private let rawUnit: String
    private let station: StationID
    /// The unit that values of this kind are kept in; nil where any will do.
    private let unit: String?

    /// Reads the calibration of a sensor's section.
    ///
    /// - Parameters:
    ///   - section: the sensor's section.
    ///   - kind: its kind.
    ///   - rawUnit: the unit of its raw values; empty where that was a mistake.
    ///   - station: the pole it hangs on.
    /// - Returns: the calibration; where the section has none, the identity in the raw unit if that
    ///   makes sense. Nil after a mistake was reported.
    static func read(
        _ section: YAMLMapping, kind: SensorKind, rawUnit: String, station: StationID
    ) -> Calibration? {
        let reader = CalibrationSection(kind: kind, rawUnit: rawUnit, station: station)
        guard let value = section["calibration"] else {
            return reader.identity(at: section["unit"] ?? section.value)
        }
        return reader.read(value)
    }

    private init(kind: SensorKind, rawUnit: String, station: StationID) {
        self.kind = kind
        self.station = station
        self.rawUnit = rawUnit
        unit = kind.isStage || kind.isFloatSwitch ? "m" : kind.isRain ? "mm" : nil
    }

    private func identity(at place: YAMLValue) -> Calibration? {
        if kind.isFloatSwitch {
            place.error(
                "a `\(kind)` says only on which side of its own height the water is; add for"
                    + " example `calibration: { type: bound, elevation: 2.50, unit: m }`")
            return nil
        }
        guard let unit, unit != rawUnit, !rawUnit.isEmpty else {
            return Calibration(form: .linear(offset: 0, scale: 1), unit: rawUnit)
        }
        let example =
            rawUnit == "tips"
            ? "type: counter, scale: 0.5, unit: \(unit)"
            : "type: linear, offset: 0, scale: 0.001, unit: \(unit)"
        place.error(
            "the raw values are in `\(rawUnit)` but a `\(kind)` is kept in `\(unit)`; add for"
                + " example `calibration: { \(example) }`")
        return nil
    }

    private func read(_ value: YAMLValue) -> Calibration? {
        let ownKeys = Set(Form.allCases.flatMap(\.keys)).sorted()
        guard let entry = value.mapping(keys: ["type"] + ownKeys + ["unit"]) else { return nil }
        let usual: Form = kind.isFloatSwitch ? .bound : .linear
        let typeValue = entry.required("type", example: usual.rawValue)
        let chosen = typeValue?.choice([
            "linear": Form.linear, "counter": .counter, "bound": .bound,
            "ultrasonic": .ultrasonic, "pressure": .pressure, "current_loop": .currentLoop,
            "polynomial": .polynomial, "table": .table, "tipping_bucket": .tippingBucket,
        ])
        guard let typeValue, let chosen, fits(chosen, at: typeValue) else { return nil }
        for key in ownKeys where !chosen.keys.contains(key) {
            entry[key]?.error(
                "`\(key)` says nothing in a calibration of type `\(chosen.rawValue)`; remove it")
        }
        let form = form(chosen, entry)
        let unitValue = entry.required("unit", example: unit ?? rawUnit)
        let written = unitValue?.line()
        if let unit, let written, written != unit {
            let keys = chosen.keys.map { "`\($0)`" }.joined(separator: " and ")
            let advice = chosen.isPhysics ? "" : "let \(keys) give `\(unit)` and "
            unitValue?.error(
                "a `\(kind)` is kept in `\(unit)`; \(advice)write `unit: \(unit)`")
        }
        guard let form, let written else { return nil }
        return Calibration(form: form, unit: written)
    }

    /// Whether sensors of this kind can have such a calibration; what does not fit is reported.
    private func fits(_ form: Form, at place: YAMLValue) -> Bool {
        if form == .bound, !kind.isFloatSwitch {
            place.error(
                "only a `stage.float` has a calibration of type `bound`; a `\(kind)` measures, so"
                    + " write `type: linear`")
        } else if form != .bound, kind.isFloatSwitch {
            place.error(
                "a `\(kind)` says only on which side of its own height the water is; write"
                    + " `type: bound` and its `elevation`")
        } else if kind.isStage, !form.isForStages {
            place.error(
                "a `\(kind)` counts nothing; `\(form.rawValue)` is for cumulative counts such as a"
                    + " tipping bucket's, so write `type: linear`")
        } else if form == .ultrasonic || form == .pressure, !kind.isStage {
            place.error(
                "`\(form.rawValue)` gives a stage, and a `\(kind)` is none; write `type: linear`")
        } else if form == .tippingBucket, !kind.isRain {
            place.error(
                "`tipping_bucket` gives rain, and a `\(kind)` is none; write `type: counter`")
        } else if !rawUnit.isEmpty,
            let units = CalibrationFormReader.unitsInstead(of: rawUnit, form: form.rawValue)
        {
            let words = units.map { "`\($0)`" }.joined(separator: " or ")
            place.error(
                "a calibration of type `\(form.rawValue)` reads raw values in \(words), not in"
                    + " `\(rawUnit)`; let the sensor's `unit` say what it sends")
        } else {
            return true
        }
        return false
    }

    private func form(_ form: Form, _ entry: YAMLMapping) -> Calibration.Form? {
        let bound = 1e9
        let reader = CalibrationFormReader(entry: entry, rawUnit: rawUnit, station: station)
        switch form {
        case .linear:
            let offset = entry.required("offset", example: "3.200")?.number(in: -bound...bound)
            let scale = scale(entry, example: "-0.001", range: -bound...bound)
            guard let offset, let scale else { return nil }
            return .linear(offset: offset, scale: scale)
        case .counter:
            return scale(entry, example: "0.5", range: 0...bound).map { .counter(scale: $0) }
        case .bound:
            return entry.required("elevation", example: "2.50")?
                .number(in: LevelSection.stageRange, unit: "m").map { .bound(elevationMetres: $0) }
        case .ultrasonic: return reader.ultrasonic()
        case .pressure: return reader.pressure()
        case .currentLoop: return reader.currentLoop()
        case .polynomial: return reader.polynomial()
        case .table: return reader.table()
        case .tippingBucket: return reader.tippingBucket()
        }
    }

    private func scale(
        _ entry: YAMLMapping, example: String, range: ClosedRange<Double>
    ) -> Double? {
        let value = entry.required("scale", example: example)
        let scale = value?.number(in: range)
        if scale == 0 {
            value?.error(
                "`scale` is 0, so that every raw value would become the same; write the value's"
                    + " change per \(rawUnit)")
        }
        return scale
    }
}
