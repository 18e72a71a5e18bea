import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// What people do with alarms at the command line of the real gateway, and what a kill leaves of it.
    @Suite struct AlarmTests {
        private static let levels = "levels: { caution: 1.5, danger: 2.5, hold: 0 }\n"

        private func run(_ arguments: [String], _ daemon: Daemon) async throws -> String {
            let result = try await Program.run(
                ["alarm"] + arguments + ["--config", daemon.configurationFile])
            #expect(result.code == 0, "\(arguments): \(result.errors)")
            return result.output
        }

        private func refused(_ arguments: [String], _ daemon: Daemon) async throws -> String {
            let result = try await Program.run(
                ["alarm"] + arguments + ["--config", daemon.configurationFile])
            #expect(result.code != 0, "\(arguments): \(result.output)")
            return result.errors
        }

        private func send(
            _ metres: Double, _ sequence: UInt32, _ sensors: Sensors, _ daemon: Daemon
        ) async throws {
            let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
            try sensors.publish(
                Sensors.frame(
                    sequence: sequence, time: now,
                    values: [Int32((3.2 - metres) * 1000)]), to: Sensors.topic("pole.frame"))
            let database = try daemon.database()
            try await wait(for: "the reading is on disk") {
                try database.readingCount() == Int(sequence) + 1
            }
        }

        @Test func `an alarm is handled by name, and no kill repeats or forgets any of it`()
            async throws
        {
            let receiver = try WebhookReceiver()
            try receiver.start()
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]",
                stations: ["pole": Daemon.pole + Self.levels])
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            #expect(try await run(["list"], daemon) == "no alarm is open\n")
            try await send(1.7, 0, sensors, daemon)
            #expect(try await run(["list"], daemon).hasPrefix("1  pole  level.caution  active"))

            let shelf = ["shelve", "1", "--for", "2h", "--reason", "清掃中"]
            let shelved = try await run(shelf, daemon)
            #expect(shelved.contains("put aside until ") && shelved.contains(": 清掃中"))
            #expect(try await run(["assign", "1", "ito"], daemon).contains("assigned to ito"))
            #expect(try await run(["comment", "1", "堤防を確認"], daemon).contains(": 堤防を確認"))
            _ = try await run(["ack", "1", "--comment", "了解"], daemon)
            #expect(try await refused(["ack", "1"], daemon).contains("has acknowledged it"))
            #expect(try await refused(["assign", "9", "ito"], daemon).contains("no alarm 9"))
            let tooLong = ["shelve", "1", "--for", "2d", "--reason", "x"]
            #expect(try await refused(tooLong, daemon).contains("60 to 86400"))
            let before = try await run(["list"], daemon)

            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            #expect(try await run(["list"], daemon) == before)
            _ = try await run(shelf, daemon)
            let database = try daemon.database()
            let steps: @Sendable () throws -> [String] = {
                try database.transitions().map(\.cause)
            }
            let all = ["reached", "shelved", "assigned", "commented", "acknowledged"]
            #expect(try steps() == all, "asked again within a minute it is so already")

            try await send(2.7, 1, sensors, daemon)
            try await wait(for: "the higher level is told, and ends the shelf below it") {
                try steps() == all + ["reached", "shelf_broken"]
            }
            #expect(try await !run(["list"], daemon).contains("put aside"))
            // What was told just before the kill may come again, under its own key.
            let keys: @Sendable () throws -> Set<String> = {
                let alarms = try receiver.requests.flatMap { request in
                    try Delivered.object(request.body)["alarms"] as? [[String: Any]] ?? []
                }
                return Set(alarms.compactMap { $0["key"] as? String })
            }
            try await wait(for: "the target has every step") {
                try keys().count >= all.count + 2
            }
            #expect(try keys().count == all.count + 2)
            let texts = receiver.requests.map { String(decoding: $0.body, as: UTF8.self) }.joined()
            #expect(texts.contains("まで保留、理由は清掃中。") && texts.contains("の警報の担当はito、"))
            let audited = "SELECT count(*) FROM audit WHERE action LIKE 'alarm.%'"
            #expect(try database.count(audited) == 4)
        }

        @Test(arguments: ["list", "ack", "comment", "assign", "shelve", "unshelve"])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run(["alarm", command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("Example: kawamori alarm \(command)"))
        }
    }
}
