package import GatewayModel

/// `kawamori drill`: begins and ends drills at a running gateway.
package struct DrillQuery: Sendable {
    private let control: ControlQuery

    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls, for the audit log.
    package init(configuration: GatewayConfiguration, person: String) {
        control = ControlQuery(configuration: configuration, person: person)
    }

    /// Does what is asked; returns a sentence that says so.
    package func carryOut(_ request: DrillRequest) async throws(AdapterFailure) -> String {
        switch request {
        case .start(let plan):
            _ = try await control.ask(
                "POST", "/api/v1/stations/\(plan.station)/drill",
                body: ["peak_m": plan.peakMetres, "minutes": plan.minutes])
            return "the drill at \(plan.station) has begun; it ends by itself\n"
        case .stop(let station):
            _ = try await control.ask("POST", "/api/v1/stations/\(station)/drill/stop", body: [:])
            return "the drill at \(station) is over\n"
        }
    }
}
