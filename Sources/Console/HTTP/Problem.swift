import FoundationEssentials
import Hummingbird

/// An answer that says no, and what to do about it: a problem document for programs, a page for
/// people.
///
/// - Source: RFC 9457, Problem Details for HTTP APIs.
struct Problem: Error, Sendable {
    let status: HTTPResponse.Status
    /// The last part of the problem's type, a stable word for machines.
    let kind: String
    /// What is the matter, the same words for every occurrence.
    let title: String
    /// What is the matter this time, and what to do.
    let detail: String
    var retryAfterSeconds: Int?

    init(
        _ status: HTTPResponse.Status, _ kind: String, title: String, detail: String,
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// A parameter of the query or of the body that cannot be used.
    static func badParameter(_ name: String, _ detail: String) -> Problem {
        Problem(
            .badRequest, "bad-parameter", title: "A parameter cannot be used",
            detail: "\(name): \(detail)")
    }

    /// Something that is not there.
    static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "not-found", title: "There is no such thing here", detail: what)
    }

    /// The store cannot be read.
    static func storeUnavailable(_ cause: String) -> Problem {
        Problem(
            .serviceUnavailable, "store-unavailable", title: "The store cannot be read",
            detail: "\(cause). The gateway goes on judging readings; try again in a minute.",
            retryAfterSeconds: 60)
    }

    /// The answer for programs.
    var response: Response {
        struct Document: Encodable {
            let type: String
            let title: String
            let status: Int
            let detail: String
        }
        let document = Document(
            type: "urn:kawamori:problem:\(kind)", title: title, status: status.code, detail: detail)
        var response = Response.json(document, status: status)
        response.headers[.contentType] = "application/problem+json"
        addFields(to: &response)
        return response
    }

    /// Adds what the status asks for.
    func addFields(to response: inout Response) {
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    }
}
