import GatewayModel

/// The `levels:` section of a station file.
enum LevelSection {
    /// Stages beyond it are slips of the unit: no gauge of ours spans a hundred metres.
    static let stageRange = -100.0...100.0

    static func read(_ value: YAMLValue) -> FloodLevels {
        var levels = FloodLevels()
        let keys =
            ["observation_start"] + FloodLevel.allCases.map(\.key)
            + ["hysteresis", "hold", "accepts", "criterion", "wording_2026_from"]
        guard let section = value.mapping(keys: keys) else { return levels }
        levels.observationStartMetres =
            section["observation_start"]?.number(in: stageRange, unit: "m")
        levels.take(rule(section, else: levels.rule))
        var below: (level: FloodLevel, metres: Double)?
        for level in FloodLevel.allCases {
            guard let entry = section[level.key],
                let metres = threshold(entry, of: level, into: &levels)
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
        if let criterion = section["criterion"] { levels.criterion = texts(criterion) }
        if let day = section["wording_2026_from"].flatMap(day) { levels.wording2026From = day }
        return levels
    }

    /// A level's stage: a number, or a mapping that has the level's own rule beside it.
    private static func threshold(
        _ entry: YAMLValue, of level: FloodLevel, into levels: inout FloodLevels
    ) -> Double? {
        guard entry.isMapping else { return entry.number(in: stageRange, unit: "m") }
        guard let section = entry.mapping(keys: ["stage", "hysteresis", "hold", "accepts"]) else {
            return nil
        }
        levels.ownRules[level] = rule(section, else: levels.rule)
        return section.required("stage", example: "2.5")?.number(in: stageRange, unit: "m")
    }

    /// What of a rule a mapping says; the rest is that of `station`.
    private static func rule(_ section: YAMLMapping, else station: LevelRule) -> LevelRule {
        var rule = station
        if let metres = section["hysteresis"]?.number(in: 0...10, unit: "m") {
            rule.hysteresisMetres = metres
        }
        if let seconds = section["hold"]?.number(in: 0...86_400, unit: "seconds") {
            rule.holdSeconds = seconds
        }
        if let flags = section["accepts"].flatMap(flags) { rule.acceptedFlags = flags }
        return rule
    }

    /// The flags of readings that raise and clear a level by themselves.
    private static func flags(_ value: YAMLValue) -> Set<QualityFlag>? {
        guard let entries = value.list() else { return nil }
        var flags: Set<QualityFlag> = []
        for entry in entries {
            guard
                let flag = entry.choice([
                    "good": QualityFlag.good, "not_evaluated": .notEvaluated, "suspect": .suspect,
                ])
            else { return nil }
            flags.insert(flag)
        }
        guard flags.contains(.good) else {
            value.error(
                "`accepts` lacks `good`; without it no reading could clear a level. Write the flags"
                    + " that count, such as `accepts: [good, not_evaluated]`")
            return nil
        }
        return flags
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

extension FloodLevels {
    /// Makes a rule that of every level that has none of its own.
    fileprivate mutating func take(_ rule: LevelRule) {
        hysteresisMetres = rule.hysteresisMetres
        holdSeconds = rule.holdSeconds
        acceptedFlags = rule.acceptedFlags
    }
}
