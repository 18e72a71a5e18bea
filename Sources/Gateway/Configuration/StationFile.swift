package import GatewayModel

/// A station file: one pole, its sensors and its levels.
///
/// It is the first word on a station; what the console changes later lives in the database. The
/// parameters of the quality checks carry ioos_qc's names and units, so that a student's Python and
/// the gateway share them.
package struct StationFile: Sendable {
    package let station: Station
    /// What a person should look at; the station can be used all the same.
    package let warnings: [ConfigurationProblem]

    /// Reads a station file from disk.
    ///
    /// - Throws: every error and warning of the file, where there is at least one error.
    package static func load(path: String) throws(ConfigurationProblems) -> StationFile {
        let reader = YAMLReader(file: path)
        let parsed = reader.contents().flatMap { ParsedStation(text: $0, reader: reader) }
        return try finish(parsed, reader: reader)
    }

    /// Reads a station file that is already in memory.
    ///
    /// - Parameters:
    ///   - text: the YAML.
    ///   - file: the name that messages give it.
    /// - Returns: the station and the warnings.
    /// - Throws: every error and warning of the text, where there is at least one error.
    package static func parse(
        _ text: String, file: String
    ) throws(ConfigurationProblems) -> StationFile {
        let reader = YAMLReader(file: file)
        return try finish(ParsedStation(text: text, reader: reader), reader: reader)
    }

    private static func finish(
        _ parsed: ParsedStation?, reader: YAMLReader
    ) throws(ConfigurationProblems) -> StationFile {
        let problems = ConfigurationProblems(reader.problems)
        guard let parsed, problems.errors.isEmpty else { throw problems }
        return StationFile(station: parsed.station, warnings: problems.warnings)
    }
}

/// A station as far as it could be read, with the place of its id for complaints across files.
struct ParsedStation {
    let station: Station
    let idPlace: YAMLReader.Place

    /// Reads a station; problems go to `reader`, and nil means that not even an id was found.
    init?(text: String, reader: YAMLReader) {
        guard let file = reader.compose(text)?.mapping(keys: ["station", "sensors", "levels"])
        else { return nil }
        let head = file.required("station", example: "{ id: seiryuji-01, name: 青龍寺川 第1 }")
            .flatMap(StationHead.init)
        // Sensors are read even under a station without a usable id, so that their faults show too.
        let placeholder = StationID("unnamed")
        let sensorList = file.required("sensors", example: "[ … ]")
        var sensors: [SensorDescription] = []
        if let id = head?.station.id ?? placeholder {
            sensors = sensorList.map { SensorList.read($0, station: id) } ?? []
        }
        let levels = file["levels"].map(LevelSection.read) ?? FloodLevels()
        guard let head else { return nil }
        var station = head.station
        station.sensors = sensors
        station.levels = levels
        if station.position == nil, sensors.contains(where: { $0.limits.location != nil }) {
            for entry in sensorList?.list() ?? [] {
                entry["qc"]?["location"]?.error(
                    "nobody knows where the station stands; give it `latitude` and `longitude`")
            }
        }
        let hasErrors = reader.problems.contains { $0.severity == .error }
        if !levels.thresholdMetres.isEmpty, station.stageSensor == nil,
            station.floatSwitches.isEmpty, !hasErrors
        {
            file["levels"]?.warning(
                "this station has flood levels but no sensor of a `stage.…` kind to compare with")
        }
        if !levels.thresholdMetres.isEmpty, !hasErrors {
            Self.warnOfSeveralStages(sensors, sensorList?.list() ?? [])
        }
        self.station = station
        self.idPlace = head.idPlace
    }

    /// A second stage sensor raises alarms as the first one does. Where it hangs over other water nobody
    /// can see but a person, who says either.
    private static func warnOfSeveralStages(
        _ sensors: [SensorDescription], _ entries: [YAMLValue]
    ) {
        let speaking = zip(sensors, entries).filter { $0.0.kind.isStage && $0.0.speaksOfLevel }
        guard let first = speaking.first else { return }
        for (sensor, entry) in speaking.dropFirst() where entry["speaks_of_level"] == nil {
            entry.warning(
                "`\(sensor.id.local)` speaks of the levels beside `\(first.0.id.local)`: it raises,"
                    + " confirms and holds up alarms; write `speaks_of_level: false` if it measures"
                    + " other water or above another zero, else `speaks_of_level: true`")
        }
    }
}

/// The `station:` section.
private struct StationHead {
    let station: Station
    let idPlace: YAMLReader.Place

    init?(_ value: YAMLValue) {
        let keys = [
            "id", "name", "name_en", "river", "latitude", "longitude", "datum", "timezone",
            "attribution",
        ]
        guard let section = value.mapping(keys: keys) else { return nil }
        let idValue = section.required("id", example: "seiryuji-01")
        let id = idValue?.slug().flatMap(StationID.init)
        let name = section.required("name", example: "青龍寺川 第1")?.line()
        let river = section.required("river", example: "青龍寺川")?.line()
        let latitude = section["latitude"]?.number(in: -90...90, unit: "degrees north")
        let longitude = section["longitude"]?.number(in: -180...180, unit: "degrees east")
        if (section["latitude"] == nil) != (section["longitude"] == nil) {
            (section["latitude"] ?? section["longitude"] ?? value).error(
                "`latitude` and `longitude` belong together; give both or neither")
        }
        let nameEnglish = section["name_en"]?.line()
        let datum = section["datum"].flatMap(Self.datum)
        let offsetSeconds = section["timezone"].map(Self.offsetSeconds) ?? 32_400
        let attribution = section["attribution"]?.text()
        guard let id, let idValue else { return nil }
        self.station = Station(
            id: id, name: name ?? id.text, nameEnglish: nameEnglish, river: river ?? "",
            latitude: latitude, longitude: longitude, datum: datum, offsetSeconds: offsetSeconds,
            attribution: attribution)
        self.idPlace = idValue.place
    }

    private static func datum(_ value: YAMLValue) -> Datum? {
        guard let section = value.mapping(keys: ["name", "zero_m"]) else { return nil }
        let name = section.required("name", example: "T.P.")?.line()
        // From the Dead Sea's shore to the highest lakes.
        let zero = section.required("zero_m", example: "12.340")?.number(in: -500...9000, unit: "m")
        guard let name, let zero else { return nil }
        return Datum(name: name, zeroMetres: zero)
    }

    /// The zone's offset in seconds; Japan's after a complaint.
    private static func offsetSeconds(_ value: YAMLValue) -> Int {
        guard let text = value.line() else { return 32_400 }
        switch StationTimeZone.find(text) {
        case .fixed(let offset): return offset
        case .changing(let least, let greatest):
            value.error(
                "the clocks of `\(text)` change between \(StationTimeZone.written(least)) and"
                    + " \(StationTimeZone.written(greatest)), which would tear a hole into the"
                    + " station's tables once a year; write the fixed offset you want, such as"
                    + " `\(StationTimeZone.written(least))`")
        case .unknown:
            value.error(
                "`\(text)` is no time zone; write an IANA name such as `Asia/Tokyo` or an offset"
                    + " such as `+09:00`")
        }
        return 32_400
    }
}

extension YAMLValue {
    /// A slug as station and sensor ids are.
    func slug() -> String? {
        guard let text = line() else { return nil }
        guard StationID(text) != nil else {
            error(
                "`\(text)` cannot be an id: it stands in topics, file names and URLs, so use 1 to"
                    + " 63 of a–z, 0–9, `-` and `_`, beginning with a letter or digit")
            return nil
        }
        return text
    }
}
