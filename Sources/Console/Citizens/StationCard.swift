import GatewayModel
import GatewayPorts
import Hydrology

/// A station as the citizens' page shows it: nothing but words and numbers, ready for the template.
struct StationCard {
    /// One row of the table of levels.
    struct LevelRow {
        let level: Int
        let name: String
        let height: String
        let equivalent: String?
        let state: String
        let isReached: Bool
        let criterion: String?
    }

    let id: String
    let name: String
    let river: String
    let hasStage: Bool
    let stage: String
    /// What stands before and after the stage where it bounds the true one: ≥, or 以上.
    let stagePrefix: String?
    let stageSuffix: String?
    /// The bound as a word for machines.
    let stageBound: String?
    /// Whether there can be a trend: a float switch has none.
    let hasTrend: Bool
    let time: String?
    let iso: String?
    let quality: String
    let qualityClass: String
    let trend: String
    let trendArrow: String
    let trendClass: String
    /// What is wrong with the shown value's being the present; empty where nothing is.
    let warnings: [String]
    let isCurrent: Bool
    let isStale: Bool
    let reached: String
    let reachedLevel: Int
    let reachedTime: String?
    /// What holds or doubts a level beyond the shown stage.
    let levelNotes: [String]
    let bar: LevelBar?
    let hasRows: Bool
    let rows: [LevelRow]
    let attribution: String?
    let elevation: String?
    let position: String?
    let datum: String?

    init(_ present: StationPresent, language: Language) {
        let station = present.station
        id = station.id.text
        name = language.name(of: station)
        river = station.river
        let metres = present.shown?.value
        let bound = present.bound
        hasStage = metres != nil
        stagePrefix =
            language.pick("", bound == .atLeast ? "≥" : bound == .below ? "<" : "")
            .nonEmpty
        stageSuffix =
            language.pick(bound == .atLeast ? "以上" : bound == .below ? "未満" : "", "")
            .nonEmpty
        stageBound = bound.name
        hasTrend = present.sensor?.kind.isFloatSwitch == false
        stage = metres.flatMap { StageText(stageMetres: $0)?.description } ?? ""
        let civil = (present.shown ?? present.newest).map {
            CivilTime($0.time, offsetSeconds: station.offsetSeconds)
        }
        time = civil?.text
        iso = civil?.iso
        let flag = present.newest?.flag ?? .missing
        quality = Self.quality(present, flag: flag, language: language)
        qualityClass = "quality-\(flag.rawValue)"
        trend = language.trend(present.trend)
        trendArrow = Self.arrow(present.trend)
        trendClass = "trend-\(present.trend.rawValue)"
        warnings = Self.warnings(present, language: language)
        isCurrent = present.isCurrent
        isStale = present.shown != nil && !present.isCurrent
        reached = Self.reached(present, language: language)
        reachedTime = Self.reachedTime(present, language: language)
        reachedLevel = hasStage ? Int(present.reached?.rawValue ?? 0) : 0
        levelNotes = Self.levelNotes(present, language: language)
        bar = LevelBar(present, language: language)
        rows = station.levels.thresholdMetres.sorted { $0.key > $1.key }.map { level, threshold in
            LevelRow(
                level: Int(level.rawValue), name: language.label(of: level),
                height: StageText(stageMetres: threshold)?.description ?? "—",
                equivalent: language.equivalent(of: level, present.wording),
                state: metres.map {
                    levelState(
                        stage: $0, bound: bound, threshold: threshold, language: language)
                } ?? "—",
                isReached: metres.map { bound != .below && $0 >= threshold } ?? false,
                criterion: station.levels.criterion[level])
        }
        hasRows = !station.levels.thresholdMetres.isEmpty
        attribution = station.attribution.map(language.credit)
        datum =
            station.datum.map { "\($0.name) \(fixed($0.zeroMetres, decimals: 3)) m" }
        elevation =
            station.datum.flatMap { datum in
                metres.map { metres in
                    let height = fixed(datum.elevationMetres(stageMetres: metres), decimals: 2)
                    return language.bounded("\(datum.name) \(height) m", bound)
                }
            }
        position = Self.position(station, language: language)
    }

    private static func arrow(_ trend: Trend) -> String {
        switch trend {
        case .rising: "↗"
        case .steady: "→"
        case .falling: "↘"
        case .unknown: "?"
        }
    }

