import GatewayPorts
import Hummingbird
import Logging

/// Puts the headers on every answer that keep a browser from doing what we did not ask for, and
/// turns errors into answers, so that those carry the headers too.
struct SecurityMiddleware: RouterMiddleware {
    typealias Context = ConsoleContext

    /// No source but ourselves, no inline script or style, nobody's frame.
    static let contentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        + "object-src 'none'"

    let pages: PageRenderer
    /// What is so just now.
    let snapshot: @Sendable () -> LiveSnapshot

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            response = answer(problem, to: request, context: context)
        } catch let error as any HTTPResponseError {
            response = answer(Self.problem(for: error.status), to: request, context: context)
        } catch {
            context.logger.error("A request failed: \(error)")
            response = answer(
                Self.problem(for: .internalServerError), to: request, context: context)
        }
        response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPFieldName.referrerPolicy { response.headers[name] = "same-origin" }
        if let name = HTTPFieldName.frameOptions { response.headers[name] = "DENY" }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func answer(
        _ problem: Problem, to request: Request, context: ConsoleContext
    ) -> Response {
        let path = request.uri.path
        if path.hasPrefix("/api/") || path == "/metrics" { return problem.response }
        if problem.status == .unauthorized, request.method == .get {
            return .seeOther("/login?next=\(path.percentEncodedForQuery)")
        }
        let snapshot = snapshot()
        var response = pages.message(
            problem, language: context.language, session: context.session,
            isSimulated: snapshot.isSimulated, drill: snapshot.drillSign)
        problem.addFields(to: &response)
        return response
    }

    private static func problem(for status: HTTPResponse.Status) -> Problem {
        switch status {
        case .notFound:
            .notFound("No page or resource has this address; go back to the first page.")
        case .contentTooLarge:
            Problem(
                .contentTooLarge, "too-large", title: "The request is too large",
                detail: "A body may have \(ConsoleLimits.bodyByteCount) bytes; send less.")
        case .badRequest:
            Problem(
                .badRequest, "bad-request", title: "The request cannot be read",
                detail: "The body or the query does not have the form that this address takes.")
        default:
            Problem(
                status.code < 500 ? status : .internalServerError, "failed",
                title: "The request failed",
                detail: "Try again; if it stays so, the gateway's log says more.")
        }
    }
}
