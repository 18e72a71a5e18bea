import Foundation
import GatewayModel
import TestSupport
import Testing
import WireFormats

extension EndToEnd {
    /// Whatever comes on any topic, the river is measured on.
    @Suite struct BadInputTests {
        /// One message, and what it must be counted as; nil where it is a reading all the same.
        private struct Message {
            var topic: String
            var payload: [UInt8]
            var reason: RejectionReason?

            init(_ sensor: String, _ payload: [UInt8], _ reason: RejectionReason?) {
                topic = Sensors.topic(sensor)
                self.payload = payload
                self.reason = reason
            }

            init(_ sensor: String, _ text: String, _ reason: RejectionReason?) {
                self.init(sensor, Array(text.utf8), reason)
            }
        }

        private static let messageByteLimit = 1_048_576

        private var messages: [Message] {
            let time = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
            let frame = Sensors.frame(sequence: 1, time: time, values: [1500, 1501])
            var broken = frame
            broken[30] ^= 1
            var version = frame
            version[1] = 9
            let junk = (0..<Self.messageByteLimit).map {
                UInt8(truncatingIfNeeded: $0 &* 193) | 0x80
            }
            var messages = [
                Message("pole.frame", [], .emptyPayload),
                Message("pole.frame", junk, .malformed),
                Message("pole.frame", junk + [1], .oversize),
                Message("pole.frame", broken, .checksumMismatch),
                Message("pole.frame", version, .unknownVersion),
                Message("pole.json", "NaN", .numberOutOfRange),
                Message("pole.json", #"{"value":NaN}"#, .numberOutOfRange),
                Message("pole.json", #"{"value":Infinity}"#, .numberOutOfRange),
                Message("pole.json", #"{"value":-Infinity}"#, .numberOutOfRange),
                Message("pole.json", #"{"value":1e400}"#, .numberOutOfRange),
                Message("pole.json", #"{"value":-1e400}"#, .numberOutOfRange),
                // Finite as it comes, but not in the sensor's unit.
                Message("pole.json", #"{"value":1e308,"unit":"m"}"#, .numberOutOfRange),
                Message("pole.json", #"{"value":1,"unit":"kg"}"#, .unitMismatch),
                Message("pole.json", #"{"valu":1}"#, .missingField),
                Message("pole.json", #"{"value":1"#, .truncated),
                Message(
                    "pole.json", Array(#"{"value":1,"unit":""#.utf8) + [0xFF, 0x22, 0x7D],
                    .invalidUTF8),
                Message("pole.senml", #"[{"n":"nobody","v":1}]"#, .unknownSensor),
                Message("pole.nobody", "1", .unknownSensor),
                Message("nowhere.stage", "1", .unknownSensor),
                // Readings, but nobody believes their time.
                Message(
                    "pole.json", #"{"value":1,"time":"1970-01-01T00:00:05Z"}"#,
                    .deviceTimeBeforeFloor),
                Message("pole.json", "1e308", nil),
                // Its value is beyond all numbers.
                Message("pole.gain", "1e308", nil),
            ]
            for count in 1..<frame.count {
                messages.append(Message("pole.frame", Array(frame.prefix(count)), .truncated))
            }
            return messages
        }

        @Test func `each is counted by its reason and shown, and nothing else is lost`()
            async throws
        {
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let sensors = try await Sensors(port: broker.port)
            try sensors.publish(
                Array("1".utf8), to: Sensors.topic("pole.number"), isRetained: true)
            try await sensors.waitUntilConfirmed()
            let receiver = try WebhookReceiver()
            try receiver.start()
            let daemon = try await Daemon(
                brokerPort: broker.port, mqtt: ", max_message_bytes: \(Self.messageByteLimit)",
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]")
            try await daemon.waitUntilConnected()
            var messages = messages
            // A gateway that does not know the time itself believes a device that is ahead of it.
            let status = try await daemon.json("/api/v1/status", asViewer: true)
            let clock = try #require(status["clock"] as? [String: Any])
            let isTimeKnown = clock["quality"] as? String != "unknown"
            messages.append(
                Message(
                    "pole.json", #"{"value":1,"time":"2999-01-01T00:00:00Z"}"#,
                    isTimeKnown ? .deviceTimeInFuture : nil))
            var expected: [RejectionReason: Int] = [.retained: 1]
            for message in messages {
                try sensors.publish(message.payload, to: message.topic)
                if let reason = message.reason { expected[reason, default: 0] += 1 }
            }
            let time = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
            try sensors.publish(
                Sensors.frame(boot: 2, sequence: 1, time: time, values: [1700]),
                to: Sensors.topic("pole.frame"))
            let database = try daemon.database()
            try await wait(for: "the good reading after all the bad ones is stored") {
                try database.readingCount(where: "sensor = 'frame' AND id_boot = 2") == 1
            }
            #expect(daemon.isRunning)
            for (reason, count) in expected {
                let name = "kawamori_rejected_messages_total{reason=\"\(reason.rawValue)\"}"
                #expect(try await daemon.metric(name) == Double(count), "\(reason)")
            }
            let timesRefused = try database.readingCount(where: "marks & 8 = 8")
            #expect(timesRefused == (isTimeKnown ? 2 : 1), "kept under their time of receipt")
            // The good one, two with bad times, and two huge ones.
            #expect(try database.readingCount() == 5)
            #expect(
                try database.readingCount(
                    where: "sensor = 'gain' AND raw = 1e308 AND value IS NULL AND flag = 4") == 1)

            let json = try await daemon.json("/api/v1/rejections?limit=500", asViewer: true)
            let rejections = try #require(json["rejections"] as? [[String: Any]])
            let shown = Dictionary(
                grouping: rejections, by: { $0["reason"] as? String ?? "" }
            ).mapValues(\.count)
            for (reason, count) in expected
            where reason != .deviceTimeInFuture && reason != .deviceTimeBeforeFloor {
                #expect(shown[reason.rawValue] == count, "\(reason) in the quarantine")
            }
            for path in ["/", "/api/v1/stations", "/api/v1/sensors/pole.gain", "/api/v1/sensors"] {
                #expect(try await daemon.get(path).status == 200, "\(path)")
            }
            for sensor in ["pole.gain", "pole.json"] {
                let answer = try await daemon.get("/api/v1/sensors/\(sensor)/observations")
                #expect(answer.status == 200, "\(sensor): \(answer.body)")
            }
            try await wait(for: "the target has all five readings") {
                try Delivered(receiver.requests).observationKeys.count == 5
            }
            #expect(try await daemon.stop() == .code(0))
        }

        @Test func `a camera's bad messages are counted too, and a bear is still seen`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let topic = Sensors.topic("pole.camera", kind: "detection")
            for (payload, _) in Self.cameraMessages { try sensors.publish(payload, to: topic) }
            try sensors.publish(
                "{}", to: Sensors.topic("pole.frame", kind: "detection"))
            let database = try daemon.database()
            try await wait(for: "the bear") {
                try database.count(
                    "SELECT count(*) FROM detection WHERE event_id = 'bear' AND verdict = 'notified'"
                )
                    == 1
            }
            for (_, reason) in Self.cameraMessages {
                let name = "kawamori_rejected_messages_total{reason=\"\(reason)\"}"
                #expect(try await daemon.metric(name) >= 1, "\(reason)")
            }
        }

        private static let cameraMessages: [(payload: String, reason: String)] = [
            ("", "empty_payload"), ("bear", "malformed"),
            (#"{"event_id":"a","species":"b"}"#, "missing_field"),
            (#"{"event_id":"a","species":"b","confidence":2}"#, "number_out_of_range"),
            (
                #"{"event_id":"bear","species":"ursus thibetanus","confidence":0.9,"image":"AAAA"}"#,
                "image_refused"
            ),
        ]
    }
}