    private static func warnings(_ present: StationPresent, language: Language) -> [String] {
        guard let newest = present.newest else {
            return [language.pick("まだ値が届いていません。", "No reading has arrived yet.")]
        }
        var texts: [String] = []
        if present.shown?.isTimeUncertain ?? newest.isTimeUncertain {
            texts.append(
                language.pick(
                    "時刻未同期のため、表示の時刻は正確でないことがあります",
                    "The clock is not synchronised; the times shown may be wrong"))
        }
        switch present.freshness {
        case .current: break
        case .stale(let age):
            let span = language.duration(seconds: age)
            texts.append(
                language.pick(
                    "\(span)前の値です・最新の値が届いていません",
                    "This value is \(span) old; no newer value has arrived"))
        case .undecidable:
            texts.append(
                language.pick(
                    "時計が合っていないため、この値が最新かどうか確認できません",
                    "The clocks disagree; whether this value is the latest cannot be told"))
        }
        if present.shown != newest {
            let quality = language.quality(newest.flag)
            let newestTime = CivilTime(newest.time, offsetSeconds: present.station.offsetSeconds)
            if let shown = present.shown {
                let time = CivilTime(shown.time, offsetSeconds: present.station.offsetSeconds)
                texts.append(
                    language.pick(
                        "最新の観測(\(newestTime.short))は\(quality)です。\(time.short) の値を表示しています",
                        "The latest reading (\(newestTime.short)) is \(quality); showing the value "
                            + "of \(time.short)"))
            } else {
                texts.append(
                    language.pick(
                        "最新の観測(\(newestTime.short))は\(quality)です。表示できる値がありません",
                        "The latest reading (\(newestTime.short)) is \(quality); there is no "
                            + "value to show"))
            }
        }
        return texts
    }

    /// The newest reading's quality, saying so where another reading's value is shown.
    private static func quality(
        _ present: StationPresent, flag: QualityFlag, language: Language
    ) -> String {
        let words = language.quality(flag)
        guard present.shown != present.newest else { return words }
        return language.pick("最新の観測は\(words)", "latest reading \(words)")
    }

    private static func reached(_ present: StationPresent, language: Language) -> String {
        guard let metres = present.shown?.value else { return language.pick("不明", "unknown") }
        guard !present.station.levels.thresholdMetres.isEmpty else {
            return language.pick("基準水位の設定なし", "no flood levels are set")
        }
        guard let level = present.reached else {
            guard present.bound == .exact else {
                return notReached(present, metres: metres, language: language)
            }
            return language.pick("基準水位に達していません", "below all flood levels")
        }
        let name = language.nameWithEquivalent(of: level, present.wording)
        let isUnconfirmed = present.shown?.flag == .suspect
        return isUnconfirmed
            ? language.pick("\(name)に到達【未確認】", "\(name) reached [unconfirmed]")
            : language.pick("\(name)に到達", "\(name) reached")
    }

    /// What can be said where a bound reaches no level.
    private static func notReached(
        _ present: StationPresent, metres: Double, language: Language
    ) -> String {
        let unknown = language.pick("不明", "unknown")
        guard present.bound == .below else { return unknown }
        let levels = present.station.levels.thresholdMetres.sorted { $0.key < $1.key }
        let safe = levels.filter { $0.value >= metres }.map(\.key)
        if safe.count == levels.count {
            return language.pick("基準水位に達していません", "below all flood levels")
        }
        guard let lowest = safe.first else { return unknown }
        let name = language.nameWithEquivalent(of: lowest, present.wording)
        return language.pick(
            "\(name)には達していません(それより低い基準は不明)",
            "below the \(name); lower levels are not known")
    }

    /// The moment of which `reached` speaks, where that is not the present.
    private static func reachedTime(_ present: StationPresent, language: Language) -> String? {
        guard let shown = present.shown, !present.isCurrent else { return nil }
        let time = CivilTime(shown.time, offsetSeconds: present.station.offsetSeconds).short
        return language.pick("\(time) の時点", "as of \(time)")
    }

    private static func levelNotes(_ present: StationPresent, language: Language) -> [String] {
        var notes: [String] = []
        if let held = present.held {
            let name = language.nameWithEquivalent(of: held, present.wording)
            notes.append(
                language.pick(
                    "\(name)の到達は、まだ解除されていません",
                    "The \(name) has been reached and is not yet cleared"))
        }
        if let level = present.unconfirmed, present.shown?.flag != .suspect {
            let name = language.nameWithEquivalent(of: level, present.wording)
            notes.append(
                language.pick(
                    "\(name)に達したという未確認の値があります",
                    "An unconfirmed reading reached the \(name)"))
        }
        return notes
    }

    private static func position(_ station: Station, language: Language) -> String? {
        guard let latitude = station.latitude, let longitude = station.longitude else { return nil }
        let texts = [fixed(latitude, decimals: 5), fixed(longitude, decimals: 5)]
        return language.pick(
            "緯度 \(texts[0])・経度 \(texts[1])", "latitude \(texts[0]), longitude \(texts[1])")
    }
}

/// A number with a fixed count of decimals, 0 to 6, halves away from zero.
func fixed(_ value: Double, decimals: Int) -> String {
    let scale = [1.0, 10, 100, 1e3, 1e4, 1e5, 1e6][min(max(decimals, 0), 6)]
    guard value.isFinite, value.magnitude < 1e11 else { return "—" }
    let count = Int64((value * scale).rounded())
    let whole = count.magnitude / UInt64(scale)
    guard decimals > 0 else { return (count < 0 ? "-" : "") + "\(whole)" }
    let fraction = String(count.magnitude % UInt64(scale))
    let zeros = String(repeating: "0", count: max(0, decimals - fraction.count))
    return (count < 0 ? "-" : "") + "\(whole).\(zeros)\(fraction)"
}

extension String {
    /// The text, and nil where there is none.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
