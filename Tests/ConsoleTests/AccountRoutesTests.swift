import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

struct AccountRoutesTests {
    @Test func `a session opens, is audited, and closes`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let response = try await client.post(
                "/login", form: "account=officer&password=officer-secret&next=/console/alarms")
            #expect(response.status == .seeOther)
            #expect(response.headers[.location] == "/console/alarms")
            let cookie = try #require(response.headers[.setCookie])
            for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
                #expect(cookie.contains(attribute), "\(attribute)")
            }
            let officer = try await client.signedIn(as: "officer")
            #expect(try await officer.get("/console").status == .ok)
            let token = try await officer.formToken(on: "/console")
            #expect(try await officer.post("/logout", form: "token=wrong").status == .forbidden)
            #expect(try await officer.post("/logout", form: "token=\(token)").status == .seeOther)
            #expect(try await officer.get("/console").status == .seeOther)
            let actions = gateway.state.withLock { $0.audit.map(\.action) }
            #expect(actions == ["session.open", "session.open", "session.close"])
        }
    }

    @Test(arguments: [
        "account=officer&password=wrong", "account=nobody&password=officer-secret",
        "account=&password=", "account=officer",
    ])
    func `a wrong password opens nothing`(form: String) async throws {
        try await ConsoleClient.with { client in
            let response = try await client.post("/login", form: form)
            #expect(response.status == .unauthorized)
            #expect(response.headers[.setCookie] == nil)
            #expect(response.text.contains("アカウント名かパスワードが違います"))
        }
    }

    @Test func `guessing is slowed down, and the window ends`() async throws {
        let clock = FakeClock(Riverside.now)
        try await ConsoleClient.with(clock: clock) { client in
            for _ in 0..<LoginThrottle.attemptsPerAccount {
                let response = try await client.post(
                    "/login", form: "account=admin&password=guess")
                #expect(response.status == .unauthorized)
            }
            let right = "account=admin&password=admin-secret"
            let refused = try await client.post("/login", form: right)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.retryAfter] == "300")
            clock.advance(seconds: 300)
            #expect(try await client.post("/login", form: right).status == .seeOther)
        }
    }

    @Test func `a session ends when its time is over`() async throws {
        let clock = FakeClock(Riverside.now)
        let configuration = ConsoleConfiguration(sessionLifetimeSeconds: 600)
        try await ConsoleClient.with(clock: clock, configuration: configuration) { client in
            let viewer = try await client.signedIn(as: "viewer")
            clock.advance(seconds: 599)
            #expect(try await viewer.get("/api/v1/losses").status == .ok)
            clock.advance(seconds: 1)
            #expect(try await viewer.get("/api/v1/losses").status == .unauthorized)
        }
    }

    @Test func `another site cannot sign its visitor in`() async throws {
        try await ConsoleClient.with { client in
            let site = try #require(HTTPFieldName.fetchSite)
            let response = try await client.post(
                "/login", form: "account=viewer&password=viewer-secret",
                headers: [site: "cross-site"])
            #expect(response.status == .forbidden)
            #expect(response.headers[.setCookie] == nil)
        }
    }

    @Test(arguments: [
        ("/console/alarms?x=1", "/console/alarms?x=1"), ("//evil.example", "/console"),
        ("https://evil.example/console", "/console"), ("/console/\\evil", "/console"),
        ("/consoles", "/console"), ("/console/a\r\nSet-Cookie: a=b", "/console"),
    ])
    func `signing in leads to our own pages only`(asked: String, path: String) {
        #expect(AccountRoutes.ownPath(asked) == path)
    }

    @Test(arguments: ["Bearer a-machine-token-of-lengtj", "Bearer ", "Basic abc"])
    func `a wrong machine token opens nothing`(field: String) async throws {
        let configuration = ConsoleConfiguration(machineToken: "a-machine-token-of-length")
        try await ConsoleClient.with(configuration: configuration) { client in
            let response = try await client.get("/api/v1/losses", headers: [.authorization: field])
            #expect(response.status == .unauthorized)
        }
    }
}
