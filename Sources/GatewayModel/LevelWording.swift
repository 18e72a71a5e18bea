/// The public's words for what a flood level means, which change on a day.
///
/// The thresholds keep their names (氾濫危険水位 and the others), and so does 警戒レベルN相当: only a
/// municipality issues a 警戒レベル, and whoever reads a gauge says 相当 and no more. Since the
/// reorganisation of 2026 the weather service's warnings carry the same numbers, one title for each;
/// people hear that title on the radio, so it is named beside the number, as an equivalent too. It is the
/// title that all hazards share, without 氾濫: most small rivers have no flood warning of their own.
///
/// - Source: Cabinet Office 避難情報に関するガイドライン (2021); Japan Meteorological Agency and Ministry of
///   Land, Infrastructure, Transport and Tourism, 新たな防災気象情報, in operation since 28 May 2026.
package enum LevelWording: Sendable, Equatable, CaseIterable {
    /// 警戒レベル4相当
    case of2021
    /// 警戒レベル4相当・危険警報相当
    case of2026

    /// The day from which the new words hold where a station file says no other: the day on which the
    /// new information began. What is told on it is told in the new words, from midnight on.
    package static let changeover2026 = CalendarDate(year: 2026, month: 5, day: 28, dayOfYear: 148)

    /// The words of a day.
    ///
    /// - Parameters:
    ///   - date: the day by the station's clocks.
    ///   - changeover: the first day of the new words.
    package init(on date: CalendarDate, changeover: CalendarDate) {
        self = date < changeover ? .of2021 : .of2026
    }

    /// What a level is equivalent to; nil for the standby level, which has no equivalent.
    package func equivalentJapanese(of level: FloodLevel) -> String? {
        guard let number = level.warningLevelEquivalent else { return nil }
        let text = "警戒レベル\(number)相当"
        guard self == .of2026, let title = Self.title(of: level) else { return text }
        return "\(text)・\(title.japanese)相当"
    }

    /// What a level is equivalent to, after `equivalent to`; nil for the standby level.
    ///
    /// - Parameters:
    ///   - level: the level.
    ///   - term: what a warning level is called there.
    /// - Returns: such as `warning level 4`.
    package func equivalentEnglish(
        of level: FloodLevel, term: String = "warning level"
    ) -> String? {
        guard let number = level.warningLevelEquivalent else { return nil }
        let text = "\(term) \(number)"
        guard self == .of2026, let title = Self.title(of: level) else { return text }
        return "\(text), \(title.english)"
    }

    /// The title that the warnings of all hazards have at a level since 2026.
    private static func title(of level: FloodLevel) -> (japanese: String, english: String)? {
        switch level {
        case .standby: nil
        case .caution: ("注意報", "advisory")
        case .evacuationJudgement: ("警報", "warning")
        case .danger: ("危険警報", "danger warning")
        case .overflow: ("特別警報", "emergency warning")
        }
    }
}

extension Station {
    /// The words for the levels of this station at a moment, by its own calendar.
    package func wording(at moment: UTCInstant) -> LevelWording {
        let local = moment.advanced(byMilliseconds: Int64(offsetSeconds) * 1000)
        return LevelWording(on: local.date, changeover: levels.wording2026From)
    }
}
