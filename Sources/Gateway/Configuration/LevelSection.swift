import GatewayModel

/// The `levels:` section of a station file.
enum LevelSection {
    /// Stages beyond it are slips of the unit: no gauge of ours spans a hundred metres.
    static let stageRange = -100.0...100.0

    static func read(_ value: YAMLValue) -> FloodLevels {
        var levels = FloodLevels()
        let keys =
            ["observation_start"] + FloodLevel.allCases.map(\.key)
            + ["hysteresis", "hold", "criterion", "wording_2026_from"]
        guard let section = value.mapping(keys: keys) else { return levels }
        levels.observationStartMetres =
            section["observation_start"]?.number(in: stageRange, unit: "m")
        var below: (level: FloodLevel, metres: Double)?
        for level in FloodLevel.allCases {
            guard let entry = section[level.key],
                let metres = entry.number(in: stageRange, unit: "m")
            else { continue }
            if let below, metres < below.metres {
                entry.error(
                    "`\(level.key)` (\(level.nameJapanese)) is \(metres) m, below"
                        + " `\(below.level.key)` at \(below.metres) m; levels must not fall from"
                        + " standby to overflow")
            }
            below = (level, metres)
            levels.thresholdMetres[level] = metres
        }
        if let metres = section["hysteresis"]?.number(in: 0...10, unit: "m") {
            levels.hysteresisMetres = metres
        }
        if let seconds = section["hold"]?.number(in: 0...86_400, unit: "seconds") {
            levels.holdSeconds = seconds
        }
        if let criterion = section["criterion"] { levels.criterion = texts(criterion) }
        if let day = section["wording_2026_from"].flatMap(day) { levels.wording2026From = day }
        return levels
    }

    private static func day(_ value: YAMLValue) -> CalendarDate? {
        guard let text = value.line() else { return nil }
        guard let day = CalendarDate(text) else {
            value.error("`\(text)` is no day; write it as `2026-05-28`")
            return nil
        }
        return day
    }

    private static func texts(_ value: YAMLValue) -> [FloodLevel: String] {
        var texts: [FloodLevel: String] = [:]
        guard let section = value.mapping(keys: FloodLevel.allCases.map(\.key)) else {
            return texts
        }
        for level in FloodLevel.allCases { texts[level] = section[level.key]?.text() }
        return texts
    }
}
