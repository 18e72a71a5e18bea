import Foundation
import GatewayModel
import Synchronization
import TestSupport
import Testing
import WireFormats

extension EndToEnd {
    /// Nothing is acknowledged that a second connection does not find on disk.
    @Suite struct AcknowledgementTests {
        /// How a message's rows are found.
        private struct Proof: Sendable {
            var condition: String
            var rowCount = 1
        }

        /// What was found out at the moment of each acknowledgement.
        private final class Ledger: Sendable {
            struct State {
                var proofs: [[UInt8]: Proof] = [:]
                /// Messages under way: by connection and packet id.
                var underWay: [Int: [UInt16: [UInt8]]] = [:]
                var provenCount = 0
                var unproven: [String] = []
            }
            let state = Mutex(State())
        }

        private let now = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 3_600_000)

        @Test func `at each PUBACK the message's rows are on disk`() async throws {
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let proxy = try TCPProxy(brokerPort: broker.port)
            let daemon = try await Daemon(brokerPort: proxy.port, commitSeconds: 0.3)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let ledger = Ledger()
            let database = try daemon.database()
            proxy.setHook { passage in Self.check(passage, ledger, database) }

            let messages = try makeMessages(count: 60)
            ledger.state.withLock { state in
                for message in messages { state.proofs[message.payload] = message.proof }
            }
            for (index, message) in messages.enumerated() {
                try sensors.publish(message.payload, to: message.topic)
                if index.isMultiple(of: 25) { try await Task.sleep(for: .milliseconds(50)) }
            }
            try await wait(for: "every message is acknowledged") {
                ledger.state.withLock { $0.provenCount + $0.unproven.count } >= messages.count
            }
            let state = ledger.state.withLock { $0 }
            #expect(state.unproven.isEmpty, "acknowledged before the commit")
            #expect(state.provenCount == messages.count)
            let commits = try await daemon.metric("kawamori_store_commits_total")
            #expect(commits < Double(messages.count) / 3, "many messages in one commit")
            print("PUBACK after commit: \(state.provenCount) messages, \(commits) commits")
        }

        /// Called before a packet is forwarded: remembers what the broker sends, and looks for its
        /// rows when the gateway acknowledges it.
        private static func check(
            _ passage: TCPProxy.Passage, _ ledger: Ledger, _ database: Database
        ) {
            guard let identifier = passage.packet.identifier else { return }
            switch (passage.direction, passage.packet.kind) {
            case (.toClient, .publish):
                ledger.state.withLock {
                    $0.underWay[passage.connection, default: [:]][identifier] =
                        passage.packet.payload
                }
            case (.toBroker, .publishAcknowledgement):
                let proof = ledger.state.withLock { state in
                    let payload = state.underWay[passage.connection]?[identifier]
                    return payload.flatMap { state.proofs[$0] }
                }
                let count = (try? proof.map { try database.readingCount(where: $0.condition) }) ?? 0
                ledger.state.withLock { state in
                    if let proof, count == proof.rowCount {
                        state.provenCount += 1
                    } else {
                        state.unproven.append(proof?.condition ?? "packet \(identifier)")
                    }
                }
            default: break
            }
        }

