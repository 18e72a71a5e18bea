import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import Console

struct APIRoutesTests {
    @Test func `stations say what they measure and how fresh it is`() async throws {
        try await ConsoleClient.with { client in
            let stations =
                try await client.get("/api/v1/stations").object["stations"] as? [[String: Any]]
            #expect(stations?.count == 3)
            let first = try #require(stations?.first)
            #expect(first["id"] as? String == "seiryuji-01")
            #expect(first["reached"] as? String == "caution")
            #expect(first["provisional"] as? Bool == true)
            let stage = try #require(first["stage"] as? [String: Any])
            #expect(stage["time"] as? String == "2022-11-25T13:12:20+09:00")
            #expect(stage["value"] as? Double == 1.624)
            #expect(stage["stale"] as? Bool == false)
            let silent = stations?[1]["stage"] as? [String: Any]
            #expect(silent?["stale"] as? Bool == true)
            #expect(silent?["trend"] as? String == "unknown")
        }
    }

    @Test func `GeoJSON puts the longitude first`() async throws {
        try await ConsoleClient.with { client in
            let response = try await client.get("/api/v1/stations.geojson")
            #expect(response.headers[.contentType] == "application/geo+json")
            #expect(response.object["type"] as? String == "FeatureCollection")
            let features = response.object["features"] as? [[String: Any]]
            let geometry = features?.first?["geometry"] as? [String: Any]
            #expect(geometry?["type"] as? String == "Point")
            #expect(geometry?["coordinates"] as? [Double] == [139.8, 38.7])
        }
    }

    @Test func `a station without a position has a geometry of null`() async throws {
        var snapshot = Riverside.snapshot()
        snapshot.stations[0].latitude = nil
        try await ConsoleClient.with(board: LiveBoard(snapshot)) { client in
            let text = try await client.get("/api/v1/stations.geojson").text
            #expect(text.contains("\"geometry\":null"))
        }
    }

    @Test func `pages of observations join without gap or repetition`() async throws {
        try await ConsoleClient.with { client in
            let base = "/api/v1/sensors/seiryuji-01.stage-1/observations?resolution=raw&limit=50"
            var keys: [String] = []
            var cursor: String?
            repeat {
                let page = try await client.get(base + (cursor.map { "&cursor=\($0)" } ?? ""))
                let rows = page.object["observations"] as? [[String: Any]] ?? []
                keys += rows.compactMap { $0["key"] as? String }
                cursor = page.object["next_cursor"] as? String
            } while cursor != nil && keys.count < 1000
            #expect(keys.count == 144)
            #expect(Set(keys).count == keys.count)
        }
    }

    @Test(arguments: [
        ("from=2022-11-24T00:00:00Z&to=2022-11-25T00:00:00Z", "raw"),
        ("from=2022-11-18T00:00:00Z&to=2022-11-25T00:00:00Z", "10m"),
        ("from=2022-10-25T00:00:00Z&to=2022-11-25T00:00:00Z", "1h"),
        ("from=2021-11-25T00:00:00Z&to=2022-11-25T00:00:00Z", "1d"),
    ])
    func `auto picks the resolution by the span`(query: String, resolution: String) async throws {
        try await ConsoleClient.with { client in
            let page = try await client.get(
                "/api/v1/sensors/seiryuji-01.stage-1/observations?\(query)")
            #expect(page.object["resolution"] as? String == resolution)
            #expect((page.object["observations"] != nil) == (resolution == "raw"))
        }
    }

    @Test(arguments: [
        "limit=0", "limit=10001", "limit=many", "from=yesterday", "resolution=5s", "cursor=x",
        "from=2022-11-25T00:00:00Z&to=2022-11-24T00:00:00Z",
        "from=1990-01-01T00:00:00Z&to=2022-11-24T00:00:00Z",
        "from=2021-11-25T00:00:00Z&to=2022-11-25T00:00:00Z&resolution=1m",
        "resolution=1h&cursor=1.2",
    ])
    func `what is out of bounds is a problem that says what to do`(query: String) async throws {
        try await ConsoleClient.with { client in
            let response = try await client.get(
                "/api/v1/sensors/seiryuji-01.stage-1/observations?\(query)")
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(response.object["status"] as? Int == 400)
            #expect(response.object["type"] as? String == "urn:kawamori:problem:bad-parameter")
            #expect((response.object["detail"] as? String)?.isEmpty == false)
        }
    }

