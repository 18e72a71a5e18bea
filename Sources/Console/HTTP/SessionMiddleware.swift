import GatewayPorts
import Hummingbird

/// Finds out who calls and in which language to answer.
struct SessionMiddleware: RouterMiddleware {
    typealias Context = ConsoleContext

    /// The cookie that holds the session's token.
    static let cookieName = "kawamori_session"
    /// The cookie that remembers the language.
    static let languageCookieName = "kawamori_lang"

    let sessions: SessionTable
    let clock: any GatewayClock
    let machineToken: [UInt8]?
    let controlToken: [UInt8]?
    let cookiesAreSecure: Bool

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let asked = request.uri.queryParameters["lang"].flatMap { Language(rawValue: String($0)) }
        let remembered = request.cookies[Self.languageCookieName].flatMap {
            Language(rawValue: $0.value)
        }
        context.language = asked ?? remembered ?? .japanese
        if let token = request.cookies[Self.cookieName]?.value {
            context.session = sessions.session(token: token, now: clock.now())
            context.sessionToken = token
        }
        if context.session == nil { context.session = machineSession(request) }
        var response = try await next(request, context)
        if let asked {
            response.setCookie(
                Cookie(
                    name: Self.languageCookieName, value: asked.rawValue, maxAge: 31_536_000,
                    path: "/", secure: cookiesAreSecure, httpOnly: true, sameSite: .lax))
        }
        return response
    }

    /// A machine that knows the one token reads as a viewer; it can change nothing. Who knows the
    /// other is on the gateway itself, as its own user or root, and may do everything.
    private func machineSession(_ request: Request) -> Session? {
        guard let field = request.headers[.authorization],
            field.lowercased().hasPrefix("bearer ")
        else { return nil }
        let token = Array(field.utf8.dropFirst(7))
        if let controlToken, isEqualInConstantTime(token, controlToken) {
            return Session(
                account: Self.localAccount(request), role: .admin, formToken: "",
                endsAtNanoseconds: .max)
        }
        guard let machineToken, isEqualInConstantTime(token, machineToken) else { return nil }
        return Session(account: "machine", role: .viewer, formToken: "", endsAtNanoseconds: .max)
    }

    /// Who is at the command line, for the audit log. The name is theirs to give: whoever has the
    /// token could write anything anyway.
    private static func localAccount(_ request: Request) -> String {
        let name = HTTPFieldName.localPerson.flatMap { request.headers[$0] } ?? ""
        let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return name.isEmpty || name.utf8.count > 64 || !isPlain ? "local" : "local:\(name)"
    }
}
