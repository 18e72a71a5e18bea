import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

@Suite struct LinesPageTests {
    /// A rain contact that has tipped twice, an echo that is gone, and a lamp.
    private static func board(lampIsHeld: Bool = true) -> LineBoard {
        let board = LineBoard()
        var rain = LineTrace(
            name: "seiryuji-01.rain-1", direction: .input, chip: "pole", line: "RAIN")
        rain.isHeld = true
        rain.isActive = true
        rain.edgeCount = 3
        rain.lostCount = 12
        rain.isLostAtLeast = true
        rain.bounceCount = 4
        let now = Riverside.now.monotonicNanoseconds
        rain.edges = [
            LineEdge(nanoseconds: now - 3_000_000_000, sequence: 1, isActive: true),
            LineEdge(nanoseconds: now - 2_900_000_000, sequence: 2, isActive: false),
            LineEdge(nanoseconds: now - 1_500_000, sequence: 3, isActive: true),
        ]
        _ = board.add(rain)
        var echo = LineTrace(
            name: "seiryuji-01.stage-1 echo", direction: .input, chip: "pole", line: "ECHO")
        echo.detail = "<b>no chip pole</b>"
        _ = board.add(echo)
        var lamp = LineTrace(name: "lamp", direction: .output, chip: "pole", line: "LAMP")
        lamp.isHeld = lampIsHeld
        lamp.isActive = false
        _ = board.add(lamp)
        return board
    }

    @Test func `the API gives each line with its edges and their times`() async throws {
        try await ConsoleClient.with(lines: Self.board()) { client in
            #expect(try await client.get("/api/v1/lines").status == .unauthorized)
            let answer = try await client.signedIn(as: "viewer").get("/api/v1/lines")
            let document = try JSONDecoder().decode(
                LinesDocument.self, from: Data(answer.text.utf8))
            #expect(document.nowMonotonicNanoseconds == Riverside.now.monotonicNanoseconds)
            let rain = try #require(document.lines.first)
            #expect(rain.edges == 3 && rain.lost == 12 && rain.lostAtLeast)
            #expect(rain.active == true && rain.held)
            #expect(rain.recent.map(\.sequence) == [1, 2, 3])
            let second = try #require(rain.recent.last)
            #expect(second.time == "2022-11-25T13:14:19.999+09:00")
            #expect(
                second.monotonicNanoseconds == Riverside.now.monotonicNanoseconds - 1_500_000)
            #expect(document.lines[1].active == nil && !document.lines[1].held)
        }
    }

    @Test func `the page shows lines to viewers and the test to officers`() async throws {
        try await ConsoleClient.with(lines: Self.board()) { client in
            let viewer = try await client.signedIn(as: "viewer").get("/console/lines").text
            #expect(viewer.contains("seiryuji-01.rain-1") && viewer.contains("≥ 12"))
            #expect(viewer.contains("&lt;b&gt;no chip"))
            #expect(!viewer.contains("/test\""))
            let officer = try await client.signedIn(as: "officer").get("/console/lines").text
            #expect(officer.contains("action=\"/console/outputs/lamp/test\""))
        }
    }

    @Test func `a lamp that is not held has no button`() async throws {
        try await ConsoleClient.with(lines: Self.board(lampIsHeld: false)) { client in
            let officer = try await client.signedIn(as: "officer").get("/console/lines").text
            #expect(!officer.contains("/test\""))
        }
    }

    @Test func `an officer tests the lamp, a viewer does not`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(lines: Self.board(), gateway: gateway) { client in
            let viewer = try await client.signedIn(as: "viewer")
            #expect(
                try await viewer.post("/api/v1/outputs/lamp/test", json: "{}").status == .forbidden)
            let officer = try await client.signedIn(as: "officer")
            let token = try await officer.formToken(on: "/console/lines")
            let path = "/console/outputs/lamp/test"
            #expect(try await officer.post(path, form: "token=no").status == .forbidden)
            #expect(try await officer.post(path, form: "token=\(token)").status == .seeOther)
            #expect(
                try await officer.post("/api/v1/outputs/lamp/test", json: "{}").status
                    == .noContent)
            #expect(
                try await officer.post("/api/v1/outputs/rain/test", json: "{}").status == .notFound)
            #expect(
                gateway.state.withLock { $0.testedOutputs }
                    == ["lamp by officer", "lamp by officer"])
        }
    }

    @Test func `a lamp that cannot be tested says why`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock { $0.refusal = .notPossible("its chip is gone") }
        try await ConsoleClient.with(lines: Self.board(), gateway: gateway) { client in
            let officer = try await client.signedIn(as: "officer")
            let answer = try await officer.post("/api/v1/outputs/lamp/test", json: "{}")
            #expect(answer.status == .conflict)
            #expect(answer.text.contains("its chip is gone"))
        }
    }
}
