import GatewayModel
import Hydrology

extension Language {
    /// A value that may bound the true one: 2.50 m 以上, or ≥ 2.50 m.
    func bounded(_ text: String, _ bound: ValueBound) -> String {
        switch bound {
        case .exact: text
        case .atLeast: pick("\(text) 以上", "≥ \(text)")
        case .below: pick("\(text) 未満", "< \(text)")
        }
    }

    /// A reading's value as people read it, with its unit and what it is to the true one.
    func value(_ observation: Observation, of sensor: SensorDescription) -> String {
        let unit = sensor.calibration.unit
        if unit == Self.stateUnit { return state(observation.value) }
        let text = valueText(observation.value, kind: sensor.kind, unit: self.unit(unit))
        guard observation.value?.isFinite == true else { return text }
        let value = bounded(text, observation.marks.bound)
        guard observation.marks.contains(.estimated) else { return value }
        return pick("\(value)(推定を含む)", "\(value) (partly estimated)")
    }

    /// A raw value with its unit.
    func rawValue(_ value: Double?, unit: String) -> String {
        if unit == Self.stateUnit { return state(value) }
        return value.map { "\(fixed($0, decimals: 2)) \(self.unit(unit))" } ?? "—"
    }

    /// How many were lost, as far as anybody knows.
    func count(of loss: LossRecord) -> String {
        guard let count = loss.count else { return pick("不明", "unknown") }
        return loss.isAtLeast ? pick("\(count) 以上", "at least \(count)") : "\(count)"
    }

    /// Whose loss it is.
    func lossSource(_ loss: LossRecord) -> String {
        loss.cause.isOff ? pick("ゲートウェイ", "the gateway") : loss.source
    }

    /// Whether what was lost came in afterwards.
    func recovery(of loss: LossRecord) -> String {
        switch loss.recovery {
        case .unknown: pick("不明", "unknown")
        case .none: pick("いいえ", "no")
        case .partly(let count): pick("一部(\(count) 件)", "partly (\(count))")
        case .all: pick("はい", "yes")
        }
    }

    /// A time that may be only the earliest that is possible.
    func time(_ text: String, isUncertain: Bool) -> String {
        isUncertain ? pick("\(text) 以後(時計未同期)", "\(text) or later (clock not set)") : text
    }

    /// What an alarm is about.
    ///
    /// - Parameters:
    ///   - subject: the alarm.
    ///   - station: its station; nil where it is not configured any more.
    ///   - time: when it opened, whose words it has.
    /// - Returns: the level's name with its equivalent, or the name of another rule.
    func rule(of subject: AlarmSubject, at station: Station?, _ time: UTCInstant) -> String {
        if let level = subject.level {
            return station.map { nameWithEquivalent(of: level, $0.wording(at: time)) }
                ?? name(of: level)
        }
        if subject.isExercise { return pick("【訓練】訓練全体", "DRILL: the drill as a whole") }
        if let pretended = subject.drilled {
            return pick("【訓練】", "DRILL: ") + rule(of: pretended, at: station, time)
        }
        if let rule = subject.wildlifeRule {
            let english = rule.nameEnglish(at: station)
            return pick(
                rule.nameJapanese(at: station),
                english.prefix(1).uppercased() + english.dropFirst())
        }
        guard let rule = subject.systemRule else { return subject.rule }
        let english = rule.nameEnglish(at: station)
        return pick(
            rule.nameJapanese(at: station), english.prefix(1).uppercased() + english.dropFirst())
    }

    /// The unit of contacts and switches, whose numbers say nothing to people.
    private static let stateUnit = "state"

    private func state(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "—" }
        return value >= 0.5 ? "ON" : "OFF"
    }
}

/// A value as operators read it, with its unit: stages in centimetres, others as the sensor resolves.
func valueText(_ value: Double?, kind: SensorKind, unit: String) -> String {
    guard let value, value.isFinite else { return "—" }
    if kind.isStage || kind.isFloatSwitch, let stage = StageText(stageMetres: value) {
        return "\(stage) \(unit)"
    }
    return "\(fixed(value, decimals: value.magnitude < 100 ? 2 : 1)) \(unit)"
}

extension Language {
    /// Where a stage is going: its rise, and the time to the next level with its range.
    func outlook(_ rate: RateOfRise, levels: FloodLevels) -> String {
        let slope =
            "\(fixed(rate.metresPerHour, decimals: 2)) ± "
            + fixed(
                TimeToLevel.standardErrorCount * rate.standardErrorMetresPerHour, decimals: 2)
        let rise = pick("水位変化 \(slope) m/時", "\(slope) m an hour")
        guard let time = TimeToLevel(rate, levels: levels) else { return rise }
        let minutes = { (value: Double) in "\(Int(value.rounded()))" }
        let height = fixed(time.thresholdMetres, decimals: 2)
        let earliest = minutes(time.earliestMinutes)
        let range =
            time.latestMinutes.map {
                pick("\(earliest)〜\(minutes($0))分", "\(earliest) to \(minutes($0)) min")
            } ?? pick("早くて\(earliest)分、遅い側は不明", "\(earliest) min at the earliest, no latest")
        return pick(
            "\(rise)、\(time.level.nameJapanese)(\(height) m)まで約\(minutes(time.minutes))分(\(range))",
            "\(rise); about \(minutes(time.minutes)) min to \(time.level.nameEnglish)"
                + " (\(height) m): \(range)")
    }
}
