import GatewayModel
import GatewayPorts
import Hummingbird

/// What people do with open alarms, in the JSON API: officers only, each in their name.
///
/// A request whose answer was lost can be sent again: what is so already succeeds and changes nothing.
struct AlarmRoutes {
    let parts: ConsoleParts
    /// An alarm as it stands, by its number.
    let page: @Sendable (String?) async throws -> Response

    func add(to router: Router<ConsoleContext>) {
        let officers = router.group("/api/v1").add(middleware: AccessMiddleware(role: .officer))
        officers.post("alarms/:id/acknowledge") { request, context in
            struct Body: Decodable { let comment: String? }
            return try await change(request, context, Body.self) { alarm, session, body in
                try await parts.acknowledge(alarm, by: session, comment: body.comment)
            }
        }
        officers.post("alarms/:id/comment") { request, context in
            struct Body: Decodable { let comment: String }
            return try await change(request, context, Body.self) { alarm, session, body in
                try await parts.handle(.comment(body.comment), alarm, by: session)
            }
        }
        officers.post("alarms/:id/assign") { request, context in
            struct Body: Decodable { let to: String? }
            return try await change(request, context, Body.self) { alarm, session, body in
                try await parts.handle(.assign(to: body.to ?? ""), alarm, by: session)
            }
        }
        officers.post("alarms/:id/shelve") { request, context in
            struct Body: Decodable {
                let seconds: Double
                let reason: String

                enum CodingKeys: String, CodingKey {
                    case seconds = "for_s"
                    case reason
                }
            }
            return try await change(request, context, Body.self) { alarm, session, body in
                try await parts.handle(
                    .shelve(seconds: body.seconds, reason: body.reason), alarm, by: session)
            }
        }
        officers.post("alarms/:id/unshelve") { request, context in
            struct Body: Decodable {}
            return try await change(request, context, Body.self) { alarm, session, _ in
                try await parts.handle(.unshelve, alarm, by: session)
            }
        }
    }

    private func change<Body: Decodable>(
        _ request: Request, _ context: ConsoleContext, _ type: Body.Type,
        _ body: (StoredAlarm, Session, Body) async throws -> Void
    ) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let content = try await FormReader.json(request, as: type)
        guard let session = context.session else { throw Problem.notFound("No session.") }
        let number = context.parameters.get("id")
        let (alarm, _) = try await parts.alarm(number)
        try await body(alarm, session, content)
        return try await page(number)
    }
}

extension ConsoleParts {
    /// Does something with an alarm in a person's name, and writes into the audit log who did it.
    func handle(
        _ request: AlarmRequest, _ alarm: StoredAlarm, by session: Session
    ) async throws(Problem) {
        switch request {
        case .comment(let text):
            try Self.require(text, "comment", most: ConsoleLimits.commentLength)
        case .assign(let name):
            guard name.count <= ConsoleLimits.nameLength else {
                throw Problem.badParameter(
                    "to", "may have \(ConsoleLimits.nameLength) characters; shorten it")
            }
        case .shelve(let seconds, let reason):
            try Self.require(reason, "reason", most: ConsoleLimits.commentLength)
            let range = AlarmRequest.leastShelfSeconds...AlarmRequest.greatestShelfSeconds
            guard range.contains(seconds) else {
                throw Problem.badParameter("for_s", "send 60 to 86400 seconds")
            }
        case .unshelve: break
        }
        do {
            try await commands.handle(
                request, of: alarm.state.subject, occurrence: alarm.state.occurrence,
                by: session.account)
        } catch {
            throw Problem(refusal: error)
        }
    }

    private static func require(
        _ text: String, _ name: String, most limit: Int
    ) throws(Problem) {
        guard !text.allSatisfy(\.isWhitespace) else {
            throw Problem.badParameter(name, "is empty; write something")
        }
        guard text.count <= limit else {
            throw Problem.badParameter(name, "may have \(limit) characters; shorten it")
        }
    }
}
