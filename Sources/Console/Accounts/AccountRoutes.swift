import GatewayModel
import GatewayPorts
import Hummingbird

/// Signing in and out.
struct AccountRoutes {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        router.get("/login") { request, context in
            let next = QueryReader(request: request).text("next")
            return page(context, next: Self.ownPath(next), account: "", failure: nil)
        }
        router.post("/login") { request, context in try await signIn(request, context) }
        router.post("/logout") { request, context in try await signOut(request, context) }
    }

    /// A path of our own to go to after signing in; whatever else was asked for is the overview.
    static func ownPath(_ text: String?) -> String {
        guard let text, text == "/console" || text.hasPrefix("/console/"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }), text.count <= 512
        else { return "/console" }
        return text
    }

    private func page(
        _ context: ConsoleContext, next: String, account: String, failure: Problem?
    ) -> Response {
        let language = context.language
        var content: [String: Any] = ["next": next, "accountTyped": account]
        content["failure"] = failure?.detail
        var response = parts.pages.page(
            "login",
            frame: PageFrame(
                title: Phrases.texts(language)["signIn"] ?? "", language: language, session: nil,
                path: "/login?next=\(next.percentEncodedForQuery)",
                isSimulated: parts.board.snapshot.isSimulated,
                drill: parts.board.snapshot.drillSign),
            content: content, status: failure?.status ?? .ok)
        if let seconds = failure?.retryAfterSeconds {
            response.headers[.retryAfter] = String(seconds)
        }
        return response
    }

    private func signIn(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        let name = form["account"] ?? ""
        let password = form["password"] ?? ""
        let next = Self.ownPath(form["next"])
        func refuse(_ problem: Problem) -> Response {
            page(context, next: next, account: String(name.prefix(64)), failure: problem)
        }
        guard (1...64).contains(name.utf8.count), (1...256).contains(password.utf8.count) else {
            return refuse(wrong(context.language))
        }
        let now = parts.sessionClock.now()
        if let seconds = parts.throttle.admit(account: name, address: context.address, now: now) {
            // Not audited: the attempts that led here are, and strangers must not fill the log.
            return refuse(busy(context.language, seconds: seconds))
        }
        let account = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.account(named: name)
        }
        let fits = await parts.passwords.check(password, against: account?.passwordHash)
        guard let fits else { return refuse(busy(context.language, seconds: 5)) }
        guard fits, let account else {
            await parts.audit(name, "session.refused", "from \(context.address)")
            return refuse(wrong(context.language))
        }
        parts.throttle.forgive(account: name)
        if let old = context.sessionToken { parts.sessions.close(token: old) }
        let token = parts.sessions.open(account: account.name, role: account.role, now: now)
        await parts.audit(account.name, "session.open", "from \(context.address)")
        var response = Response.seeOther(next)
        response.setCookie(
            cookie(token, maxAge: Int(min(parts.configuration.sessionLifetimeSeconds, 1e9))))
        return response
    }

    private func signOut(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try RequestOrigin.requireOwn(request)
        let form = try await FormReader.form(request)
        if let session = context.session, let token = context.sessionToken {
            try RequestOrigin.requireFormToken(form["token"], of: session)
            parts.sessions.close(token: token)
            await parts.audit(session.account, "session.close", "from \(context.address)")
        }
        var response = Response.seeOther("/")
        response.setCookie(cookie("", maxAge: 0))
        return response
    }

    private func cookie(_ value: String, maxAge: Int) -> Cookie {
        Cookie(
            name: SessionMiddleware.cookieName, value: value, maxAge: maxAge, path: "/",
            secure: parts.configuration.cookiesAreSecure, httpOnly: true, sameSite: .strict)
    }

    private func wrong(_ language: Language) -> Problem {
        Problem(
            .unauthorized, "wrong-password", title: "The sign-in failed",
            detail: language.pick(
                "アカウント名かパスワードが違います。", "The account name or the password is wrong."))
    }

    private func busy(_ language: Language, seconds: Int) -> Problem {
        Problem(
            .tooManyRequests, "too-many-attempts", title: "Too many attempts",
            detail: language.pick(
                "試行が多すぎます。\(seconds)秒後にやり直してください。",
                "Too many attempts. Try again in \(seconds) seconds."),
            retryAfterSeconds: seconds)
    }
}
