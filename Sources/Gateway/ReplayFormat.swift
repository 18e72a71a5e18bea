import GatewayModel

/// The forms in which a replay is written.
package enum ReplayFormat: String, Sendable, CaseIterable {
    case csv
    case jsonl

    /// The columns, in their order.
    package static let columns =
        [
            "time", "raw", "value", "flag", "gross_range", "spike", "rate_of_change", "flat_line",
            "attenuated_signal", "gap", "level", "alarm",
        ] + laterChecks.map(\.name) + ["smoothed"]
    private static let checks: [QualityCheck] = [
        .grossRange, .spike, .rateOfChange, .flatLine, .attenuatedSignal, .gap,
    ]
    /// Columns that came later stand behind the alarms, so that the places of the others keep.
    private static let laterChecks: [QualityCheck] = [
        .climatology, .neighbor, .multiVariate, .errorCode, .step, .measuringRange,
        .temperatureArtefact, .tipBounce,
    ]

    /// What stands before the first row.
    ///
    /// - Parameter namesSensor: whether a last column says whose row it is; it must where there are
    ///   several sensors.
    /// - Returns: the line with its end; nothing where the form has no header.
    package func header(namesSensor: Bool = false) -> String {
        let columns = Self.columns + (namesSensor ? ["sensor"] : [])
        return self == .csv ? columns.joined(separator: ",") + "\n" : ""
    }

    /// A row as a line.
    ///
    /// - Parameters:
    ///   - row: what to write.
    ///   - offsetSeconds: the station's offset from UTC.
    ///   - namesSensor: whether a last column says whose row it is.
    /// - Returns: the line with its end.
    package func line(
        _ row: ReplayedRow, offsetSeconds: Int, namesSensor: Bool = false
    ) -> String {
        let observation = row.observation
        let raw = observation.rawValue.map { "\($0)" }
        let value = observation.value.map { "\($0)" }
        let flags = Self.checks.map { observation.report[$0].rawValue }
        let laterFlags = Self.laterChecks.map { observation.report[$0].rawValue }
        let smoothed = row.smoothed.map { "\($0)" }
        let alarm = row.transitions.map { "\($0.subject.rule):\($0.to.rawValue)" }
        switch self {
        case .csv:
            let cells =
                [row.timeText, raw ?? "", value ?? "", "\(observation.flag.rawValue)"]
                + flags.map { "\($0)" } + [row.level?.key ?? "", alarm.joined(separator: " ")]
                + laterFlags.map { "\($0)" } + [smoothed ?? ""]
                + (namesSensor ? [row.sensor.local] : [])
            return cells.map(CSVCell.quoted).joined(separator: ",") + "\n"
        case .jsonl:
            var members = [
                "\"time\":\"\(observation.time.rfc3339(offsetSeconds: offsetSeconds))\"",
                "\"raw\":\(raw ?? "null")", "\"value\":\(value ?? "null")",
                "\"flag\":\(observation.flag.rawValue)",
            ]
            members += zip(Self.checks, flags).map { "\"\($0.name)\":\($1)" }
            members.append("\"level\":" + (row.level.map { "\"\($0.key)\"" } ?? "null"))
            members.append("\"alarm\":[" + alarm.map { "\"\($0)\"" }.joined(separator: ",") + "]")
            members += zip(Self.laterChecks, laterFlags).map { "\"\($0.name)\":\($1)" }
            members.append("\"smoothed\":\(smoothed ?? "null")")
            if namesSensor { members.append("\"sensor\":\"\(row.sensor.local)\"") }
            return "{\(members.joined(separator: ","))}\n"
        }
    }
}
