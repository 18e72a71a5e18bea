import GatewayModel
import GatewayPorts

/// A language of the pages; the raw value is its BCP 47 tag.
enum Language: String, Sendable, CaseIterable {
    case japanese = "ja"
    case english = "en"

    /// The language that the switch offers.
    var other: Language { self == .japanese ? .english : .japanese }

    /// Picks the text of this language.
    func pick(_ japanese: String, _ english: String) -> String {
        self == .japanese ? japanese : english
    }
}

extension Language {
    /// A station's name.
    func name(of station: Station) -> String {
        pick(station.name, station.nameEnglish ?? station.name)
    }

    /// A sensor's name. A station file has one name only; where that is no English, the kind says
    /// in English what the sensor is.
    func name(of sensor: SensorDescription) -> String {
        if let name = sensor.name, self == .japanese || name.utf8.allSatisfy({ $0 < 0x80 }) {
            return name
        }
        return self == .english ? englishName(of: sensor.kind) ?? sensor.id.local : sensor.id.local
    }

    private func englishName(of kind: SensorKind) -> String? {
        if kind.isStage { return "Water level" }
        if kind.isRain { return "Rain gauge" }
        if kind.isCamera { return "Camera" }
        return switch kind.text {
        case "stage.float": "Float switch"
        case "contact.door": "Door contact"
        case "contact.tamper": "Tamper contact"
        case "temperature.air": "Air temperature"
        case "temperature.water": "Water temperature"
        case "pressure.air": "Air pressure"
        case "battery.voltage": "Battery voltage"
        default: nil
        }
    }

    /// A flood level's name, inside a sentence.
    func name(of level: FloodLevel) -> String { pick(level.nameJapanese, level.nameEnglish) }

