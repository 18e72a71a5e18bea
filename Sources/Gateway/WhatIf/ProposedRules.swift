import GatewayModel
import GatewayPorts

/// A station under other rules, read from what somebody proposes.
enum ProposedRules {
    /// The name of the lines in messages.
    static let name = "lines"
    /// The most bytes of lines: a whole station file of twenty sensors has fewer.
    static let greatestByteCount = 16_384

    /// Reads a proposal.
    ///
    /// - Parameters:
    ///   - proposal: what is proposed.
    ///   - present: the station as it is.
    /// - Returns: the station under the other rules, and the sensors that are described anew.
    /// - Throws: every error with its line and column; thresholds have none, and stand at 1:1.
    static func read(
        _ proposal: PastQuestion.Proposal, of present: Station
    ) throws(ConfigurationProblems) -> (station: Station, described: Set<SensorID>) {
        switch proposal {
        case .thresholds(let thresholds):
            (try station(present, thresholds), [])
        case .lines(let lines): try read(lines, of: present)
        }
    }

    /// The same station with other thresholds, held to the rules of a station file.
    private static func station(
        _ present: Station, _ thresholds: [FloodLevel: Double?]
    ) throws(ConfigurationProblems) -> Station {
        let reader = YAMLReader(file: "thresholds")
        let place = YAMLReader.Place(line: 1, column: 1)
        var station = present
        for (level, metres) in thresholds {
            if let metres, !(LevelSection.stageRange.contains(metres)) {
                reader.report(
                    "`\(level.key)` is \(metres); it must be from"
                        + " \(LevelSection.stageRange.lowerBound) to"
                        + " \(LevelSection.stageRange.upperBound) m", at: place)
            }
            station.levels.thresholdMetres[level] = metres
        }
        let ordered = station.levels.thresholdMetres.sorted { $0.key < $1.key }
        for (lower, higher) in zip(ordered, ordered.dropFirst()) where higher.value < lower.value {
            reader.report(
                "`\(higher.key.key)` is \(higher.value) m, below `\(lower.key.key)` at"
                    + " \(lower.value) m; levels must not fall from standby to overflow", at: place)
        }
        let problems = ConfigurationProblems(reader.problems)
        guard problems.errors.isEmpty else { throw problems }
        return station
    }

    private static func read(
        _ lines: String, of present: Station
    ) throws(ConfigurationProblems) -> (station: Station, described: Set<SensorID>) {
        let reader = YAMLReader(file: name)
        var station = present
        var described: Set<SensorID> = []
        if lines.utf8.count > greatestByteCount {
            reader.report(
                "the text has \(lines.utf8.count) bytes; at most \(greatestByteCount) are taken",
                at: YAMLReader.Place(line: 1, column: 1))
        } else if let file = reader.compose(lines),
            let section = file.mapping(keys: ["sensors", "levels"])
        {
            if let levels = section["levels"] { station.levels = LevelSection.read(levels) }
            if let sensors = section["sensors"] {
                for sensor in SensorList.read(sensors, station: present.id, isWhole: false) {
                    guard station.sensors.contains(where: { $0.id == sensor.id }) else {
                        sensors.error(
                            "the station has no sensor `\(sensor.id.local)`; nothing of it is"
                                + " stored")
                        continue
                    }
                    station.take(sensor)
                    described.insert(sensor.id)
                }
                // Each against the ones beside it, which the lines need not name.
                CompanionSection.check(station.sensors.map { ($0, sensors) }, isWhole: false)
            }
            if section["levels"] == nil, section["sensors"] == nil {
                file.error("write `levels:`, `sensors:` or both, as in a station file")
            }
        }
        let problems = ConfigurationProblems(reader.problems)
        guard problems.errors.isEmpty else { throw problems }
        return (station, described)
    }
}
