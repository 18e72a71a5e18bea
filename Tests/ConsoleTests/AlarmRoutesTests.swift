import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

struct AlarmRoutesTests {
    private static let bodies = [
        ("comment", #"{"comment":"堤防を確認"}"#, #"comment("堤防を確認")"#),
        ("assign", #"{"to":"伊藤"}"#, #"assign(to: "伊藤")"#),
        ("assign", #"{"to":null}"#, #"assign(to: "")"#),
        (
            "shelve", #"{"for_s":1800,"reason":"清掃中"}"#,
            #"shelve(seconds: 1800.0, reason: "清掃中")"#
        ),
        ("unshelve", "{}", "unshelve"),
    ]

    @Test(arguments: bodies)
    func `an officer handles an alarm, a viewer and a stranger do not`(
        action: String, body: String, request: String
    ) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let path = "/api/v1/alarms/3/\(action)"
            #expect(try await client.post(path, json: body).status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.post(path, json: body).status == .forbidden)
            #expect(gateway.state.withLock { $0.alarmRequests.isEmpty })
            let officer = try await client.signedIn(as: "officer")
            let foreign: HTTPFields = [try #require(HTTPFieldName.fetchSite): "cross-site"]
            #expect(
                try await officer.post(path, json: body, headers: foreign).status == .forbidden)
            let response = try await officer.post(path, json: body)
            #expect(response.status == .ok)
            #expect((response.object["alarm"] as? [String: Any])?["id"] as? Int == 3)
            #expect(
                gateway.state.withLock { $0.alarmRequests }
                    == ["\(request) level.caution no. 1 by officer"])
        }
    }

    @Test(arguments: [
        ("comment", #"{"comment":" "}"#), ("comment", "{}"), ("shelve", #"{"for_s":1800}"#),
        ("shelve", #"{"for_s":1800,"reason":""}"#), ("shelve", #"{"for_s":59,"reason":"x"}"#),
        ("shelve", #"{"for_s":86401,"reason":"x"}"#),
        ("assign", #"{"to":""# + String(repeating: "x", count: 65) + #""}"#),
    ])
    func `what cannot be meant is refused with a reason`(
        action: String, body: String
    ) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let response = try await officer.post("/api/v1/alarms/3/\(action)", json: body)
            #expect(response.status == .badRequest)
            #expect(gateway.state.withLock { $0.alarmRequests.isEmpty })
            #expect(
                try await officer.post("/api/v1/alarms/99/unshelve", json: "{}").status
                    == .notFound)
        }
    }

    @Test func `the document says who sees to it, until when it is aside, and what was said`()
        async throws
    {
        let gateway = try Riverside.gateway()
        gateway.state.withLock { state in
            var handling = AlarmHandling()
            handling.assignedTo = "伊藤"
            handling.shelf = AlarmShelf(
                actor: "佐藤", reason: "清掃中", since: SteadyInstant(milliseconds: 0), seconds: 600,
                until: Riverside.now.utc)
            handling.isFlapping = true
            handling.escalationCount = 2
            handling.lastComment = "見た"
            handling.lastCommentBy = "山田"
            state.alarms[2].state.handling = handling
        }
        try await ConsoleClient.with(gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let alarm =
                try await viewer.get("/api/v1/alarms/3").object["alarm"]
                as? [String: Any]
            #expect(alarm?["assigned_to"] as? String == "伊藤")
            #expect(alarm?["shelved_by"] as? String == "佐藤")
            #expect((alarm?["shelved_until"] as? String)?.hasSuffix("+09:00") == true)
            #expect(alarm?["unsteady"] as? Bool == true && alarm?["reminders"] as? Int == 2)
            #expect(alarm?["last_comment_by"] as? String == "山田")
            let page = try await viewer.get("/console/alarms/3").text
            #expect(page.contains("佐藤が保留中: 清掃中") && page.contains("見た(山田)"))
            #expect(page.contains("不安定") && page.contains("伊藤"))
            #expect(!page.contains("/unshelve\"") && !page.contains("/assign\""))
            let officer = try await client.signedIn(as: "officer")
            let forms = try await officer.get("/console/alarms").text
            #expect(forms.contains("/console/alarms/3/unshelve\""))
            #expect(!forms.contains("/console/alarms/3/shelve\""))
            #expect(forms.contains("/console/alarms/2/shelve\""))
            #expect(!forms.contains("/console/alarms/1/"), "what is over needs nobody")
        }
    }

    @Test func `what is unconfirmed has no button to acknowledge it or to put it aside`()
        async throws
    {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let buttons = ["acknowledge", "shelve", "comment"]
            func offered() async throws -> [String] {
                let page = try await officer.get("/console/alarms").text
                return buttons.filter { page.contains("/console/alarms/2/\($0)\"") }
            }
            gateway.state.withLock { $0.alarms[1].state.phase = .active }
            #expect(try await offered() == buttons)
            gateway.state.withLock { $0.alarms[1].state.phase = .pending }
            #expect(try await offered() == ["comment"])
        }
    }

    @Test(arguments: [
        ("comment", "comment=%E8%A6%8B%E3%81%9F", #"comment("見た")"#),
        ("assign", "to=ito", #"assign(to: "ito")"#),
        ("shelve", "minutes=60&reason=x", #"shelve(seconds: 3600.0, reason: "x")"#),
        ("unshelve", "", "unshelve"),
    ])
    func `a plain form does the same`(
        action: String, fields: String, request: String
    ) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let token = try await officer.formToken(on: "/console/alarms")
            let path = "/console/alarms/3/\(action)"
            #expect(try await officer.post(path, form: fields).status == .forbidden)
            let done = try await officer.post(path, form: "token=\(token)&\(fields)")
            #expect(done.status == .seeOther)
            #expect(done.headers[.location] == "/console/alarms/3")
            #expect(
                gateway.state.withLock { $0.alarmRequests }
                    == ["\(request) level.caution no. 1 by officer"])
        }
    }
}
