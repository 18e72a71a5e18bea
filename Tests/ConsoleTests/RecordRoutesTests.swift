import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

struct RecordRoutesTests {
    private static let open = [
        "/", "/stations/seiryuji-01", "/healthz", "/login", "/assets/console.css",
        "/api/v1/stations", "/api/v1/stations.geojson", "/api/v1/sensors",
        "/api/v1/sensors/seiryuji-01.stage-1", "/api/v1/openapi.json",
        "/api/v1/sensors/seiryuji-01.stage-1/observations",
    ]
    private static let closed = [
        "/api/v1/alarms", "/api/v1/alarms/3", "/api/v1/detections", "/api/v1/detections/3/image",
        "/api/v1/losses", "/api/v1/rejections", "/api/v1/targets", "/api/v1/status",
    ]

    @Test(arguments: open)
    func `the public may read`(path: String) async throws {
        try await ConsoleClient.with { client in
            let response = try await client.get(path)
            #expect(response.status == .ok)
        }
    }

    @Test(arguments: closed)
    func `operation needs a session`(path: String) async throws {
        try await ConsoleClient.with { client in
            let refused = try await client.get(path)
            #expect(refused.status == .unauthorized)
            #expect(!refused.text.contains("佐藤") && !refused.text.contains("現地確認へ"))
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.get(path).status == .ok)
        }
    }

    @Test func `an officer acknowledges, a viewer and a stranger do not`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let path = "/api/v1/alarms/3/acknowledge"
            let body = #"{"comment":"現地へ向かう"}"#
            #expect(try await client.post(path, json: body).status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.post(path, json: body).status == .forbidden)
            #expect(gateway.state.withLock { $0.alarms[2].state.phase } == .active)
            let officer = try await client.signedIn(as: "officer")
            let response = try await officer.post(path, json: body)
            #expect(response.status == .ok)
            let alarm = response.object["alarm"] as? [String: Any]
            #expect(alarm?["phase"] as? String == "acknowledged")
            #expect(alarm?["acknowledged_by"] as? String == "officer")
            #expect(alarm?["comment"] as? String == "現地へ向かう")
        }
    }

    @Test func `another site cannot acknowledge with an officer's cookie`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let path = "/api/v1/alarms/3/acknowledge"
            let site = try #require(HTTPFieldName.fetchSite)
            let foreign: [HTTPFields] = [
                [site: "cross-site"], [site: "same-site"], [.origin: "https://evil.example"],
                [.origin: "null"],
            ]
            for headers in foreign {
                let response = try await officer.post(path, json: "{}", headers: headers)
                #expect(response.status == .forbidden)
            }
            #expect(try await officer.post(path, form: "comment=x").status == .unsupportedMediaType)
            #expect(gateway.state.withLock { $0.alarms[2].state.phase } == .active)
            let own: HTTPFields = [site: "same-origin"]
            #expect(try await officer.post(path, json: "{}", headers: own).status == .ok)
        }
    }

    @Test(arguments: [
        (CommandRefusal.notOpen("alarm 3 is over"), 409),
        (.alreadyAcknowledged(by: "佐藤"), 409), (.tooBusy, 503),
        (.notStored(AdapterFailure(.exhausted, operation: "commit", cause: "disk full")), 503),
    ])
    func `a refused command says why`(refusal: CommandRefusal, status: Int) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            gateway.state.withLock { $0.refusal = refusal }
            let response = try await officer.post("/api/v1/alarms/3/acknowledge", json: "{}")
            #expect(response.status.code == status)
        }
    }

    @Test func `a body that is too long is refused`() async throws {
        try await ConsoleClient.with { client in
            let officer = try await client.signedIn(as: "officer")
            let path = "/api/v1/alarms/3/acknowledge"
            let comment = String(repeating: "長", count: 501)
            #expect(
                try await officer.post(path, json: "{\"comment\":\"\(comment)\"}").status
                    == .badRequest)
            let huge = String(repeating: "x", count: 20_000)
            #expect(
                try await officer.post(path, json: "{\"comment\":\"\(huge)\"}").status
                    == .contentTooLarge)
        }
    }

    @Test func `pictures are served as pictures and nothing else`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock { $0.detections[1].detection.image?.mediaType = "text/html" }
        try await ConsoleClient.with(gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let picture = try await viewer.get("/api/v1/detections/3/image")
            #expect(picture.headers[.contentType] == "image/jpeg")
            #expect(picture.body.readableBytes == 3)
            #expect(try await viewer.get("/api/v1/detections/2/image").status == .notFound)
            #expect(try await viewer.get("/api/v1/detections/1/image").status == .notFound)
        }
    }

    @Test func `detections page by id`() async throws {
        try await ConsoleClient.with { client in
            let viewer = try await client.signedIn(as: "viewer")
            let page = try await viewer.get("/api/v1/detections?limit=1&before=3")
            let rows = page.object["detections"] as? [[String: Any]]
            #expect(rows?.map { $0["id"] as? Int } == [2])
            #expect(try await viewer.get("/api/v1/detections?limit=1001").status == .badRequest)
        }
    }
}
