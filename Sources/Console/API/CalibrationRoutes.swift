import GatewayModel
import GatewayPorts
import Hummingbird

/// The versions of calibrations in the JSON API, and how people enter them.
struct CalibrationRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        let viewers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .viewer))
        viewers.get("sensors/:id/calibrations") { _, context in try shown(context) }
        let students = router.group("/api/v1").add(middleware: AccessMiddleware(role: .student))
        students.post("sensors/:id/calibrations") { request, context in
            try await enter(request, context)
        }
        students.post("sensors/:id/calibrations/recompute") { request, context in
            try await recompute(request, context)
        }
    }

    private func shown(
        _ context: ConsoleContext, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let (station, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        return Response.json(
            CalibrationVersionsDocument(
                sensor, in: parts.calibrations, offsetSeconds: station.offsetSeconds),
            status: status)
    }

    private func enter(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        struct Body: Decodable {
            let lines: String
            let validFrom: String?
            let reason: String
            let author: String?
            let recompute: Bool?

            enum CodingKeys: String, CodingKey {
                case lines, reason, author, recompute
                case validFrom = "valid_from"
            }
        }
        try RequestOrigin.requireOwn(request)
        let body = try await FormReader.json(request, as: Body.self)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        let (_, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        try await parts.calibrate(
            NewCalibration(
                sensor: sensor.id, lines: body.lines,
                validFrom: try parts.time(body.validFrom, name: "valid_from"),
                author: try author(body.author, session), reason: body.reason,
                recomputes: body.recompute ?? false),
            by: session)
        return try shown(context, status: .created)
    }

    /// Who answers for a version: who is signed in, or whom the command on the gateway itself names.
    private func author(_ text: String?, _ session: Session) throws(Problem) -> String {
        guard let text, text != session.account else { return session.account }
        guard session.formToken.isEmpty else {
            throw Problem.badParameter(
                "author", "leave it out; it is the account that is signed in")
        }
        guard (1...64).contains(text.count), !text.contains(where: \.isNewline) else {
            throw Problem.badParameter("author", "send a name of at most 64 characters")
        }
        return text
    }

    private func recompute(
        _ request: Request, _ context: ConsoleContext
    ) async throws -> Response {
        struct Body: Decodable { let from: String? }
        try RequestOrigin.requireOwn(request)
        let body = try await FormReader.json(request, as: Body.self)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        let (_, sensor) = try parts.sensor(
            context.parameters.get("id"), in: parts.board.snapshot)
        let order = RecalibrationOrder(
            sensor: sensor.id, from: try parts.time(body.from, name: "from"))
        do {
            try await parts.commands.recalibrate(order, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
        return try shown(context, status: .accepted)
    }
}

extension ConsoleParts {
    /// The most characters of a reason.
    static let greatestReasonCount = 500

    /// Enters a version of a sensor's calibration in a person's name.
    func calibrate(_ new: NewCalibration, by session: Session) async throws(Problem) {
        guard (1...Self.greatestReasonCount).contains(new.reason.count),
            new.reason.contains(where: { !$0.isWhitespace })
        else {
            throw Problem.badParameter(
                "reason",
                "say why the calibration changes, in at most \(Self.greatestReasonCount) characters"
            )
        }
        do {
            try await commands.calibrate(new, by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }

    /// A time of a body; nil where it is missing.
    func time(_ text: String?, name: String) throws(Problem) -> UTCInstant? {
        guard let text else { return nil }
        guard let time = UTCInstant(rfc3339: text) else {
            throw Problem.badParameter(
                name, "send a time in RFC 3339 with an offset, such as 2026-11-21T09:10:00+09:00")
        }
        return time
    }
}
