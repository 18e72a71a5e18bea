import Crypto
import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// A real flood from the sensor's frame to everybody who is to be told.
    @Suite struct FloodTests {
        /// The levels of Dead Run's station file, from the lowest, in metres.
        private static let levels: KeyValuePairs = [
            "standby": 0.5, "caution": 0.8, "evacuation_judgement": 1.2, "danger": 1.5,
            "overflow": 1.8,
        ]

        /// What an alarm is expected to do, in no words of the gateway's.
        private struct Step: Hashable, Comparable {
            var reading: Int
            var rule: String
            var phase: String

            static func < (left: Step, right: Step) -> Bool {
                (left.reading, left.rule) < (right.reading, right.rule)
            }
        }

        /// Alarms as a person with pencil and paper would find them: on at the first reading that
        /// reaches the threshold; off at the first one that ends ten minutes below threshold less
        /// 5 cm without interruption.
        private func expectedSteps(_ metres: [Double], seconds: [Double]) -> [Step] {
            var steps: [Step] = []
            for (level, threshold) in Self.levels {
                var isOn = false
                var belowSince: Double?
                for (index, stage) in metres.enumerated() {
                    if !isOn, stage >= threshold {
                        isOn = true
                        steps.append(Step(reading: index, rule: "level.\(level)", phase: "active"))
                    }
                    guard isOn, stage < threshold - 0.05 else {
                        belowSince = nil
                        continue
                    }
                    let since = belowSince ?? seconds[index]
                    belowSince = since
                    if seconds[index] - since >= 600 {
                        isOn = false
                        belowSince = nil
                        steps.append(Step(reading: index, rule: "level.\(level)", phase: "cleared"))
                    }
                }
            }
            return steps.sorted()
        }

        private func publish(_ flood: [Fixtures.Stage], start: Int64, on sensors: Sensors) throws {
            for (index, stage) in flood.enumerated() {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index),
                        time: UTCInstant(milliseconds: start + stage.offsetMilliseconds),
                        values: [stage.hundredths], exponent: -2),
                    to: Sensors.topic("dead-run.stage"))
            }
        }

        @Test func `alarms at the expected readings; each target has each of them once`()
            async throws
        {
            let flood = try Fixtures.flood()
            let last = try #require(flood.last)
            let start =
                Int64(Date().timeIntervalSince1970) * 1000 - 10_000 - last.offsetMilliseconds
            let receiver = try WebhookReceiver()
            try receiver.start()
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let directory = try TemporaryDirectory()
            try directory.write("gauge-secret\n", to: "secret")
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: """
                    forward:
                      - { name: hub, type: mqtt, host: 127.0.0.1, port: \(broker.port), topic_prefix: hub }
                      - { name: web, type: webhook, url: "\(receiver.url)", secret_file: ./secret }
                    """,
                stations: ["dead-run": try Fixtures.station("dead-run")], directory: directory)
            let hub = try await Sensors(port: broker.port, subscribingTo: ["hub/#"])
            try await daemon.waitUntilConnected()
            try publish(flood, start: start, on: hub)
            let database = try daemon.database()
            try await wait(for: "every reading on disk") {
                try database.readingCount() == flood.count
            }

            let metres = flood.map { (Double($0.hundredths) / 100 * 0.3048 * 1e9).rounded() / 1e9 }
            let rows = try database.readings()
            #expect(rows.map(\.raw) == flood.map { Double($0.hundredths) / 100 })
            #expect(rows.map(\.value) == metres)
            let expected = expectedSteps(
                metres, seconds: flood.map { Double($0.offsetMilliseconds) / 1000 })
            #expect(expected.count >= 10, "two crests")
            let steps = try database.transitions().map { transition in
                Step(
                    reading: flood.firstIndex {
                        start + $0.offsetMilliseconds == transition.timeMilliseconds
                    } ?? -1, rule: transition.rule, phase: transition.phase)
            }
            #expect(steps.sorted() == expected)

            let keys = Set(flood.indices.map { "e2e/dead-run.stage/s1-\($0)" })
            try await wait(for: "both targets have everything") {
                try Delivered(receiver.requests).observationKeys.count >= keys.count
                    && hub.messages.count >= keys.count + expected.count
            }
            let delivered = try Delivered(receiver.requests)
            #expect(receiver.problems.isEmpty)
            #expect(delivered.observationKeys.count == keys.count)
            #expect(Set(delivered.observationKeys) == keys)
            #expect(delivered.alarmKeys.count == expected.count)
            #expect(Set(delivered.alarmKeys).count == expected.count)
            try delivered.checkSignatures(secret: "gauge-secret")

            let hubKeys = try hub.messages.filter { $0.topic == "hub/dead-run/stage" }.map {
                try Delivered.object($0.payload)["key"] as? String
            }
            #expect(hubKeys.count == keys.count)
            #expect(Set(hubKeys.compactMap(\.self)) == keys)
            #expect(
                hub.messages.filter { $0.topic == "hub/dead-run/alarms" }.count == expected.count)
            let page = try await daemon.get("/")
            let shown = String(format: "%.2f", try #require(metres.last))
            #expect(page.body.contains(shown), "the page shows the last level, \(shown) m")
        }
    }
}

