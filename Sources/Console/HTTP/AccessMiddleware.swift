import GatewayPorts
import Hummingbird

/// Lets pass who has at least a role.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = ConsoleContext

    let role: Account.Role

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        guard let session = context.session else {
            throw Problem(
                .unauthorized, "sign-in-needed", title: "A sign-in is needed",
                detail: "Sign in at /login and send the session cookie, or send the machine token "
                    + "as Authorization: Bearer.")
        }
        guard session.role >= role else {
            throw Problem(
                .forbidden, "role-needed", title: "The account may not do this",
                detail: "The role \(role.rawValue) or higher is needed; this account is "
                    + "\(session.role.rawValue). Ask an administrator.")
        }
        return try await next(request, context)
    }
}
