import Foundation
import GatewayModel
import GatewayPorts
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Console

/// Devices that a test has made up.
struct FakeDevices: DeviceDirectory {
    var devices: [DeviceView]
    var forgottenCount: UInt64 = 3

    func device(_ id: DeviceID) -> DeviceView? { devices.first { $0.record.id == id } }

    static let known = DeviceID(0x70B3_D57E_D000_1234)
    static let stranger = DeviceID(0xBEEF)

    /// One that works with a hole and a command, and one that waits.
    static func two() throws -> FakeDevices {
        let stage = try #require(SensorID("seiryuji-01.stage-1"))
        let now = Riverside.now.utc
        var record = DeviceRecord(
            id: known, state: .known, adoptedAs: stage, places: [stage], firstHeard: now,
            lastHeard: now.advanced(byMilliseconds: -120_000), bootCounter: 7,
            highestSequence: 42, batteryMillivolts: 3612, signalStrength: -97, keyID: 1)
        record.counters.authenticationFailed = 5
        record.counters.frames = 40
        record.tracks = [
            SequenceTrack(
                sensor: stage, bootCounter: 7, floor: 0, isFloorSettled: true, next: 43,
                newestTime: now,
                missing: [.init(first: 10, count: 2, from: now, to: now, askedCount: 1)])
        ]
        record.report = DeviceReport(
            presence: .asleep, firmwareVersion: "1.4", bootCounter: 7, uptimeSeconds: 3600,
            nextContactSeconds: 600, lostReadings: 0, heldReadings: 3, isInFloodMode: false,
            received: now, isRetained: true)
        let command = DeviceCommand(
            device: known, counter: 9, order: .identify(seconds: 60), author: "<b>sato",
            created: now, expires: now.advanced(byMilliseconds: 3_600_000), state: .failed,
            sent: now, sentCount: 2, settled: now, reason: "unsupported")
        var waiting = DeviceRecord(
            id: stranger, state: .quarantined, places: [try #require(SensorID("pole-9.new"))],
            firstHeard: now, lastHeard: now)
        waiting.counters.quarantined = 4
        return FakeDevices(devices: [
            DeviceView(
                record: waiting,
                frames: [
                    ShownFrame(
                        received: now, bootCounter: 1, unit: "mm", readingCount: 9,
                        readings: [
                            .init(sequence: 3, time: now, value: 1500, errorCode: 0),
                            .init(sequence: 4, time: nil, value: nil, errorCode: 2),
                        ])
                ], suggestion: "- id: new\n  device: 000000000000beef\n", isNewPlace: true,
                newSensorLines: "- id: new-2\n  device: 000000000000beef\n"),
            DeviceView(record: record, sensor: stage, keyCount: 1, commands: [command]),
        ])
    }
}

@Suite struct DeviceRoutesTests {
    private let path = "/api/v1/devices/70b3d57ed0001234"

    @Test func `viewers see the devices, the public does not`() async throws {
        try await ConsoleClient.with(devices: try FakeDevices.two()) { client in
            #expect(try await client.get("/api/v1/devices").status == .unauthorized)
            let viewer = try await client.signedIn(as: "viewer")
            let answer = try await viewer.get("/api/v1/devices")
            let document = try JSONDecoder().decode(
                DevicesDocument.self, from: Data(answer.text.utf8))
            #expect(document.forgotten == 3)
            #expect(document.devices.map(\.state) == ["quarantined", "known"])
            let stranger = try #require(document.devices.first)
            #expect(stranger.frames.first?.readings.map(\.value) == [1500, nil])
            #expect(stranger.frames.first?.readings.map(\.errorCode) == [nil, 2])
            let one = try JSONDecoder().decode(
                DeviceDocument.self, from: Data(try await viewer.get(path).text.utf8))
            #expect(one.sensor == "seiryuji-01.stage-1" && one.keys == 1)
            #expect(one.counters["authentication_failed"] == 5)
            #expect(one.gaps.map(\.first) == [10] && one.gaps.map(\.asked) == [1])
            #expect(one.report?.retained == true && one.report?.firmware == "1.4")
            #expect(one.lastHeard == "2022-11-25T13:12:20+09:00")
            #expect(one.commands.map(\.reason) == ["unsupported"])
            #expect(try await viewer.get("/api/v1/devices/1").status == .notFound)
            #expect(try await viewer.get("/api/v1/devices/nobody").status == .notFound)
        }
    }