    /// A flood level's name, standing alone.
    func label(of level: FloodLevel) -> String {
        let name = name(of: level)
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    /// Whose data a page shows; many licences prescribe a text that begins with 出典 itself.
    func credit(_ attribution: String) -> String {
        let text = attribution.trimmingWhitespace
        return text.hasPrefix("出典") ? text : pick("出典: \(text)", "Source: \(text)")
    }

    /// A unit as people write it.
    func unit(_ unit: String) -> String {
        switch unit {
        case "degC", "Cel": "°C"
        default: unit
        }
    }

    /// 警戒レベルN相当 in the words of a day, and nil for the level that has no equivalent. Only a
    /// municipality issues a 警戒レベル; whoever reads a gauge may say 相当 and no more.
    func equivalent(of level: FloodLevel, _ wording: LevelWording) -> String? {
        switch self {
        case .japanese: wording.equivalentJapanese(of: level)
        case .english:
            wording.equivalentEnglish(of: level, term: "Warning Level").map {
                "equivalent to \($0)"
            }
        }
    }

    /// The number alone, where room is scarce; it is the same in all words.
    func shortEquivalent(of level: FloodLevel) -> String? {
        level.warningLevelEquivalent.map { pick("警戒レベル\($0)相当", "Level \($0) equivalent") }
    }

    /// A level's name with its equivalent in the words of a day.
    func nameWithEquivalent(of level: FloodLevel, _ wording: LevelWording) -> String {
        guard let equivalent = equivalent(of: level, wording) else { return name(of: level) }
        return pick("\(name(of: level))(\(equivalent))", "\(name(of: level)) (\(equivalent))")
    }

    /// What a flag means to a neighbour of the river.
    func quality(_ flag: QualityFlag) -> String {
        switch flag {
        case .good: pick("正常", "normal")
        case .notEvaluated: pick("品質判定なし", "not checked")
        case .suspect: pick("要確認(未確認)", "to be confirmed (unconfirmed)")
        case .fail: pick("異常値", "faulty")
        case .missing: pick("欠測", "missing")
        }
    }

    /// The quality of a stored reading: what is known now, and where that is something else, what was
    /// known when it came.
    func quality(of observation: Observation) -> String {
        let now = quality(observation.finalFlag)
        guard observation.finalFlag != observation.flag else { return now }
        let then = quality(observation.flag)
        return pick("\(now)・受信時は\(then)", "\(now); \(then) when it came")
    }

    /// Which way the river goes.
    func trend(_ trend: Trend) -> String {
        switch trend {
        case .rising: pick("上昇中", "rising")
        case .steady: pick("横ばい", "steady")
        case .falling: pick("下降中", "falling")
        case .unknown: pick("不明", "unknown")
        }
    }

    /// An alarm's phase.
    func phase(_ phase: AlarmPhase) -> String {
        switch phase {
        case .normal: pick("平常", "normal")
        case .pending: pick("未確認", "unconfirmed")
        case .active: pick("発生中", "active")
        case .acknowledged: pick("確認済み", "acknowledged")
        case .cleared: pick("解除", "cleared")
        }
    }

    /// Why an alarm changed.
    func cause(_ cause: AlarmCause) -> String {
        switch cause {
        case .reached: pick("基準に到達", "threshold reached")
        case .reachedLate: pick("遅れて届いた値で到達が判明", "reached, by a reading that came late")
        case .unconfirmedRise: pick("要確認の値が基準に到達", "reached by a reading to be confirmed")
        case .confirmed: pick("到達を確認", "confirmed")
        case .refuted: pick("正常な値が基準を下回り取消", "refuted by a normal reading")
        case .receded: pick("基準を下回り解除", "receded")
        case .acknowledged: pick("担当者が確認", "acknowledged by a person")
        case .failed: pick("異常", "failed")
        case .recovered: pick("復旧", "works again")
        case .sighted: pick("動物を検知", "animal detected")
        case .configurationChanged:
            pick("設定の変更により終了", "ended, the configuration has changed")
        case .departed: pick("しばらく検知なし", "not detected for a while")
        case .commented: pick("コメント", "comment")
        case .assigned: pick("担当を指定", "assigned")
        case .shelved: pick("通知を保留", "put aside")
        case .unshelved: pick("保留を解除", "taken back")
        case .shelfExpired: pick("保留時間の終了", "time aside is over")
        case .shelfBroken: pick("上位の水位に到達し保留を解除", "taken back: a higher level was reached")
        case .flapping: pick("不安定のため通知を保留", "unsteady, held")
        case .settled: pick("安定", "settled")
        case .drillStarted: pick("訓練の開始", "drill begun")
        case .drillStartedAloud: pick("訓練の開始(サイレンあり)", "drill begun, with sirens")
        case .drillEnded: pick("訓練の終了", "drill over")
        case .escalated: pick("確認がなく再通知", "told again: nobody acknowledged it")
        }
    }

    /// What the rules made of a detection.
    func verdict(_ verdict: DetectionVerdict) -> String {
        switch verdict {
        case .notJudged: pick("未判定", "not judged yet")
        case .notified: pick("通知しました", "notified")
        case .belowConfidence: pick("確信度が低いため通知なし", "not told: confidence too low")
        case .otherSpecies: pick("対象外の種のため通知なし", "not told: species not on the list")
        case .shelved: pick("警報を保留中のため通知なし", "not told: its alarm is put aside")
        case .coolingDown: pick("直前に通知済みのため通知なし", "not told: told a short while ago")
        }
    }

    /// How far the clock can be believed.
    func clock(_ quality: ClockQuality) -> String {
        switch quality {
        case .unknown: pick("未確認(起動後に時刻同期なし)", "unknown (not synchronised since boot)")
        case .provisional: pick("暫定", "provisional")
        case .synchronised: pick("同期済み", "synchronised")
        case .simulated: pick("模擬", "simulated")
        }
    }

    /// Why something was lost.
    func loss(_ cause: LossRecord.Cause) -> String {
        switch cause {
        case .ringFull: pick("リング満杯", "ring full")
        case .sideLaneFull: pick("補助経路満杯", "side lane full")
        case .quarantineFull: pick("隔離領域満杯", "quarantine full")
        case .rejectedInput: pick("受け付けられない電文", "messages refused")
        case .storeSetAside: pick("データベースを退避", "database set aside")
        case .spoolFailed: pick("画像を保存できず", "picture not kept")
        case .edgesLost: pick("GPIO信号の取りこぼし", "GPIO edges lost")
        case .storeDown: pick("データを保存できない時間", "the store was down")
        case .readingsRemoved:
            pick("空き容量不足のため古い値を削除", "disk nearly full: oldest readings removed")
        case .picturesRemoved:
            pick("空き容量不足のため古い画像を削除", "disk nearly full: oldest pictures removed")
        case .sumsRemoved:
            pick("空き容量不足のため古い10分値を削除", "disk nearly full: oldest ten-minute sums removed")
        case .readingsMissing: pick("番号の抜け(値が届かず)", "numbers missing: readings did not come")
        case .spoolFull: pick("画像領域満杯のため古い画像を削除", "spool full: oldest pictures removed")
        case .offStopped: pick("装置の停止(正常終了)", "off: stopped in good order")
        case .offCut: pick("装置の停止(強制終了または停電)", "off: killed or crashed, or the power was cut")
        }
    }

    /// A span of time, rounded to its largest sensible unit.
    func duration(seconds: Double) -> String {
        let minutes = Int(max(0, seconds) / 60)
        if minutes < 1 { return pick("1分未満", "less than a minute") }
        if minutes < 120 { return pick("\(minutes)分", "\(minutes) min") }
        if minutes < 2880 { return pick("\(minutes / 60)時間", "\(minutes / 60) h") }
        return pick("\(minutes / 1440)日", "\(minutes / 1440) days")
    }
}

extension String {
    /// The text without white space at its ends; block texts of YAML end in a line break.
    fileprivate var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
