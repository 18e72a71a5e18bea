import GatewayModel

/// The `climatology:` list of a sensor's `qc:` section, with ioos_qc's parameter names.
///
/// - Source: `ioos_qc/qartod.py`: `ClimatologyConfig.add`.
enum ClimatologySection {
    private static let memberLimit = 400

    static func read(_ value: YAMLValue) -> QualityLimits.Climatology? {
        guard let entries = value.list() else { return nil }
        guard (1...memberLimit).contains(entries.count) else {
            value.error(
                "`climatology` must have 1 to \(memberLimit) entries, such as"
                    + " `- { tspan: [6, 9], period: month, vspan: [-0.2, 3.0] }`")
            return nil
        }
        return QualityLimits.Climatology(members: entries.compactMap(member))
    }

    private static func member(_ value: YAMLValue) -> QualityLimits.Climatology.Member? {
        let entry = YAMLValue(
            reader: value.reader, node: value.node, name: "an entry of climatology")
        guard let section = entry.mapping(keys: ["tspan", "period", "vspan", "fspan"]) else {
            return nil
        }
        let time = section.required("tspan", example: "[6, 9]").flatMap {
            timeSpan($0, period: section["period"])
        }
        let suspect = section.required("vspan", example: "[-0.2, 3.0]")
            .flatMap(QualitySection.span)
        let fail = section["fspan"].flatMap(QualitySection.span)
        guard let time, let suspect else { return nil }
        return QualityLimits.Climatology.Member(time: time, suspect: suspect, fail: fail)
    }

    private static func timeSpan(
        _ value: YAMLValue, period: YAMLValue?
    ) -> QualityLimits.Climatology.TimeSpan? {
        guard let ends = value.list() else { return nil }
        guard ends.count == 2 else {
            value.error("`tspan` must have two ends, such as `[6, 9]`, not \(ends.count)")
            return nil
        }
        guard let period else {
            guard let first = date(ends[0]), let last = date(ends[1]) else { return nil }
            guard first <= last else {
                value.error("`tspan` ends before it begins; change its ends about")
                return nil
            }
            return .dates(first...last)
        }
        guard
            let kind = period.choice([
                "month": QualityLimits.Climatology.Period.month, "quarter": .quarter,
                "dayofyear": .dayOfYear,
            ])
        else { return nil }
        let highest = [.month: 12, .quarter: 4, .dayOfYear: 366][kind] ?? 0
        guard let first = ends[0].integer(in: 1...highest),
            let last = ends[1].integer(in: 1...highest)
        else { return nil }
        guard first <= last else {
            // ioos_qc would sort the ends, and a winter would become the summer.
            value.error(
                "`tspan` [\(first), \(last)] goes over the end of the year; write two entries,"
                    + " [\(first), \(highest)] and [1, \(last)]")
            return nil
        }
        return .yearly(kind, first...last)
    }

    /// A date, or a date with a time, in the station's own time.
    private static func date(_ value: YAMLValue) -> UTCInstant? {
        guard let text = value.line() else { return nil }
        if let date = UTCInstant(rfc3339: text + "T00:00", defaultOffsetSeconds: 0) { return date }
        if let time = UTCInstant(rfc3339: text, defaultOffsetSeconds: 0) { return time }
        value.error(
            "`\(text)` is no date such as 2026-06-01; give a `period` where the entry holds for every"
                + " year")
        return nil
    }
}
