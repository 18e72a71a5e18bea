import Foundation
import GatewayModel
import Mosquitto
import TestSupport
import Testing

extension EndToEnd {
    /// The broker comes, goes, and wants to know who is there.
    @Suite struct BrokerTests {
        private let now = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 60_000)

        @Test func `it starts without a broker, and lives through the broker's restart`()
            async throws
        {
            let broker = try TestBroker(isPersistent: true)
            broker.stop()
            let daemon = try await Daemon(brokerPort: broker.port)
            #expect(try await daemon.metric("kawamori_source_connected{source=\"mqtt\"}") == 0)
            #expect(try await daemon.get("/").status == 200, "the page does not need a broker")
            try broker.start()
            try await daemon.waitUntilConnected()
            let sensors = try await Sensors(port: broker.port)
            let topic = Sensors.topic("pole.frame")
            try sensors.publish(Sensors.frame(sequence: 1, time: now, values: [1500]), to: topic)
            let database = try daemon.database()
            try await wait(for: "the first reading") { try database.readingCount() == 1 }

            broker.stop()
            try await Task.sleep(for: .milliseconds(300))
            try broker.start()
            let later = try await Sensors(port: broker.port)
            // The broker keeps it for the session where the gateway is not back yet.
            try later.publish(Sensors.frame(sequence: 2, time: now, values: [1501]), to: topic)
            try await wait(for: "the second reading") { try database.readingCount() == 2 }
        }

        @Test func `user name, password and TLS stand in the configuration`() async throws {
            let directory = try TemporaryDirectory()
            let certificates = try TestCertificates(in: directory)
            let passwords = directory.file("passwords")
            let tool = try ChildProcess(
                executable: "/usr/bin/mosquitto_passwd",
                arguments: ["-b", "-c", passwords, "gauge", "öffne dich"], directory: directory,
                name: "passwd")
            try #require(await tool.ending() == .code(0), "\(tool.errors)")
            let broker = try TestBroker(
                lines: [
                    "cafile \(certificates.authorityFile)", "certfile \(certificates.serverFile)",
                    "keyfile \(certificates.serverKeyFile)", "require_certificate true",
                    "password_file \(passwords)",
                ], allowsAnonymous: false, directory: directory)
            try directory.write("öffne dich\n", to: "broker-password")
            let daemon = try await Daemon(
                brokerPort: broker.port,
                mqtt: """
                    , username: gauge, password_file: ./broker-password, tls: { \
                    ca_file: \(certificates.authorityFile), \
                    certificate_file: \(certificates.clientFile), \
                    key_file: \(certificates.clientKeyFile) }
                    """, directory: directory)
            try await daemon.waitUntilConnected()
            let sensors = try await Sensors(
                port: broker.port, subscribingTo: ["kawamori/v1/+/+/ack"],
                credentials: ("gauge", "öffne dich"),
                tls: MosquittoTLS(
                    authorityFile: certificates.authorityFile,
                    identity: .init(
                        certificateFile: certificates.clientFile,
                        keyFile: certificates.clientKeyFile)))
            try sensors.publish(
                Sensors.frame(sequence: 1, time: now, values: [1500]),
                to: Sensors.topic("pole.frame"))
            try await wait(for: "the reading is acknowledged over TLS") {
                sensors.acknowledged.count == 1
            }
            #expect(try daemon.database().readingCount() == 1)
            #expect(!daemon.log.contains("öffne"), "no secret in the log")
        }

        @Test func `a topic that is new in the configuration reaches an existing session`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            #expect(try await daemon.stop() == .code(0))
            // While the gateway is away, the broker keeps what the session is subscribed to.
            try sensors.publish("1", to: Sensors.topic("pole.json"))
            try daemon.configure(
                brokerPort: broker.port,
                sections: """
                    topics:
                      - { topic: students/7, sensor: pole.json, format: json, fields: { value: /mm, sequence: /n, boot: /b } }
                    """)
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(#"{"mm":12.5,"n":4,"b":1}"#, to: "students/7")
            let database = try daemon.database()
            try await wait(for: "both readings") { try database.readingCount() == 2 }
            #expect(try database.readings().map(\.raw) == [1, 12.5])

            // And when it is taken out again, what still comes is counted, once.
            #expect(try await daemon.stop() == .code(0))
            try daemon.configure(brokerPort: broker.port)
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(#"{"mm":13,"n":5,"b":1}"#, to: "students/7")
            try await wait(for: "the stray topic is counted") {
                try await daemon.metric(
                    "kawamori_rejected_messages_total{reason=\"unknown_topic\"}") == 1
            }
            #expect(try daemon.database().readingCount() == 2)
        }
    }
}