    @Test func `adoption is an administrator's`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let body = #"{"sensor":"seiryuji-01.stage-1"}"#
            let officer = try await client.signedIn(as: "officer")
            #expect(try await officer.post("\(path)/adopt", json: body).status == .forbidden)
            #expect(try await officer.post("\(path)/refuse", json: "{}").status == .forbidden)
            let admin = try await client.signedIn(as: "admin")
            #expect(try await admin.post("\(path)/adopt", json: body).status == .ok)
            #expect(
                try await admin.post("\(path)/adopt", json: #"{"sensor":"x"}"#).status
                    == .badRequest)
            #expect(try await admin.post("\(path)/refuse", json: "{}").status == .ok)
            var foreign = HTTPFields()
            foreign[.origin] = "https://elsewhere.example"
            #expect(
                try await admin.post("\(path)/adopt", json: body, headers: foreign).status
                    == .forbidden)
            #expect(
                gateway.state.withLock { $0.deviceRequests } == [
                    "adopt 70b3d57ed0001234 as seiryuji-01.stage-1 by admin",
                    "refuse 70b3d57ed0001234 by admin",
                ])
        }
    }

    @Test func `a sensor that is not there is made, with the lines or without`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let admin = try await client.signedIn(as: "admin")
            for body in [
                #"{"sensor":"seiryuji-01.new"}"#,
                #"{"sensor":"seiryuji-01.new","kind":"stage.radar"}"#,
                #"{"sensor":"seiryuji-01.stage-1","lines":"- id: stage-1"}"#,
            ] {
                #expect(try await admin.post("\(path)/adopt", json: body).status == .ok)
            }
            let start = "adopt 70b3d57ed0001234 as new seiryuji-01."
            #expect(
                gateway.state.withLock { $0.deviceRequests } == [
                    start + "new kind ? lines ? by admin",
                    start + "new kind stage.radar lines ? by admin",
                    start + "stage-1 kind ? lines - id: stage-1 by admin",
                ])
            gateway.state.withLock { $0.refusal = .notValid("lines:1:3: error: no") }
            let answer = try await admin.post(
                "\(path)/adopt", json: #"{"sensor":"seiryuji-01.new"}"#)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains("lines:1:3: error: no"))
        }
    }

    @Test func `an officer measures and blinks, an administrator reboots`() async throws {
        let gateway = try Riverside.gateway()
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let viewer = try await client.signedIn(as: "viewer")
            let officer = try await client.signedIn(as: "officer")
            let admin = try await client.signedIn(as: "admin")
            let measure = #"{"name":"measure-now","expires_s":60}"#
            #expect(
                try await viewer.post("\(path)/commands", json: measure).status == .forbidden)
            #expect(try await officer.post("\(path)/commands", json: measure).status == .accepted)
            let reboot = #"{"name":"reboot"}"#
            #expect(
                try await officer.post("\(path)/commands", json: reboot).status == .forbidden)
            #expect(try await admin.post("\(path)/commands", json: reboot).status == .accepted)
            for bad in [
                #"{"name":"explode"}"#, #"{"name":"identify","arguments":[]}"#,
                #"{"name":"reboot","expires_s":0}"#, #"{"name":"reboot","expires_s":99999999}"#,
            ] {
                #expect(
                    try await admin.post("\(path)/commands", json: bad).status == .badRequest)
            }
            #expect(
                gateway.state.withLock { $0.deviceRequests } == [
                    "measure-now [] to 70b3d57ed0001234 for 60 s by officer",
                    "reboot [] to 70b3d57ed0001234 for 93600 s by admin",
                ])
        }
    }

    @Test func `who is on the gateway itself may do everything, under the name given`() async throws
    {
        let gateway = try Riverside.gateway()
        let configuration = ConsoleConfiguration(
            machineToken: "0123456789abcdef-status", controlToken: "0123456789abcdef-control")
        try await ConsoleClient.with(
            gateway: gateway, devices: try FakeDevices.two(), configuration: configuration
        ) { client in
            var statuses: [HTTPResponse.Status] = []
            for (token, person) in [
                ("status", "taro"), ("contro", "taro"), ("control", "taro"), ("control", "ta ro"),
            ] {
                var headers = HTTPFields()
                headers[.authorization] = "Bearer 0123456789abcdef-\(token)"
                headers[try #require(HTTPFieldName.localPerson)] = person
                statuses.append(
                    try await client.post("\(path)/refuse", json: "{}", headers: headers).status)
            }
            #expect(statuses == [.forbidden, .unauthorized, .ok, .ok])
            #expect(
                gateway.state.withLock { $0.deviceRequests } == [
                    "refuse 70b3d57ed0001234 by local:taro", "refuse 70b3d57ed0001234 by local",
                ])
        }
    }

    @Test func `what the gateway cannot do it says why`() async throws {
        let gateway = try Riverside.gateway()
        gateway.state.withLock { $0.refusal = .notPossible("no such sensor") }
        try await ConsoleClient.with(gateway: gateway, devices: try FakeDevices.two()) { client in
            let admin = try await client.signedIn(as: "admin")
            let answer = try await admin.post(
                "\(path)/adopt", json: #"{"sensor":"pole-9.new"}"#)
            #expect(answer.status == .conflict)
            #expect(answer.text.contains("no such sensor"))
        }
    }
}
