import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// The file that everything ends in, at the daemon's beginning and end.
    @Suite struct StoreTests {
        private let now = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 300_000)

        @Test func `a corrupt database is set aside, and readings are stored again`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let topic = Sensors.topic("pole.frame")
            try sensors.publish(Sensors.frame(sequence: 1, time: now, values: [1500]), to: topic)
            let database = try daemon.database()
            try await wait(for: "the first reading") { try database.readingCount() == 1 }
            daemon.kill()
            try await daemon.ending()
            let file = try #require(FileHandle(forWritingAtPath: daemon.databasePath))
            try file.seek(toOffset: 20)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 6000))
            try file.close()
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: daemon.databasePath + suffix)
            }
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try sensors.publish(Sensors.frame(sequence: 2, time: now, values: [1501]), to: topic)
            let fresh = try daemon.database()
            try await wait(for: "the next reading") {
                try fresh.readingCount(where: "id_sequence = 2") == 1
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: daemon.statePath)
            #expect(names.contains { $0.hasPrefix("kawamori.db.set-aside-") }, "\(names)")
            let json = try await daemon.json("/api/v1/losses", asViewer: true)
            let losses = try #require(json["losses"] as? [[String: Any]])
            #expect(losses.contains { $0["cause"] as? String == "store_set_aside" })
        }

        @Test func `SIGTERM brings everything that was read to disk`() async throws {
            let broker = try TestBroker(lines: ["max_inflight_messages 200"])
            let daemon = try await Daemon(brokerPort: broker.port, commitSeconds: 60)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let count = 90
            for index in 0..<count {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index),
                        time: now.advanced(byMilliseconds: Int64(index) * 1000), values: [1500]),
                    to: Sensors.topic("pole.frame"))
            }
            try await wait(for: "everything is in memory") {
                try await daemon.metric("kawamori_samples_total{source=\"mqtt\"}")
                    == Double(count)
            }
            let database = try daemon.database()
            #expect(try database.readingCount() == 0, "the window is open for a minute")
            #expect(try await daemon.stop() == .code(0))
            let after = try daemon.database()
            #expect(try after.readingCount() == count)
            #expect(try after.count("SELECT value FROM meta WHERE key = 'closed'") == 1)

            // What the broker may send again is known after the start.
            try await daemon.start()
            try await daemon.waitUntilConnected()
            for index in 0..<count {
                try sensors.publish(
                    Sensors.frame(
                        sequence: UInt32(index),
                        time: now.advanced(byMilliseconds: Int64(index) * 1000), values: [1500]),
                    to: Sensors.topic("pole.frame"))
            }
            try await wait(for: "all of them are known") {
                try await daemon.metric("kawamori_duplicate_readings_total") >= Double(count)
            }
            #expect(try await daemon.stop() == .code(0))
            #expect(try daemon.database().readingCount() == count)
        }
    }
}
