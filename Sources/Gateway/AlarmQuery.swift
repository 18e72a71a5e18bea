import Console
package import GatewayModel
import GatewayPorts

/// `kawamori alarm`: asks a running gateway about its alarms, and does with them what the pages do.
package struct AlarmQuery: GatewayQuery {
    private let control: ControlQuery

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls; alarms and the audit log bear the name.
    package init(configuration: GatewayConfiguration, person: String) {
        control = ControlQuery(configuration: configuration, person: person)
    }

    private struct List: Decodable { let alarms: [AlarmDocument] }
    private struct Page: Decodable {
        let alarm: AlarmDocument
        let transitions: [TransitionDocument]
    }

    /// Alarms as the API gives them.
    package func json(all: Bool) async throws(AdapterFailure) -> [UInt8] {
        try await control.ask("GET", "/api/v1/alarms?state=\(all ? "all" : "open")")
    }

    /// Alarms as lines for a terminal, the newest first.
    package func list(all: Bool) async throws(AdapterFailure) -> String {
        let list = try control.decode(List.self, try await json(all: all))
        if list.alarms.isEmpty { return all ? "no alarm was ever raised\n" : "no alarm is open\n" }
        return list.alarms.map { Self.line($0) + "\n" }.joined()
    }

    /// Says that somebody knows of an alarm.
    package func acknowledge(
        _ number: Int64, comment: String?
    ) async throws(AdapterFailure) -> String {
        try await change(number, "acknowledge", comment.map { ["comment": $0] } ?? [:])
    }

    /// Does something else with an open alarm.
    package func handle(
        _ request: AlarmRequest, _ number: Int64
    ) async throws(AdapterFailure) -> String {
        let body: [String: Any] =
            switch request {
            case .comment(let text): ["comment": text]
            case .assign(let name): ["to": name]
            case .shelve(let seconds, let reason): ["for_s": Int(seconds), "reason": reason]
            case .unshelve: [:]
            }
        return try await change(number, request.name, body)
    }

    private func change(
        _ number: Int64, _ action: String, _ body: [String: Any]
    ) async throws(AdapterFailure) -> String {
        let answer = try await control.ask("POST", "/api/v1/alarms/\(number)/\(action)", body: body)
        return Self.line(try control.decode(Page.self, answer).alarm) + "\n"
    }

    /// An alarm's rule; of a drill's alarm, that it is one comes first.
    static func name(of alarm: AlarmDocument) -> String {
        (alarm.drill == true ? "【訓練】 " : "") + alarm.rule
    }

    /// One alarm as one line.
    static func line(_ alarm: AlarmDocument) -> String {
        var parts = [
            alarm.id.map { "\($0)" } ?? "-", alarm.station, name(of: alarm),
            "\(alarm.phase) since \(alarm.since)",
        ]
        if alarm.unsteady { parts.append("unsteady, held") }
        if let until = alarm.shelvedUntil {
            parts.append(
                "put aside until \(until) by \(alarm.shelvedBy ?? "-"): \(alarm.shelfReason ?? "")")
        }
        if let name = alarm.assignedTo { parts.append("assigned to \(name)") }
        if alarm.reminders > 0 { parts.append("\(alarm.reminders) reminders") }
        if let name = alarm.acknowledgedBy {
            parts.append("acknowledged by \(name)" + (alarm.comment.map { ": \($0)" } ?? ""))
        }
        if let text = alarm.lastComment { parts.append("\(alarm.lastCommentBy ?? "-"): \(text)") }
        return parts.joined(separator: "  ")
    }
}
