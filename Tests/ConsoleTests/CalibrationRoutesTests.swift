import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

/// A ledger that a test has made up.
struct FakeLedger: CalibrationDirectory {
    func calibrations(of sensor: SensorID) -> [CalibrationRecord] {
        [1, 2].map { number in
            CalibrationRecord(
                sensor: sensor, number: number, validFrom: number == 1 ? nil : Riverside.now.utc,
                rawUnit: "mm", lines: "calibration: { number: \(number) }", author: "<b>sato",
                reason: "staff", recorded: Riverside.now.utc)
        }
    }

    func recalibration(of sensor: SensorID) -> RecalibrationProgress? {
        RecalibrationProgress(
            order: RecalibrationOrder(sensor: sensor, from: Riverside.now.utc), seenCount: 9,
            changedCount: 4, isDone: false)
    }
}

@Suite struct CalibrationRoutesTests {
    private let path = "/api/v1/sensors/seiryuji-01.stage-1/calibrations"
    private let body =
        #"{"lines":"calibration: {}","valid_from":"2022-11-25T13:00:00+09:00","reason":"staff","recompute":true}"#

    @Test func `viewers see who has changed what, the public does not`() async throws {
        try await ConsoleClient.with(calibrations: FakeLedger()) { client in
            #expect(try await client.get(path).status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            let answer = try await viewer.get(path)
            let document = try JSONDecoder().decode(
                CalibrationVersionsDocument.self, from: Data(answer.text.utf8))
            #expect(document.calibrations.map(\.version) == [1, 2])
            #expect(
                document.calibrations.map(\.validFrom) == [
                    nil, Riverside.now.utc.rfc3339(offsetSeconds: 32_400),
                ])
            #expect(document.calibrations.map(\.inForce) == [true, false])
            #expect(document.recomputation?.changed == 4 && document.recomputation?.done == false)
            #expect(
                try await viewer.get("/api/v1/sensors/no.one/calibrations").status == .notFound)
        }
    }

    @Test func `students enter versions, viewers do not`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, calibrations: FakeLedger()) { client in
            let viewer = try await client.signedIn(as: "viewer")
            #expect(try await viewer.post(path, json: body).status == .forbidden)
            #expect(
                try await viewer.post("\(path)/recompute", json: "{}").status == .forbidden)
            let student = try await client.signedIn(as: "student")
            #expect(try await student.post(path, json: body).status == .created)
            let new = try #require(gateway.state.withLock { $0.calibrations.first })
            #expect(new.author == "student" && new.reason == "staff" && new.recomputes)
            #expect(new.validFrom == UTCInstant(rfc3339: "2022-11-25T04:00:00Z"))
            #expect(new.lines == "calibration: {}")
            let recompute = try await student.post("\(path)/recompute", json: "{}")
            #expect(recompute.status == .accepted)
            #expect(
                gateway.state.withLock { $0.recalibrations } == [
                    RecalibrationOrder(sensor: new.sensor, from: nil)
                ])
        }
    }

    @Test(arguments: [
        #"{"lines":"","reason":" "}"#, #"{"lines":""}"#,
        #"{"lines":"","reason":"a","valid_from":"yesterday"}"#,
        #"{"lines":"","reason":"a","author":"somebody else"}"#,
    ])
    func `what is missing or no time is refused`(json: String) async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let student = try await client.signedIn(as: "student")
            #expect(try await student.post(path, json: json).status == .badRequest)
            #expect(gateway.state.withLock { $0.calibrations.isEmpty })
        }
    }

    @Test func `another site's request and the gateway's refusal change nothing`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway) { client in
            let student = try await client.signedIn(as: "student")
            let name = try #require(HTTPFieldName.fetchSite)
            let foreign = try await student.post(
                path, json: body, headers: [name: "cross-site"])
            #expect(foreign.status == .forbidden)
            gateway.state.withLock { $0.refusal = .notValid("calibration:1:16: error: no") }
            let refused = try await student.post(path, json: body)
            #expect(refused.status == .unprocessableContent)
            #expect(refused.text.contains("calibration:1:16"))
        }
    }
}
