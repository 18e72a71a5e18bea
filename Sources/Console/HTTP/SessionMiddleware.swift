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

    /// A machine that knows the token reads as a viewer; it can change nothing.
    private func machineSession(_ request: Request) -> Session? {
        guard let machineToken, let field = request.headers[.authorization],
            field.lowercased().hasPrefix("bearer "),
            isEqualInConstantTime(Array(field.utf8.dropFirst(7)), machineToken)
        else { return nil }
        return Session(account: "machine", role: .viewer, formToken: "", endsAtNanoseconds: .max)
    }
}
