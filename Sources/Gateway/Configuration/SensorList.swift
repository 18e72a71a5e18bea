import GatewayModel

/// The `sensors:` section of a station file.
enum SensorList {
    /// The kinds that this version knows; others are taken as they are.
    private static let knownKinds = [
        "stage.ultrasonic", "stage.pressure", "stage.radar", "stage.lidar", "stage.float",
        "rain.tipping", "temperature.air", "temperature.water", "pressure.air", "battery.voltage",
        "contact.door", "contact.tamper", "camera",
    ]

    /// Reads sensors.
    ///
    /// - Parameters:
    ///   - value: the list.
    ///   - station: the pole they hang on.
    ///   - isWhole: whether the list has all sensors of a station file.
    /// - Returns: those that could be read.
    static func read(
        _ value: YAMLValue, station: StationID, isWhole: Bool = true
    ) -> [SensorDescription] {
        guard let entries = value.list() else { return [] }
        if entries.isEmpty { value.error("`sensors` is empty; a station has at least one sensor") }
        var places: [SensorID: Int] = [:]
        var sensors: [(sensor: SensorDescription, section: YAMLValue)] = []
        for entry in entries {
            guard let (sensor, place) = sensor(entry, station: station) else { continue }
            if let line = places[sensor.id] {
                entry.reader.report(
                    "sensor `\(sensor.id.local)` is described on line \(line) already; each id"
                        + " stands once in a station", at: place)
                continue
            }
            places[sensor.id] = place.line
            sensors.append((sensor, entry))
        }
        CompanionSection.check(sensors, isWhole: isWhole)
        QualitySection.check(sensors, isWhole: isWhole)
        return sensors.map(\.sensor)
    }

    private static func sensor(
        _ value: YAMLValue, station: StationID
    ) -> (SensorDescription, YAMLReader.Place)? {
        let keys = [
            "id", "name", "kind", "unit", "calibration", "qc", "filter", "interval", "wildlife",
            "device", "speaks_of_level", "battery_low",
        ]
        guard
            let section = YAMLValue(reader: value.reader, node: value.node, name: "a sensor")
                .mapping(keys: keys)
        else { return nil }
        let idValue = section.required("id", example: "stage-1")
        let id = idValue?.slug().flatMap { SensorID(station: station, local: $0) }
        let kind = section.required("kind", example: "stage.ultrasonic").flatMap(kind)
        let name = section["name"]?.line()
        let interval = section["interval"]?.number(in: 0.001...604_800, unit: "seconds")
        var limits =
            section["qc"].map {
                QualitySection.read($0, intervalSeconds: interval, station: station)
            } ?? QualityLimits()
        let filter = section["filter"].flatMap(FilterSection.read)
        let device = section["device"]?.deviceID()
        let speaks = section["speaks_of_level"]?.choice(["true": true, "false": false])
        let batteryLow = section["battery_low"]?.number(in: 0.5...100, unit: "V")
        guard let kind else { return nil }

        var rawUnit = ""
        var calibration: Calibration? = Calibration(
            form: .linear(offset: 0, scale: 1), unit: "")
        if kind.isCamera {
            for key in ["unit", "calibration", "qc", "filter", "device", "battery_low"] {
                section[key]?.error("a camera measures nothing; remove `\(key)`")
            }
        } else {
            rawUnit =
                section.required("unit", example: exampleUnit(of: kind))?.line() ?? ""
            calibration = CalibrationSection.read(
                section, kind: kind, rawUnit: rawUnit, station: station)
            if kind.isFloatSwitch { warnOfMeasuredChecks(limits, section["qc"], kind) }
            if let calibration, let checks = section["qc"] {
                QualitySection.fit(&limits, checks, kind: kind, calibration: calibration)
            }
        }
        if !kind.isStage, !kind.isFloatSwitch {
            section["speaks_of_level"]?.error(
                "only a sensor of a `stage.…` kind speaks of the level; remove it")
        }
        let wildlife = Self.wildlife(section, kind: kind)
        guard let id, let idValue, let calibration else { return nil }
        return (
            SensorDescription(
                id: id, name: name, kind: kind, rawUnit: rawUnit, calibration: calibration,
                limits: limits, expectedIntervalSeconds: interval, wildlife: wildlife,
                device: device, filter: filter, isApartFromLevels: speaks == false,
                batteryLowVolts: batteryLow),
            idValue.place
        )
    }

    /// A float switch says only on which side of a height the water is.
    private static func warnOfMeasuredChecks(
        _ limits: QualityLimits, _ section: YAMLValue?, _ kind: SensorKind
    ) {
        let asked: [(QualityCheck, Bool)] = [
            (.spike, limits.spike != nil), (.rateOfChange, limits.rateOfChange != nil),
            (.flatLine, limits.flatLine != nil),
            (.attenuatedSignal, limits.attenuatedSignal != nil),
            (.multiVariate, limits.multiVariate != nil), (.neighbor, limits.neighbor != nil),
            (.temperatureArtefact, limits.temperatureArtefact != nil),
        ]
        for (check, isAsked) in asked where isAsked {
            section?.warning(
                "a `\(kind)` measures nothing that could change at a rate; `\(check.name)` will"
                    + " read 2, not evaluated")
        }
    }

    private static func kind(_ value: YAMLValue) -> SensorKind? {
        guard let text = value.line() else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isWord = { (part: Substring) in
            !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
        }
        guard parts.count <= 4, parts.allSatisfy(isWord) else {
            value.error(
                "`\(text)` cannot be a kind; write small letters parted by dots, such as"
                    + " `stage.ultrasonic`")
            return nil
        }
        if !knownKinds.contains(text), let near = nearest(to: text, among: knownKinds) {
            value.warning("the kind `\(text)` is new to us; did you mean `\(near)`?")
        }
        return SensorKind(text)
    }

    /// What a sensor of this kind usually sends.
    private static func exampleUnit(of kind: SensorKind) -> String {
        if kind.isStage { return "mm" }
        if kind.isRain { return "tips" }
        return kind.isFloatSwitch || kind.isContact ? "state" : "V"
    }

    // MARK: Wildlife

    private static func wildlife(_ section: YAMLMapping, kind: SensorKind) -> WildlifeRules? {
        guard kind.isCamera else {
            section["wildlife"]?.error("only a sensor of kind `camera` has `wildlife`; remove it")
            return nil
        }
        var rules = WildlifeRules(minimumConfidence: 0.6, cooldownSeconds: 600, species: [])
        let keys = ["minimum_confidence", "cooldown", "species"]
        guard let entry = section["wildlife"]?.mapping(keys: keys) else { return rules }
        if let least = entry["minimum_confidence"]?.number(in: 0...1) {
            rules.minimumConfidence = least
        }
        if let seconds = entry["cooldown"]?.number(in: 0...604_800, unit: "seconds") {
            rules.cooldownSeconds = seconds
        }
        rules.species = entry["species"]?.list()?.compactMap { $0.line() } ?? []
        return rules
    }
}
