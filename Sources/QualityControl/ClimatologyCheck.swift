import GatewayModel

extension QualityLimits.Climatology {
    /// Holds a value against what is usual at its time; where no member speaks of that time it is
    /// not evaluated, and where several do, the last one decides. The limits themselves pass.
    ///
    /// - Parameters:
    ///   - value: finite.
    ///   - localTime: the station's own time, as if it were UTC.
    /// - Returns: the flag.
    /// - Source: IOOS QARTOD, Water Level v2.1, test 5; `ioos_qc.qartod.climatology_test`.
    func flag(_ value: Double, localTime: UTCInstant) -> QualityFlag {
        let date = localTime.date
        var flag = QualityFlag.notEvaluated
        for member in members where member.time.contains(localTime, date) {
            if let fail = member.fail, !fail.contains(value) {
                flag = .fail
            } else {
                flag = member.suspect.contains(value) ? .good : .suspect
            }
        }
        return flag
    }
}

extension QualityLimits.Climatology.TimeSpan {
    fileprivate func contains(_ time: UTCInstant, _ date: CalendarDate) -> Bool {
        switch self {
        case .yearly(.month, let span): span.contains(date.month)
        case .yearly(.quarter, let span): span.contains((date.month + 2) / 3)
        case .yearly(.dayOfYear, let span): span.contains(date.dayOfYear)
        case .dates(let span): span.contains(time)
        }
    }
}