        /// Messages in all formats, each with the rows that it must have become.
        private func makeMessages(
            count: Int
        ) throws -> [(topic: String, payload: [UInt8], proof: Proof)] {
            let picture = try Fixtures.picture()
            var messages: [(topic: String, payload: [UInt8], proof: Proof)] = []
            for index in 0..<count {
                let time = now.advanced(byMilliseconds: Int64(index) * 10_000)
                let number = UInt32(index * 3)
                messages.append(
                    (
                        Sensors.topic("pole.frame"),
                        Sensors.frame(
                            sequence: number, time: time, values: [1500, 1501, 1502]),
                        Proof(
                            condition: "sensor = 'frame' AND id_boot = 1 AND id_sequence BETWEEN "
                                + "\(number) AND \(number + 2)", rowCount: 3)
                    ))
                messages.append(
                    (
                        Sensors.topic("pole.senml"),
                        Array(
                            #"[{"n":"senml","t":\#(time.milliseconds / 1000),"v":\#(index)}]"#.utf8),
                        Proof(
                            condition: "sensor = 'senml' AND device_ms = \(time.milliseconds)"
                                + " AND raw = \(index)")
                    ))
                messages.append(
                    (
                        Sensors.topic("pole.json"),
                        Array(#"{"value":\#(index),"boot":5,"sequence":\#(index)}"#.utf8),
                        Proof(
                            condition:
                                "sensor = 'json' AND id_boot = 5 AND id_sequence = \(index)")
                    ))
                messages.append(
                    (
                        Sensors.topic("pole.number"), Array("\(100_000 + index)".utf8),
                        Proof(condition: "sensor = 'number' AND raw = \(100_000 + index)")
                    ))
                guard index.isMultiple(of: 12) else { continue }
                let event = DecodedDetection(
                    eventID: "event-\(index)", species: "sus scrofa", confidence: 0.9,
                    image: picture, mediaType: "image/jpeg")
                // Any reading's row carries the question whether the detection is there.
                messages.append(
                    (
                        Sensors.topic("pole.camera", kind: "detection"), CameraEvent.encode(event),
                        Proof(
                            condition: """
                                sensor = 'number' AND raw = \(100_000) AND EXISTS (
                                    SELECT 1 FROM detection WHERE event_id = 'event-\(index)'
                                    AND image_name IS NOT NULL)
                                """)
                    ))
            }
            return messages
        }

        @Test func `when an acknowledgement frame comes, its readings are on disk`() async throws {
            let broker = try TestBroker(lines: ["max_queued_messages 0"])
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: ["kawamori/v1/+/+/ack"])
            try await daemon.waitUntilConnected()
            let database = try daemon.database()
            let missing = Mutex<[ReadingName]>([])
            sensors.setHook { topic, payload in
                let stored = (try? database.sequences()) ?? []
                let names = Sensors.names(topic: topic, payload: payload)
                missing.withLock { $0 += names.filter { !stored.contains($0) } }
            }
            let messageCount = 250
            for index in 0..<messageCount {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index * 2),
                        time: now.advanced(byMilliseconds: Int64(index) * 2000),
                        values: [1500, 1501]),
                    to: Sensors.topic("pole.frame"))
                if index.isMultiple(of: 40) { try await Task.sleep(for: .milliseconds(60)) }
            }
            try await wait(for: "everything is acknowledged") {
                sensors.acknowledged.count >= messageCount * 2
            }
            #expect(missing.withLock { $0 }.isEmpty, "acknowledged before the commit")
            #expect(Set(sensors.acknowledged).count == messageCount * 2)

            let before = sensors.acknowledged.count
            try sensors.publish(
                Sensors.frame(sequence: 0, time: now, values: [1500, 1501]),
                to: Sensors.topic("pole.frame"))
            // The answer speaks of the whole boot, the two among the rest.
            try await wait(for: "the duplicate is acknowledged again") {
                Set([0, 1]).isSubset(of: sensors.acknowledged.dropFirst(before).map(\.sequence))
            }
            #expect(Set(sensors.acknowledged).count == messageCount * 2)
            #expect(try database.readingCount() == messageCount * 2, "and stored once")
            #expect(try await daemon.metric("kawamori_duplicate_readings_total") == 2)
        }

        @Test func `what is sent again while it waits for its commit is stored once`() async throws
        {
            let broker = try TestBroker()
            let proxy = try TCPProxy(brokerPort: broker.port)
            let daemon = try await Daemon(brokerPort: proxy.port, commitSeconds: 30)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            // More readings than the duplicate window holds, fewer than force a commit.
            for index in 0..<3 {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index * 255),
                        time: now.advanced(byMilliseconds: Int64(index) * 255_000),
                        values: Array(repeating: 1500, count: 255)),
                    to: Sensors.topic("pole.frame"))
            }
            try await wait(for: "765 readings are in memory") {
                try await daemon.metric("kawamori_samples_total{source=\"mqtt\"}") == 765
            }
            let database = try daemon.database()
            #expect(try database.readingCount() == 0, "none of them is on disk")
            proxy.breakConnections()
            try await wait(for: "the broker has sent them again") {
                try await daemon.metric("kawamori_samples_total{source=\"mqtt\"}") == 1530
            }
            #expect(try await daemon.stop() == .code(0))
            let after = try daemon.database()
            #expect(try after.readingCount() == 765)
            #expect(try after.repeatedIdentityCount() == 0)
        }
    }
}
