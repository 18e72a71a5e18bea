/// The stage thresholds of a Japanese river, from the lowest to the highest.
///
/// - Source: Flood Control Act (水防法) thresholds; the mapping to 警戒レベル相当 follows the Cabinet
///   Office's 避難情報に関するガイドライン (2021). Only a municipality issues a 警戒レベル itself.
package enum FloodLevel: UInt8, Sendable, BitwiseCopyable, CaseIterable, Comparable {
    /// 水防団待機水位
    case standby = 1
    /// 氾濫注意水位
    case caution = 2
    /// 避難判断水位
    case evacuationJudgement = 3
    /// 氾濫危険水位
    case danger = 4
    /// 氾濫開始水位
    case overflow = 5

    package static func < (left: FloodLevel, right: FloodLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The key of the station file, such as `evacuation_judgement`; also the alarm rule's name.
    package var key: String {
        switch self {
        case .standby: "standby"
        case .caution: "caution"
        case .evacuationJudgement: "evacuation_judgement"
        case .danger: "danger"
        case .overflow: "overflow"
        }
    }

    /// The level of a station file's key, and nil where there is none of that name.
    package init?(key: String) {
        guard let level = FloodLevel.allCases.first(where: { $0.key == key }) else { return nil }
        self = level
    }

    /// The official Japanese name.
    package var nameJapanese: String {
        switch self {
        case .standby: "水防団待機水位"
        case .caution: "氾濫注意水位"
        case .evacuationJudgement: "避難判断水位"
        case .danger: "氾濫危険水位"
        case .overflow: "氾濫開始水位"
        }
    }

    /// The English name.
    package var nameEnglish: String {
        switch self {
        case .standby: "flood-team standby level"
        case .caution: "flood caution level"
        case .evacuationJudgement: "evacuation judgement level"
        case .danger: "flood danger level"
        case .overflow: "overflow level"
        }
    }

    /// N of 警戒レベルN相当; nil for the standby level, which has no equivalent.
    package var warningLevelEquivalent: Int? {
        self == .standby ? nil : Int(rawValue)
    }
}

/// What raises and clears a level beside its threshold.
package struct LevelRule: Sendable, Equatable {
    /// How far the stage must fall below the threshold before the level may clear, in metres.
    package var hysteresisMetres: Double
    /// How long it must stay there, and how long a suspect rise must persist, in seconds.
    package var holdSeconds: Double
    /// The flags of readings that raise and clear the level by themselves.
    package var acceptedFlags: Set<QualityFlag>

    package init(
        hysteresisMetres: Double, holdSeconds: Double, acceptedFlags: Set<QualityFlag>
    ) {
        self.hysteresisMetres = hysteresisMetres
        self.holdSeconds = holdSeconds
        self.acceptedFlags = acceptedFlags
    }
}

/// The thresholds of one station, in metres above the gauge zero; any may be missing.
package struct FloodLevels: Sendable, Equatable {
    /// 観測開始水位, which switches sensors between calm and flood intervals.
    package var observationStartMetres: Double?
    /// The thresholds that the station has.
    package var thresholdMetres: [FloodLevel: Double]
    /// How far the stage must fall below a threshold before the level may clear, in metres.
    package var hysteresisMetres: Double
    /// How long it must stay there before the level clears, in seconds of the readings' own time;
    /// also how long a suspect rise must persist before it counts as confirmed.
    package var holdSeconds: Double
    /// The flags of readings that raise and clear a level by themselves; those of others that may
    /// speak are unconfirmed.
    package var acceptedFlags: Set<QualityFlag>
    /// The rules of those levels that do not go by the station's.
    package var ownRules: [FloodLevel: LevelRule]
    /// The city's own criterion text per level.
    package var criterion: [FloodLevel: String]
    /// The first day, by the station's calendar, on which levels are told in the words of the
    /// reorganisation of 2026.
    package var wording2026From: CalendarDate

    package init(
        observationStartMetres: Double? = nil, thresholdMetres: [FloodLevel: Double] = [:],
        hysteresisMetres: Double = 0.05, holdSeconds: Double = 600,
        acceptedFlags: Set<QualityFlag> = [.good, .notEvaluated],
        ownRules: [FloodLevel: LevelRule] = [:], criterion: [FloodLevel: String] = [:],
        wording2026From: CalendarDate = LevelWording.changeover2026
    ) {
        self.observationStartMetres = observationStartMetres
        self.thresholdMetres = thresholdMetres
        self.hysteresisMetres = hysteresisMetres
        self.holdSeconds = holdSeconds
        self.acceptedFlags = acceptedFlags
        self.ownRules = ownRules
        self.criterion = criterion
        self.wording2026From = wording2026From
    }

    /// What levels go by that have no rule of their own.
    package var rule: LevelRule {
        LevelRule(
            hysteresisMetres: hysteresisMetres, holdSeconds: holdSeconds,
            acceptedFlags: acceptedFlags)
    }

    /// What a level goes by.
    package func rule(of level: FloodLevel) -> LevelRule { ownRules[level] ?? rule }

    /// The longest hold of any level that has a threshold, in seconds.
    package var longestHoldSeconds: Double {
        thresholdMetres.keys.map { rule(of: $0).holdSeconds }.max() ?? holdSeconds
    }

    /// The highest level whose threshold `stageMetres` equals or exceeds; nil below all of them.
    package func reached(stageMetres: Double) -> FloodLevel? {
        thresholdMetres.filter { stageMetres >= $0.value }.keys.max()
    }
}
