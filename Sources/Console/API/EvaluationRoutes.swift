import GatewayModel
import GatewayPorts
import Hummingbird

/// What-if in the JSON API: the alarms that other rules would have given.
struct EvaluationRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let students = router.group("/api/v1").add(middleware: AccessMiddleware(role: .student))
        students.post("sensors/:id/evaluate") { request, context in
            try await evaluate(request, context)
        }
    }

    private struct Body: Decodable {
        let from: String
        let to: String
        let thresholds: [String: Double?]?
        let lines: String?
    }

    private func evaluate(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let body = try await FormReader.json(request, as: Body.self)
        let (_, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        guard let from = try parts.time(body.from, name: "from"),
            let to = try parts.time(body.to, name: "to")
        else { throw Problem.badParameter("from", "send both times") }
        guard from < to else {
            throw Problem.badParameter("to", "send a time after `from`")
        }
        let question = PastQuestion(
            sensor: sensor.id, from: from, to: to, proposal: try proposal(body))
        do {
            return Response.text(
                try await parts.past.evaluate(question), contentType: "application/json")
        } catch {
            throw Problem(past: error)
        }
    }

    private func proposal(_ body: Body) throws(Problem) -> PastQuestion.Proposal {
        switch (body.thresholds, body.lines) {
        case (let thresholds?, nil):
            var read: [FloodLevel: Double?] = [:]
            for (key, metres) in thresholds {
                guard let level = FloodLevel(key: key) else {
                    let known = FloodLevel.allCases.map(\.key).joined(separator: ", ")
                    throw Problem.badParameter(
                        "thresholds", "`\(key)` is no level; the levels are \(known)")
                }
                read.updateValue(metres, forKey: level)
            }
            return .thresholds(read)
        case (nil, let lines?):
            return .lines(lines)
        default:
            throw Problem.badParameter(
                "thresholds",
                "send either thresholds by level, or lines of a station file as `lines`")
        }
    }
}

extension Problem {
    /// What a question to the past was refused for.
    init(past refusal: PastRefusal) {
        switch refusal {
        case .notFound(let what): self = .notFound(what)
        case .notValid(let problems): self.init(refusal: .notValid(problems))
        case .busy:
            self.init(
                .tooManyRequests, "evaluation-runs", title: "Another evaluation runs",
                detail: "One at a time is answered, so that the river is never kept waiting; try"
                    + " again shortly.", retryAfterSeconds: 10)
        case .tooMuch(let why):
            self.init(
                .unprocessableContent, "evaluation-too-long", title: "The evaluation is too long",
                detail: why)
        case .failed(let failure): self = .storeUnavailable(failure.description)
        }
    }
}