    @Test(arguments: [
        "/api/v1/sensors/nobody.stage-1", "/api/v1/sensors/stage-1", "/api/v1/nothing",
        "/api/v1/sensors/seiryuji-01.stage-9/observations",
    ])
    func `what is not there is a problem too`(path: String) async throws {
        try await ConsoleClient.with { client in
            let response = try await client.get(path)
            #expect(response.status == .notFound)
            #expect(response.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `a store that cannot be read is 503 and says to come back`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock {
            $0.readFailure = AdapterFailure(.inputOutput, operation: "read", cause: "disk gone")
        }
        try await ConsoleClient.with(gateway: gateway) { client in
            let response = try await client.get(
                "/api/v1/sensors/seiryuji-01.stage-1/observations")
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "60")
        }
    }

    @Test func `the status decodes into what the command line shows`() async throws {
        let configuration = ConsoleConfiguration(machineToken: "a-machine-token-of-length")
        try await ConsoleClient.with(configuration: configuration) { client in
            let response = try await client.get(
                "/api/v1/status", headers: [.authorization: "Bearer a-machine-token-of-length"])
            let status = try JSONDecoder().decode(
                StatusDocument.self, from: Data(response.body.readableBytesView))
            #expect(status.gateway == "tsuruoka-gw1")
            #expect(status.targets.map(\.waiting) == [1240, 0])
            #expect(status.stations.flatMap(\.sensors).count == 5)
            #expect(status.counters["rejected_messages (reason: checksum_mismatch)"] == 4)
        }
    }

    @Test func `officers see where a river is going, and nobody else`() async throws {
        try await ConsoleClient.with { client in
            let path = "/api/v1/stations/seiryuji-01/outlook"
            #expect(try await client.get(path).status == .unauthorized)
            #expect(try await client.signedIn(as: "viewer").get(path).status == .forbidden)
            let officer = try await client.signedIn(as: "officer")
            let outlook = try JSONDecoder().decode(
                OutlookDocument.self, from: Data(try await officer.get(path).body.readableBytesView)
            )
            #expect(outlook.sensor == "seiryuji-01.stage-1" && outlook.riseMetresPerHour == 0.6)
            let next = try #require(outlook.nextLevel)
            // 0.38 m at 0.6 m/h, or 0.66, or 0.54.
            #expect(next.key == "evacuation_judgement" && abs(next.minutes - 38) < 1e-9)
            #expect(abs(next.earliestMinutes - 34.545_454_545) < 1e-6)
            #expect(abs(try #require(next.latestMinutes) - 42.222_222_222) < 1e-6)
            // Its newest reading is 47 minutes old.
            let silent = try await officer.get("/api/v1/stations/\(Riverside.silent.id)/outlook")
            #expect(silent.status == .notFound)
            let words = "避難判断水位(2.00 m)まで約38分(35〜42分)"
            #expect(try await officer.get("/console?lang=ja").text.contains(words))
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await !viewer.get("/console?lang=ja").text.contains("約38分"))
            #expect(try await !client.get("/?lang=ja").text.contains("約38分"))
        }
    }

    @Test(arguments: ["/healthz", "/metrics", "/api/v1/stations", "/api/v1/openapi.json"])
    func `what is public asks for no session`(path: String) async throws {
        try await ConsoleClient.with { client in
            let status = try await client.get(path).status
            #expect(status == .ok)
        }
    }

    @Test func `the OpenAPI document covers every route, and no other`() async throws {
        let gateway = try Riverside.gateway()
        let server = ConsoleServer(
            configuration: ConsoleConfiguration(), board: LiveBoard(Riverside.snapshot()),
            archive: gateway, commands: gateway, clock: FakeClock(Riverside.now),
            pictures: { _ in nil }, logger: .init(label: "test"))
        let served = Set(
            server.router().routes.compactMap { route -> String? in
                let path = "\(route.path)"
                guard path.hasPrefix("/api/") || path == "/healthz" || path == "/metrics",
                    route.method != .head
                else { return nil }
                let parts = path.split(separator: "/").map { part in
                    part.hasPrefix(":")
                        ? "{\(part.dropFirst())}"
                        : String(part)
                            .replacing("${", with: "{")
                }
                return "\(route.method.rawValue.lowercased()) /\(parts.joined(separator: "/"))"
            })
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(PackageResources.openapi_json))
                as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let described = Set(
            paths.flatMap { path, operations in operations.keys.map { "\($0) \(path)" } })
        #expect(served == described)
        #expect(served.count == 36)
    }
}
