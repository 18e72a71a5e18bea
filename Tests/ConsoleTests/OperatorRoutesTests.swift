import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

struct OperatorRoutesTests {
    private static let pages = [
        "/console", "/console/stations/seiryuji-01?range=7d", "/console/alarms",
        "/console/alarms/3", "/console/detections", "/console/lines", "/console/flow",
    ]

    @Test(arguments: pages)
    func `a stranger is sent to the sign-in and comes back`(path: String) async throws {
        try await ConsoleClient.with { client in
            let response = try await client.get(path)
            #expect(response.status == .seeOther)
            #expect(response.headers[.location]?.hasPrefix("/login?next=/console") == true)
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.get(path).status == .ok)
        }
    }

    @Test func `an officer acknowledges with a plain form`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let seen = try await viewer.get("/console/alarms").text
            #expect(!seen.contains("/acknowledge\""))
            let officer = try await client.signedIn(as: "officer")
            let token = try await officer.formToken(on: "/console/alarms")
            let path = "/console/alarms/3/acknowledge"
            #expect(try await officer.post(path, form: "comment=x").status == .forbidden)
            #expect(
                try await officer.post(path, form: "token=\(token)a&comment=x").status
                    == .forbidden)
            let site = try #require(HTTPFieldName.fetchSite)
            #expect(
                try await officer.post(
                    path, form: "token=\(token)&comment=x", headers: [site: "cross-site"]
                ).status == .forbidden)
            #expect(gateway.state.withLock { $0.alarms[2].state.phase } == .active)
            let comment = "%3Cb%3E%E7%A2%BA%E8%AA%8D%3C%2Fb%3E+ok"
            let done = try await officer.post(path, form: "token=\(token)&comment=\(comment)")
            #expect(done.status == .seeOther)
            #expect(gateway.state.withLock { $0.alarms[2].state.comment } == "<b>確認</b> ok")
            let page = try await officer.get("/console/alarms/3")
            #expect(page.text.contains("&lt;b&gt;確認&lt;/b&gt; ok"))
            #expect(!page.text.contains("<b>確認"))
        }
    }

    @Test func `what nobody could read is shown without harm`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock {
            $0.rejections = [Riverside.rejection(topic: "a/<img src=x onerror=alert(1)>")]
        }
        try await ConsoleClient.with(gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/flow").text
            #expect(!text.contains("<img") && !text.contains("<script>"))
            #expect(text.contains("a/&lt;img src=x onerror=alert(1)&gt;"))
            #expect(text.contains("7b 22 76 61 6c 75 65"))
            #expect(text.contains("&lt;/script&gt;..."))
        }
    }

    @Test func `the hydrograph has its values without a script`() async throws {
        try await ConsoleClient.with { client in
            let viewer = try await client.signedIn(as: "viewer")
            let day = try await viewer.get("/console/stations/seiryuji-01?range=1d").text
            #expect(day.contains("2022/11/25 13:12:20"))
            #expect(day.contains("異常値") && day.contains("要確認(未確認)"))
            #expect(day.contains("id=\"rain-chart\""))
            #expect(day.contains("resolution=auto"))
            let week = try await viewer.get("/console/stations/seiryuji-01?range=7d").text
            #expect(week.contains("最低") && week.contains("最高"))
        }
    }

    @Test func `without dygraphs the page says so and keeps the table`() async throws {
        let configuration = ConsoleConfiguration(dygraphsDirectory: "/nowhere")
        try await ConsoleClient.with(configuration: configuration) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/stations/seiryuji-01").text
            #expect(text.contains("libjs-dygraphs") && text.contains("13:12:20"))
            #expect(!text.contains("<script"))
            #expect(try await viewer.get("/assets/dygraphs/dygraph.min.js").status == .notFound)
        }
    }

    @Test func `detections carry their box and their verdict`() async throws {
        try await ConsoleClient.with { client in
            let viewer = try await client.signedIn(as: "viewer")
            let text = try await viewer.get("/console/detections").text
            #expect(
                text.contains(
                    "loading=\"lazy\" decoding=\"async\" src=\"/api/v1/detections/3/image\""))
            #expect(text.contains("<rect x=\"0.3000\" y=\"0.2500\""))
            #expect(text.contains("確信度が低いため通知なし") && text.contains("画像なし"))
        }
    }

    @Test(arguments: [(600.0, "auto"), (10.0, "10m")])
    func `a sensor that sends often is summed up, so that the chart reaches the present`(
        interval: Double, resolution: String
    ) {
        var sensor = Riverside.flood.sensors[0]
        sensor.expectedIntervalSeconds = interval
        let day = HydrographPage.resolution(
            of: sensor, from: Riverside.now.utc.advanced(byMilliseconds: -86_400_000),
            to: Riverside.now.utc)
        #expect(day.rawValue == resolution)
    }
}