/// What a webhook was told, taken apart with the strictness of a stranger.
struct Delivered {
    /// In the order of arrival, one for each time it was told.
    private(set) var observationKeys: [String] = []
    private(set) var alarmKeys: [String] = []
    /// The keys of each delivery of observations.
    private(set) var observationDeliveries: [[String]] = []
    private let requests: [WebhookReceiver.Request]

    /// Takes all requests apart.
    ///
    /// - Throws: where one is not what was agreed on, or two share an idempotency key.
    init(_ requests: [WebhookReceiver.Request]) throws {
        self.requests = requests
        var retryKeys: Set<String> = []
        for request in requests {
            let retryKey = request.headers["idempotency-key"] ?? ""
            guard UUID(uuidString: retryKey) != nil, retryKeys.insert(retryKey).inserted else {
                throw TestSupportError("the idempotency key `\(retryKey)` is none, or came before")
            }
            guard request.headers["content-type"] == "application/json" else {
                throw TestSupportError("the body is not declared as JSON")
            }
            try take(Self.object(request.body))
        }
    }

    /// A JSON object.
    static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else {
            throw TestSupportError("not a JSON object: \(String(decoding: bytes, as: UTF8.self))")
        }
        return object
    }

    private mutating func take(_ body: [String: Any]) throws {
        guard body["gateway"] as? String == "e2e", let lane = body["lane"] as? String,
            body["late"] as? Bool == (lane == "backlog"), body["simulated"] as? Bool == false
        else { throw TestSupportError("the envelope is wrong: \(body)") }
        if let observations = body["observations"] as? [[String: Any]] {
            let keys = try observations.map { observation in
                let isJudgedAway = observation["flag"] as? Int == 4
                for field in ["sensor", "time", "unit", "raw_value", "flag"]
                    + (isJudgedAway ? [] : ["value"])
                {
                    guard observation[field] != nil else {
                        throw TestSupportError("an observation has no \(field): \(observation)")
                    }
                }
                return observation["key"] as? String ?? ""
            }
            observationKeys += keys
            observationDeliveries.append(keys)
        }
        for alarm in body["alarms"] as? [[String: Any]] ?? [] {
            guard let key = alarm["key"] as? String, alarm["sentence_ja"] is String,
                alarm["sentence_en"] is String
            else { throw TestSupportError("an alarm is not whole: \(alarm)") }
            alarmKeys.append(key)
        }
    }

    /// Checks each request's signature over timestamp and body.
    func checkSignatures(secret: String) throws {
        for request in requests {
            let timestamp = request.headers["x-kawamori-timestamp"] ?? ""
            let code = HMAC<SHA256>.authenticationCode(
                for: Data("\(timestamp).".utf8) + Data(request.body),
                using: SymmetricKey(data: Array(secret.utf8)))
            let expected = "v1=" + code.map { String(format: "%02x", $0) }.joined()
            guard request.headers["x-kawamori-signature"] == expected else {
                throw TestSupportError("the signature does not fit")
            }
        }
    }
}
