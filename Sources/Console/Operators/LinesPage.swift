import GatewayModel
import GatewayPorts
import Hummingbird

/// The GPIO lines as they are now: what a student at the bench and an officer with a siren look at.
///
/// A script draws the edges anew every second; without it the page loads itself again.
struct LinesPage {
    let parts: ConsoleParts

    func respond(_ context: ConsoleContext) -> Response {
        let snapshot = parts.board.snapshot
        let traces = parts.lines.snapshot
        let maySwitch = (context.session?.role ?? .viewer) >= .officer
        return parts.pages.page(
            "lines",
            frame: parts.frame(.lines, context: context, isSimulated: snapshot.isSimulated),
            content: [
                "inputs": traces.filter { $0.direction == .input }.map { card($0, context, false) },
                "outputs": traces.filter { $0.direction == .output }.map {
                    card($0, context, maySwitch)
                },
                "hasInputs": traces.contains { $0.direction == .input },
                "hasOutputs": traces.contains { $0.direction == .output },
            ])
    }

    /// Switches an output on for its test's time, and writes down who asked for it.
    func test(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        try RequestOrigin.requireFormToken(form["token"], of: session)
        try await parts.testOutput(context.parameters.get("name"), by: session)
        return .seeOther("/console/lines")
    }

    private func card(
        _ trace: LineTrace, _ context: ConsoleContext, _ maySwitch: Bool
    ) -> [String: Any] {
        let language = context.language
        let state: String
        switch trace.isActive {
        case _ where !trace.isHeld: state = language.pick("使用できません", "not available")
        case true?: state = language.pick("オン", "active")
        case false?: state = language.pick("オフ", "inactive")
        case nil: state = language.pick("不明", "unknown")
        }
        return [
            "name": trace.name, "place": "\(trace.chip) / \(trace.line)", "state": state,
            "stateClass": !trace.isHeld ? "bad" : trace.isActive == true ? "ok" : "soft",
            "edges": String(trace.edgeCount),
            "lost": (trace.isLostAtLeast ? "≥ " : "") + String(trace.lostCount),
            "bounces": String(trace.bounceCount), "invalid": String(trace.invalidCount),
            "detail": trace.detail, "maySwitch": maySwitch && trace.isHeld,
            "hasLost": trace.lostCount > 0 || trace.isLostAtLeast,
        ]
    }
}

extension ConsoleParts {
    /// Asks for an output's test pulse in a person's name.
    func testOutput(_ name: String?, by session: Session) async throws(Problem) {
        let isKnown = lines.snapshot.contains { $0.direction == .output && $0.name == name }
        guard let name, isKnown else {
            throw Problem.notFound("There is no output of this name; /api/v1/lines lists them.")
        }
        do {
            try await commands.testOutput(name, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }
}
