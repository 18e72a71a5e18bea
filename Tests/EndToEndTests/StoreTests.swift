import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// The file that everything ends in, at the daemon's beginning and end.
    @Suite struct StoreTests {
        private let now = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 300_000)

        @Test func `a corrupt database is set aside, readings go on, and the old ones come over`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let topic = Sensors.topic("pole.frame")
            try sensors.publish(Sensors.frame(sequence: 1, time: now, values: [1500]), to: topic)
            do {
                // Gone before the daemon ends, whose close then empties the log.
                let database = try daemon.database()
                try await wait(for: "the first reading") { try database.readingCount() == 1 }
            }
            let firstPassword = try String(
                contentsOfFile: daemon.statePath + "/first-run-password", encoding: .utf8)
            // Accounts and alarms are copied within one round of maintenance.
            try await wait(for: "the copy of the accounts") {
                FileManager.default.contents(atPath: daemon.statePath + "/records.json").map {
                    String(decoding: $0, as: UTF8.self).contains("admin")
                } ?? false
            }
            // It ends in order, so that the reading stands in the file itself.
            #expect(try await daemon.stop() == .code(0))
            let file = try #require(FileHandle(forWritingAtPath: daemon.databasePath))
            try file.seek(toOffset: 20)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 6000))
            try file.close()
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
            try await wait(for: "the old reading came over") {
                try fresh.readingCount(where: "id_sequence = 1") == 1
            }
            // It had been acknowledged; the sensor sends it again all the same.
            try sensors.publish(Sensors.frame(sequence: 1, time: now, values: [1500]), to: topic)
            try sensors.publish(Sensors.frame(sequence: 3, time: now, values: [1502]), to: topic)
            try await wait(for: "the reading after it") {
                try fresh.readingCount(where: "id_sequence = 3") == 1
            }
            #expect(try fresh.readingCount(where: "id_sequence = 1") == 1)
            // The password of the first run is still the one that was written down.
            let password = try String(
                contentsOfFile: daemon.statePath + "/first-run-password", encoding: .utf8)
            #expect(password == firstPassword)
            let status = try await Program.run(["status", "--config", daemon.configurationFile])
            #expect(status.output.contains("pole system.records active"), "\(status.output)")
        }

        @Test func `a configuration that was cut off gives way to the last good one`() async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            try await daemon.waitUntilConnected()
            #expect(try await daemon.stop() == .code(0))
            let text = try String(contentsOfFile: daemon.configurationFile, encoding: .utf8)
            let cut = try #require(text.range(of: "console: {"))
            try daemon.directory.write(String(text[..<cut.upperBound]), to: "kawamori.yaml")
            try await daemon.start()
            try await daemon.waitUntilConnected()
            let check = try await Program.run(["check", daemon.configurationFile])
            #expect(check.code == 78)
            let doctor = try await Program.run(["doctor", "--config", daemon.configurationFile])
            let place = "\(daemon.configurationFile):7:1:"
            #expect(doctor.output.contains("fault   configuration: \(place)"), "\(doctor.output)")
            let status = try await Program.run(["status", "--config", daemon.configurationFile])
            #expect(status.output.contains("pole system.configuration active"))
            #expect(status.output.contains(place), "\(status.output)")
            #expect(try await daemon.stop() == .code(0))
            // Where it never ran with a good one, there is nothing to go back to.
            try FileManager.default.removeItem(
                atPath: daemon.statePath + "/last-good-configuration.json")
            let run = try await Program.run(["run", "--config", daemon.configurationFile])
            #expect(run.code == 78)
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
