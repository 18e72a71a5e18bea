import Console
package import GatewayModel

/// `kawamori drill`: begins, ends and shows drills (訓練) at a running gateway.
package struct DrillQuery: GatewayQuery {
    private struct List: Decodable { let drills: [DrillDocument] }

    private let control: ControlQuery

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    package init(configuration: GatewayConfiguration, person: String) {
        control = ControlQuery(configuration: configuration, person: person)
    }

    /// The API's JSON of the drills that run.
    package func json() async throws(AdapterFailure) -> [UInt8] {
        try await control.ask("GET", "/api/v1/drills")
    }

    /// The drills that run, as lines for a terminal.
    package func list() async throws(AdapterFailure) -> String {
        let drills = try control.decode(List.self, try await json()).drills
        return drills.isEmpty
            ? "no drill runs\n" : drills.map { Self.line($0) + "\n" }.joined()
    }

    /// Does what is asked.
    ///
    /// - Returns: lines that say how it stands then.
    /// - Throws: `AdapterFailure` where no gateway answers, or it refuses; the cause says why.
    package func carryOut(_ request: DrillRequest) async throws(AdapterFailure) -> String {
        switch request {
        case .start(let plan):
            let answer = try await control.ask("POST", "/api/v1/drills", body: Self.body(of: plan))
            let drills = try control.decode(List.self, answer).drills
            let begun = drills.first { $0.station == plan.station.text }
            return (begun.map { Self.line($0) + "\n" } ?? "")
                + (plan.isAloud ? Self.warning(at: plan.station) : "")
        case .stop(let station):
            _ = try await control.ask("POST", "/api/v1/drills/\(station)/stop", body: [:])
            return "【訓練】 the drill at \(station) is over\n"
        }
    }

    /// What the API takes of a plan.
    static func body(of plan: DrillPlan) -> [String: Any] {
        var body: [String: Any] = ["station": plan.station.text, "siren": plan.isAloud]
        switch plan.course {
        case .flood(let peakMetres, let seconds):
            body["peak_m"] = peakMetres
            body["minutes"] = seconds / 60
        case .scenario(let points):
            body["scenario"] = points.map {
                ["offset_s": $0.offsetSeconds, "stage_m": $0.stageMetres]
            }
        }
        return body
    }

    /// What whoever asked for sirens must know.
    static func warning(at station: StationID) -> String {
        "【訓練】 sirens and lamps of \(station) come on as in a true flood; everybody who can hear"
            + " or see them must know that it is a drill\n"
    }

    /// One drill as one line.
    static func line(_ drill: DrillDocument) -> String {
        "【訓練】 \(drill.station)  to \(drill.peakMetres) m, begun by \(drill.by) at"
            + " \(drill.began), over by \(drill.endsBy)"
            + (drill.siren ? ", with sirens and lamps" : "")
    }
}
