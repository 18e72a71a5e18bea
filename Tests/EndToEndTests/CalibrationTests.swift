import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// Calibrations that change under a running gateway.
    @Suite struct CalibrationTests {
        private let start = UTCInstant(
            milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 3_600_000)

        private func run(_ arguments: [String], _ daemon: Daemon) async throws -> Program.Result {
            try await Program.run(
                ["calibration"] + arguments + ["--config", daemon.configurationFile])
        }

        /// A reading of raw 1500, some seconds after the start.
        private func send(_ sequence: UInt32, _ sensors: Sensors) throws {
            try sensors.publish(
                Sensors.frame(
                    sequence: sequence,
                    time: start.advanced(byMilliseconds: Int64(sequence) * 1000), values: [1500]),
                to: Sensors.topic("pole.frame"))
        }

        private func values(_ daemon: Daemon) throws -> [Double?] {
            try daemon.database().readings(sensor: "pole.frame").map(\.value)
        }

        private func add(
            _ offset: Double, at second: Int64, _ daemon: Daemon, _ more: [String] = []
        ) async throws -> Program.Result {
            try daemon.directory.write(
                "calibration: { type: linear, offset: \(offset), scale: -0.001, unit: m }\n",
                to: "new.yaml")
            return try await run(
                [
                    "add", "--sensor", "pole.frame", "--from", daemon.directory.file("new.yaml"),
                    "--valid-from",
                    start.advanced(byMilliseconds: second * 1000).rfc3339(offsetSeconds: 32_400),
                    "--author", "佐藤", "--reason", "量水標",
                ] + more, daemon)
        }

        @Test func `a version holds for the next reading, and on request for the past`()
            async throws
        {
            let receiver = try WebhookReceiver()
            try receiver.start()
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port,
                sections: "forward: [{ name: web, type: webhook, url: \"\(receiver.url)\" }]")
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            for sequence in UInt32(0)..<4 { try send(sequence, sensors) }
            try await wait(for: "four readings") { try values(daemon).count == 4 }
            #expect(try values(daemon) == [1.7, 1.7, 1.7, 1.7])

            let added = try await add(3.5, at: 2, daemon)
            #expect(added.code == 0, "\(added.errors)")
            #expect(added.output.contains("2 (in force)"))
            #expect(added.output.contains("by 佐藤: 量水標"))
            try send(4, sensors)
            try await wait(for: "the fifth") { try values(daemon).count == 5 }
            #expect(try values(daemon) == [1.7, 1.7, 1.7, 1.7, 2], "the past stays as it is")
            try await wait(for: "the target has all five") {
                try Delivered(receiver.requests).observationKeys.count == 5
            }

            let again = try await run(
                [
                    "recompute", "--sensor", "pole.frame", "--from",
                    start.advanced(byMilliseconds: 1000).rfc3339(),
                ], daemon)
            #expect(again.code == 0, "\(again.errors)")
            try await wait(for: "the past from then on") {
                try values(daemon) == [1.7, 1.7, 2, 2, 2]
            }
            try await wait(for: "the target has what has changed") {
                try Delivered(receiver.requests).observationKeys.count >= 7
            }
            #expect(
                try Delivered(receiver.requests).observationKeys.dropFirst(5).sorted() == [
                    "e2e/pole.frame/s1-2", "e2e/pole.frame/s1-3",
                ])
            let database = try daemon.database()
            #expect(try database.count("SELECT count(*) FROM recent WHERE raw = 1500") == 5)
            #expect(try database.count("SELECT count(*) FROM alarm WHERE phase <> 'normal'") == 0)
            #expect(
                try database.count(
                    "SELECT count(*) FROM audit WHERE action LIKE 'calibration.%'") == 2)
            try await wait(for: "the list says so") {
                try await run(["list", "--sensor", "pole.frame"], daemon).output
                    .contains("2 of 4 readings changed, done")
            }
        }

        @Test func `a version outlives a kill, and a changed file comes behind it`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            #expect(try await add(3.5, at: 0, daemon).code == 0)
            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            try await daemon.waitUntilConnected()
            try send(1, sensors)
            try await wait(for: "a reading") { try values(daemon) == [2] }
            let records = try String(
                contentsOfFile: daemon.statePath + "/records.json", encoding: .utf8)
            #expect(records.contains("量水標"))

            try await daemon.stop()
            try daemon.directory.write(
                Daemon.pole.replacing("offset: 3.2", with: "offset: 4.2"), to: "stations/pole.yaml")
            try await daemon.start()
            try await daemon.waitUntilConnected()
            // What was measured before the file changed is read as before.
            try send(2, sensors)
            try await wait(for: "another reading") { try values(daemon) == [2, 2] }
            let list = try await run(["list", "--sensor", "pole.frame"], daemon).output
            #expect(list.contains("3 (in force)") && list.contains("the station file has changed"))
        }

        @Test func `mistakes are told with their place in the file, and change nothing`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            try daemon.directory.write(
                "calibration: { type: linear, offset: 3 }\n", to: "bad.yaml")
            let bad = daemon.directory.file("bad.yaml")
            let wrong = try await run(
                [
                    "add", "--sensor", "pole.frame", "--from", bad, "--author", "a", "--reason",
                    "b",
                ], daemon)
            #expect(wrong.code == 65)
            #expect(wrong.errors.contains("\(bad):1:14: error:"), "\(wrong.errors)")
            let same = try await add(3.2, at: 0, daemon)
            #expect(same.code == 65 && same.errors.contains("version 1 holds"))
            let count = try await run(
                [
                    "recompute", "--sensor", "pole.nobody",
                ], daemon)
            #expect(count.code != 0)
            let list = try await run(["list"], daemon)
            #expect(list.code == 0 && list.output.contains("pole.gain\n  1 (in force)"))
        }

        @Test(arguments: ["list", "add", "recompute"])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run(["calibration", command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("kawamori calibration \(command)"))
        }
    }
}
