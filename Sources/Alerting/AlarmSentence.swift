package import GatewayModel

/// One transition of an alarm as one sentence that can be read out, in Japanese and in English.
///
/// Only a municipality issues a 警戒レベル; a gauge says 警戒レベルN相当, and only once the rise is
/// confirmed. Times are the station's own, and the words are those of the day on which it happened.
package struct AlarmSentence: Sendable, Equatable {
    /// The sentence in Japanese.
    package let japanese: String
    /// The sentence in English.
    package let english: String

    /// Writes the sentence; where the gateway's clock is unknown, it says so beside the time.
    ///
    /// - Parameters:
    ///   - transition: what happened; of a drill, both sentences begin with that word.
    ///   - station: the station of the alarm's subject.
    ///   - isSimulated: whether a demo or a drill made it; the sentence then begins with 【模擬】.
    ///   - isStored: false where it is told before it is on disk; the sentence then says 【未保存】.
    package init(
        transition: AlarmTransition, station: Station, isSimulated: Bool, isStored: Bool = true
    ) {
        if let pretended = transition.subject.drilled {
            // A drill uses the words of the real thing, behind a first word that nobody misses.
            var transition = transition
            transition.subject = pretended
            let sentence = AlarmSentence(
                transition: transition, station: station, isSimulated: isSimulated,
                isStored: isStored)
            japanese = "【訓練】" + sentence.japanese
            english = "DRILL: " + sentence.english
            return
        }
        let clock = transition.time.rfc3339(offsetSeconds: station.offsetSeconds)
            .dropFirst("2026-11-21T".count).prefix("09:10".count)
        let event =
            Event(handling: transition, station: station)
            ?? transition.subject.systemRule.map { Event(transition, rule: $0, station: station) }
            ?? Event(transition)
        let wording = station.wording(at: transition.time)
        let stage = transition.stageMetres.map { Self.metres($0, bound: transition.stageBound) }
        var japanese = (isSimulated ? "【模擬】" : "") + (isStored ? "" : "【未保存】")
        japanese += "\(station.name)、\(clock)"
        japanese += transition.isTimeUncertain ? "(時刻未同期)、" : "、"
        if let stage { japanese += "水位\(stage.japanese)、" }
        japanese += event.japanese + "。"
        if let equivalent = event.equivalent.flatMap(wording.equivalentJapanese) {
            japanese += equivalent + "。"
        }
        self.japanese = japanese
        var english = (isSimulated ? "[SIMULATION] " : "") + (isStored ? "" : "[NOT STORED] ")
        english += "\(station.nameEnglish ?? station.name), \(clock)"
        english += transition.isTimeUncertain ? " (clock not synchronised), " : ", "
        if let stage { english += "stage \(stage.english), " }
        english += event.english
        if let equivalent = event.equivalent.flatMap({ wording.equivalentEnglish(of: $0) }) {
            english += ", equivalent to \(equivalent)"
        }
        self.english = english + "."
    }

    /// What the transition says about its level, or about a part of the gateway.
    struct Event {
        let japanese: String
        let english: String
        /// The level whose 警戒レベルN相当 is said; nil where it must not be said.
        let equivalent: FloodLevel?

        init(_ transition: AlarmTransition) {
            let level = transition.subject.level
            let threshold = transition.thresholdMetres.map(AlarmSentence.metres)
            let ja = (level?.nameJapanese ?? transition.subject.rule) + (threshold?.japanese ?? "")
            let en =
                (level.map { "the \($0.nameEnglish)" } ?? transition.subject.rule)
                + (threshold.map { " of \($0.english)" } ?? "")
            switch transition.cause {
            case .reached:
                japanese = "\(ja)に到達"
                english = "has reached \(en)"
            case .reachedLate:
                japanese = "遅れて届いた値により\(ja)への到達が判明"
                english = "a reading that came late shows that it had reached \(en)"
            case .confirmed:
                japanese = "\(ja)への到達を確認"
                english = "confirmed to have reached \(en)"
            case .unconfirmedRise:
                japanese = "未確認、\(ja)に到達した可能性"
                english = "unconfirmed, may have reached \(en)"
            case .refuted:
                japanese = "\(ja)到達の未確認情報を取り消し"
                english = "unconfirmed report of \(en) withdrawn"
            case .receded:
                japanese = "\(ja)を下回り解除"
                english = "back below \(en), alarm cleared"
            case .failed:
                japanese = "\(ja)の異常"
                english = "\(en) has failed"
            case .recovered:
                japanese = "\(ja)が復旧"
                english = "\(en) works again"
            case .acknowledged:
                let actor = transition.actor
                japanese = "\(ja)到達の通知を" + (actor.map { "\($0)が" } ?? "") + "了解"
                english = "alarm for \(en) acknowledged" + (actor.map { " by \($0)" } ?? "")
            default:
                japanese = ja
                english = en
            }
            equivalent =
                switch transition.cause {
                case .reached, .reachedLate, .confirmed: level
                default: nil
                }
        }

        /// What happened to a part of the gateway. A contact that stands open is no fault of its
        /// own, and has words of its own.
        init(_ transition: AlarmTransition, rule: SystemRule, station: Station) {
            let ja = AlarmSentence.joined(rule.nameJapanese(at: station))
            let en = rule.nameEnglish(at: station)
            let detail = transition.comment.map(AlarmSentence.withoutFullStop)
            let meaning = (rule.meaningJapanese, rule.meaningEnglish)
            let actor = transition.actor
            switch transition.cause {
            case .acknowledged:
                japanese = "\(ja)の警報を" + (actor.map { "\($0)が" } ?? "") + "了解"
                english = "alarm for \(en) acknowledged" + (actor.map { " by \($0)" } ?? "")
            case .recovered, .receded, .refuted:
                japanese = rule.isTamper ? "\(ja)の作動が終わり解除" : "\(ja)が復旧"
                english = "\(en) " + (rule.isTamper ? "is back to normal" : "works again")
            default:
                japanese =
                    (rule.isTamper ? "\(ja)が作動" : "\(ja)の異常")
                    + (meaning.0.map { "、\($0)" } ?? "") + (detail.map { "、\($0)" } ?? "")
                english =
                    "\(en) " + (rule.isTamper ? "has tripped" : "has failed")
                    + (meaning.1.map { "; \($0)" } ?? "") + (detail.map { ": \($0)" } ?? "")
            }
            equivalent = nil
        }

        init(japanese: String, english: String) {
            self.japanese = japanese
            self.english = english
            equivalent = nil
        }
    }

    /// A name before a particle: one that ends in ASCII is set off by a space.
    static func joined(_ name: String) -> String {
        name.utf8.last.map { $0 < 0x80 } ?? false ? name + " " : name
    }

    /// A sentence as a part of ours, which ends by itself.
    static func withoutFullStop(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("。") ? String(text.dropLast()) : text
    }

    /// Metres that bound the true stage say so (以上, 未満).
    private static func metres(
        _ metres: Double, bound: ValueBound
    ) -> (japanese: String, english: String) {
        let text = Self.metres(metres)
        return switch bound {
        case .exact: text
        case .atLeast: (text.japanese + "以上", "at least " + text.english)
        case .below: (text.japanese + "未満", "below " + text.english)
        }
    }

    /// Metres with two decimals, halves away from zero, and the sign as a word, since a minus sign
    /// is easily lost when a text is read out.
    static func metres(_ metres: Double) -> (japanese: String, english: String) {
        guard metres.magnitude <= 1e6 else { return ("不明", "unknown") }
        // First to nanometres, which undoes the binary fraction: 1.005 m reads as 1.01.
        let nanometres = Int64((metres * 1e9).rounded())
        let centimetres = (nanometres.magnitude + 5_000_000) / 10_000_000
        let fraction = centimetres % 100
        let text = "\(centimetres / 100).\(fraction < 10 ? "0" : "")\(fraction)"
        let isNegative = nanometres < 0 && centimetres > 0
        return (
            (isNegative ? "マイナス" : "") + text + "メートル",
            (isNegative ? "minus " : "") + text + " metres"
        )
    }
}
