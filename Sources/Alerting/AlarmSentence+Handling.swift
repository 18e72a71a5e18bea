import GatewayModel

extension AlarmSentence.Event {
    /// What people and time do with an alarm, and what happens to an animal's; nil for the steps of
    /// levels and of the gateway's parts, which have words of their own.
    init?(handling transition: AlarmTransition, station: Station) {
        let name = Name(transition.subject, at: station)
        let actor = (
            ja: transition.actor ?? "担当者", en: transition.actor ?? "somebody"
        )
        let text = transition.comment.map(AlarmSentence.withoutFullStop) ?? ""
        let isOn = transition.to.isOpen
        switch transition.cause {
        case .commented:
            self.init(
                japanese: "\(name.ja)の警報に\(actor.ja)が記入、\(text)",
                english: "\(actor.en) on the alarm for \(name.en): \(text)")
        case .assigned:
            let assignee = transition.assignee
            self.init(
                japanese: assignee.map { "\(name.ja)の警報の担当は\($0)、\(actor.ja)が指定" }
                    ?? "\(name.ja)の警報の担当を\(actor.ja)が取り消し",
                english: assignee.map {
                    "alarm for \(name.en) assigned to \($0) by \(actor.en)"
                } ?? "alarm for \(name.en) assigned to nobody, by \(actor.en)")
        case .shelved:
            let until = Self.clock(transition, station)
            self.init(
                japanese: "\(name.ja)の警報の通知を\(actor.ja)が\(until.ja)まで保留、理由は\(text)",
                english: "alarm for \(name.en) put aside until \(until.en) by \(actor.en): \(text)")
        case .unshelved, .shelfExpired, .shelfBroken, .flapping, .settled:
            self.init(end: transition.cause, name, actor: actor, isOn: isOn)
        case .escalated:
            let count = transition.escalation
            self.init(
                japanese: "\(name.ja)の警報が確認されていません、再通知\(count)回目、確認してください",
                english: "nobody has acknowledged the alarm for \(name.en), reminder \(count)"
                    + ", please acknowledge it")
        case .configurationChanged:
            let isLevel = transition.subject.level != nil
            self.init(
                japanese: "設定の変更により\(name.ja)の警報を終了"
                    + (isLevel ? "、水位が下がったとは限りません" : ""),
                english: "alarm for \(name.en) ended because the configuration has changed"
                    + (isLevel ? ", which does not mean that the water has fallen" : ""))
        case .sighted:
            self.init(japanese: "\(name.ja)を検知", english: "\(name.en) detected")
        case .departed:
            self.init(
                japanese: "\(name.ja)はしばらく検知なし、いなくなったとは限りません",
                english: "\(name.en) not detected for a while, which does not mean that it is gone")
        case .acknowledged where transition.subject.wildlifeRule != nil:
            self.init(
                japanese: "\(name.ja)の警報を\(actor.ja)が了解",
                english: "alarm for \(name.en) acknowledged by \(actor.en)")
        case .drillStarted:
            self.init(
                japanese: "訓練を開始、これから訓練の通知が届きます、実際の水位ではありません",
                english: "a drill begins, what follows is not the real water level")
        case .drillStartedAloud:
            self.init(
                japanese: "訓練を開始、サイレンや回転灯も作動します、実際の水位ではありません",
                english: "a drill begins in which sirens and lamps come on, "
                    + "what follows is not the real water level")
        case .drillEnded:
            self.init(japanese: "訓練を終了", english: "the drill is over")
        case .reached, .reachedLate, .confirmed, .unconfirmedRise, .refuted, .receded, .failed,
            .recovered, .acknowledged:
            return nil
        }
    }

    /// What is held back no more, or from now on.
    private init(
        end cause: AlarmCause, _ name: Name, actor: (ja: String, en: String), isOn: Bool
    ) {
        let state = (ja: isOn ? "警報は継続中" : "警報は解除済み", en: isOn ? "it is on" : "it is over")
        switch cause {
        case .unshelved:
            self.init(
                japanese: "\(name.ja)の警報の通知の保留を\(actor.ja)が解除、\(state.ja)",
                english: "alarm for \(name.en) taken back by \(actor.en), \(state.en)")
        case .shelfExpired:
            self.init(
                japanese: "\(name.ja)の警報の通知の保留時間が終了、\(state.ja)",
                english: "the time for which the alarm for \(name.en) was put aside is over"
                    + ", \(state.en)")
        case .shelfBroken:
            self.init(
                japanese: "より高い水位に到達したため\(name.ja)の警報の通知の保留を解除",
                english: "a higher level was reached, so the alarm for \(name.en) is told again")
        case .flapping:
            self.init(
                japanese: "\(name.ja)の警報が短時間に発生と解除を繰り返し不安定、落ち着くまで通知を保留",
                english: "alarm for \(name.en) is unsteady and is held until it settles")
        default:
            self.init(
                japanese: "\(name.ja)の警報の繰り返しが収まりました、\(state.ja)",
                english: "alarm for \(name.en) has settled, \(state.en)")
        }
    }

    /// When a shelf ends, by the station's own clock.
    private static func clock(
        _ transition: AlarmTransition, _ station: Station
    ) -> (ja: String, en: String) {
        guard let until = transition.until else { return ("不明", "an unknown time") }
        let offset = Int64(station.offsetSeconds) * 1000
        let text = String(
            until.rfc3339(offsetSeconds: station.offsetSeconds)
                .dropFirst("2026-11-21T".count).prefix("09:10".count))
        let isToday =
            until.advanced(byMilliseconds: offset).date
            == transition.time.advanced(byMilliseconds: offset).date
        return isToday ? (text, text) : ("翌日\(text)", "\(text) tomorrow")
    }

    /// What an alarm is about, in a sentence.
    private struct Name {
        let ja: String
        let en: String

        init(_ subject: AlarmSubject, at station: Station) {
            if let level = subject.level {
                ja = level.nameJapanese
                en = "the \(level.nameEnglish)"
            } else if let rule = subject.systemRule {
                ja = AlarmSentence.joined(rule.nameJapanese(at: station))
                en = rule.nameEnglish(at: station)
            } else if let rule = subject.wildlifeRule {
                ja = AlarmSentence.joined(rule.nameJapanese(at: station))
                en = rule.nameEnglish(at: station)
            } else {
                ja = AlarmSentence.joined(subject.rule)
                en = subject.rule
            }
        }
    }
}
