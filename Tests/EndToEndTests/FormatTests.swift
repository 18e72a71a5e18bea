import Foundation
import GatewayModel
import TestSupport
import Testing
import WireFormats

extension EndToEnd {
    /// Each format in; the row, the page and the API out.
    @Suite struct FormatTests {
        private let now = Int64(Date().timeIntervalSince1970) * 1000

        @Test func `a frame becomes rows with raw value, value, flag, time and identity`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let time = UTCInstant(milliseconds: now - 60_000)
            // 1.7 m is good, 4.7 m suspect, 8.2 m fails.
            try sensors.publish(
                Sensors.frame(boot: 3, sequence: 41, time: time, values: [1500, -1500, -5000]),
                to: Sensors.topic("pole.frame"))
            let database = try daemon.database()
            try await wait(for: "three rows") { try database.readingCount() == 3 }
            let rows = try database.readings()
            #expect(rows.map(\.raw) == [1500, -1500, -5000])
            #expect(rows.map(\.value) == [1.7, 4.7, 8.2])
            #expect(rows.map(\.flag) == [1, 3, 4])
            #expect(rows.map { $0.timeMilliseconds - time.milliseconds } == [0, 1000, 2000])
            #expect(rows.map(\.identity) == [1, 1, 1])
            #expect(rows.map(\.boot) == [3, 3, 3])
            #expect(rows.map(\.sequence) == [41, 42, 43])
            #expect(rows.allSatisfy { $0.sensor == "pole.frame" && $0.marks == 0 })
        }

        @Test func `SenML, JSON and a bare number become rows`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let seconds = now / 1000 - 30
            // The pack speaks for two sensors of the station, one of them in another unit.
            try sensors.publish(
                """
                [{"bn":"pole/","bt":\(seconds),"n":"senml","u":"cm","v":120.5},
                 {"n":"json","u":"mm","v":0.5,"t":-1}]
                """, to: Sensors.topic("pole.senml"))
            let text = UTCInstant(milliseconds: seconds * 1000).rfc3339(offsetSeconds: 32_400)
            try sensors.publish(
                #"{"value":2.5,"time":"\#(text)","boot":9,"sequence":77,"battery_mv":3300}"#,
                to: Sensors.topic("pole.json"))
            try sensors.publish(
                #"{"error":4,"boot":9,"sequence":78}"#, to: Sensors.topic("pole.json"))
            try sensors.publish("3712", to: Sensors.topic("pole.number"))
            let database = try daemon.database()
            try await wait(for: "five rows") { try database.readingCount() == 5 }

            let senml = try #require(database.readings(sensor: "pole.senml").first)
            #expect(senml.raw == 1205)
            #expect(senml.value == 1.995)
            #expect(senml.flag == 2, "without limits nothing is evaluated")
            #expect(senml.timeMilliseconds == seconds * 1000)
            #expect(senml.deviceMilliseconds == seconds * 1000)
            #expect(senml.identity == 2, "the device's time identifies it")

            let json = try database.readings(sensor: "pole.json")
            #expect(json.map(\.raw) == [0.5, 2.5, nil])
            #expect(json.map(\.value) == [0.5, 2.5, nil])
            #expect(json.map(\.flag) == [2, 2, 9])
            #expect(json.map(\.errorCode) == [0, 0, 4])
            #expect(json.map(\.identity) == [2, 1, 1])
            #expect(json.map(\.sequence) == [nil, 77, 78])
            #expect(json[0].timeMilliseconds == (seconds - 1) * 1000)
            #expect(json[1].timeMilliseconds == seconds * 1000)
            #expect(abs(json[2].timeMilliseconds - now) < 60_000, "the receipt stands in")

            let number = try #require(database.readings(sensor: "pole.number").first)
            #expect(number.raw == 3712)
            #expect(number.value == 3.712)
            #expect(number.identity == 0)
            #expect(number.marks & 1 == 1, "marked as without identity")
        }

        @Test func `a camera's event becomes a detection, its picture comes back unchanged`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let picture = try Fixtures.picture()
            let payload = CameraEvent.encode(
                DecodedDetection(
                    eventID: "event-1", species: "sus scrofa", confidence: 0.93,
                    cameraTime: UTCInstant(milliseconds: now), image: picture,
                    mediaType: "image/jpeg"))
            for _ in 0..<2 {
                try sensors.publish(payload, to: Sensors.topic("pole.camera", kind: "detection"))
            }
            let database = try daemon.database()
            try await wait(for: "a detection") {
                try database.count("SELECT count(*) FROM detection") == 1
            }
            let json = try await daemon.json("/api/v1/detections", asViewer: true)
            let detections = try #require(json["detections"] as? [[String: Any]])
            #expect(detections.count == 1, "the same event again is the same detection")
            #expect(detections[0]["camera"] as? String == "pole.camera")
            #expect(detections[0]["verdict"] as? String == "notified")
            #expect(detections[0]["confidence"] as? Double == 0.93)
            let spool = daemon.statePath + "/spool"
            let stored = try FileManager.default.subpathsOfDirectory(atPath: spool)
                .filter { $0.hasSuffix(".jpg") }
            #expect(stored.count == 1)
            let file = try #require(stored.first)
            #expect(FileManager.default.contents(atPath: "\(spool)/\(file)") == Data(picture))
        }

        @Test func `the citizens' page and the API show the last level`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let time = UTCInstant(milliseconds: now - 2000)
            try sensors.publish(
                Sensors.frame(sequence: 1, time: time, values: [1500, 1234]),
                to: Sensors.topic("pole.frame"))
            let database = try daemon.database()
            try await wait(for: "two rows") { try database.readingCount() == 2 }
            let page = try await daemon.get("/")
            #expect(page.status == 200)
            #expect(page.body.contains("試験川 第1"))
            #expect(page.body.contains("1.97"), "1.966 m, to the centimetre")
            let sensor = try await daemon.json("/api/v1/sensors/pole.frame")
            let reading = try #require(sensor["reading"] as? [String: Any])
            #expect(reading["value"] as? Double == 1.966)
            let series = try await daemon.json("/api/v1/sensors/pole.frame/observations")
            let rows = try #require(series["observations"] as? [[String: Any]])
            #expect(rows.map { $0["raw_value"] as? Double } == [1500, 1234])
            #expect(rows.last?["key"] as? String == "e2e/pole.frame/s1-2")
        }
    }
}
