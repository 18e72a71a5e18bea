import Hummingbird

/// Tells whether a request that changes something comes from one of our own pages.
enum RequestOrigin {
    /// Refuses requests that another site made a browser send.
    ///
    /// Browsers say where a request comes from: in `Sec-Fetch-Site`, older ones in `Origin`. A
    /// program that is no browser sends neither and carries no one else's cookies.
    ///
    /// - Throws: a `Problem` for a foreign or an unreadable origin.
    /// - Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata" and
    ///   "Verifying Origin".
    static func requireOwn(_ request: Request) throws(Problem) {
        if let name = HTTPFieldName.fetchSite, let site = request.headers[name] {
            guard site == "same-origin" || site == "none" else { throw foreign }
            return
        }
        guard let origin = request.headers[.origin] else { return }
        let authority = origin.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
        guard let host = request.head.authority, authority.count == 1,
            authority.first.map({ $0.lowercased() }) == host.lowercased()
        else { throw foreign }
    }

    /// Refuses a form that does not bring back the session's token.
    static func requireFormToken(_ token: String?, of session: Session) throws(Problem) {
        guard !session.formToken.isEmpty,
            isEqualInConstantTime(Array((token ?? "").utf8), Array(session.formToken.utf8))
        else {
            throw Problem(
                .forbidden, "form-expired", title: "The form is no longer valid",
                detail: "Go back, reload the page and send the form again.")
        }
    }

    private static let foreign = Problem(
        .forbidden, "foreign-origin", title: "The request comes from another site",
        detail: "Changes are taken from the console's own pages only; open the console itself.")
}
