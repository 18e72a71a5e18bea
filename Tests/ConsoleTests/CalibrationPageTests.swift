import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

@Suite struct CalibrationPageTests {
    private let path = "/console/sensors/seiryuji-01.stage-1/calibrations"

    @Test func `everybody who is signed in sees the versions, students the form`() async throws {
        try await ConsoleClient.with(calibrations: FakeLedger()) { client in
            #expect(try await client.get(path).status != .ok)
            let viewer = try await client.signedIn(as: "viewer")
            let page = try await viewer.get(path)
            #expect(page.status == .ok && !page.text.contains("<form class=\"stack\""))
            #expect(page.text.contains("&lt;b&gt;sato") && !page.text.contains("<b>sato"))
            #expect(page.text.contains("最初から") && page.text.contains("9件中4件"))
            #expect(try await viewer.post(path, form: "lines=a&reason=b").status == .forbidden)
            let student = try await client.signedIn(as: "student")
            let english = try await student.get("\(path)?lang=en")
            #expect(english.text.contains("name=\"reason\""))
            #expect(english.text.contains("4 of 9 readings changed"))
            let chart = try await viewer.get("/console/stations/seiryuji-01")
            #expect(chart.text.contains("href=\"\(path)\""))
        }
    }

    @Test func `the form enters a version in the station's own time`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, calibrations: FakeLedger()) { client in
            let student = try await client.signedIn(as: "student")
            let token = try await student.formToken(on: path)
            let fields =
                "lines=calibration%3A+%7B%7D%0D%0A&valid_from=2022-11-25T13%3A00&reason=staff"
            #expect(try await student.post(path, form: fields).status == .forbidden)
            let answer = try await student.post(path, form: fields + "&recompute=1&token=\(token)")
            #expect(answer.status == .seeOther)
            let new = try #require(gateway.state.withLock { $0.calibrations.first })
            #expect(new.validFrom == UTCInstant(rfc3339: "2022-11-25T04:00:00Z"))
            #expect(new.author == "student" && new.recomputes && new.lines == "calibration: {}\n")
        }
    }

    @Test func `what is wrong stands with what was filled in`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, calibrations: FakeLedger()) { client in
            let student = try await client.signedIn(as: "student")
            let token = try await student.formToken(on: path)
            let noTime = try await student.post(
                path, form: "lines=a&valid_from=noon&reason=staff&token=\(token)")
            #expect(
                noTime.status == .unprocessableContent && noTime.text.contains("2026-11-21T09:10"))
            gateway.state.withLock { $0.refusal = .notValid("calibration:1:1: error: <no>") }
            let wrong = try await student.post(
                path, form: "lines=mine&reason=staff&token=\(token)")
            #expect(wrong.status == .unprocessableContent)
            #expect(wrong.text.contains("&lt;no&gt;") && wrong.text.contains(">mine</textarea>"))
        }
    }
}
