import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// Drills (訓練) at the command line of the real gateway, a true flood beside one, and a kill in it.
    @Suite struct DrillTests {
        private static let levels = "levels: { caution: 1.5, danger: 2.5, hold: 0 }\n"

        private func run(
            _ arguments: [String], _ daemon: Daemon, code: Int32 = 0
        ) async throws -> String {
            let result = try await Program.run(
                arguments + ["--config", daemon.configurationFile])
            #expect(result.code == code, "\(arguments): \(result.output)\(result.errors)")
            return code == 0 ? result.output : result.errors
        }

        /// The steps of all alarms so far, in words.
        private func steps(_ daemon: Daemon) throws -> [String] {
            try daemon.database().transitions().map { "\($0.rule) \($0.cause)" }
        }

        private func send(_ metres: Double, _ sensors: Sensors) throws {
            let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
            try sensors.publish(
                Sensors.frame(sequence: 0, time: now, values: [Int32((3.2 - metres) * 1000)]),
                to: Sensors.topic("pole.frame"))
        }

        /// What the webhook was told of alarms, by key.
        private static func told(_ receiver: WebhookReceiver) throws -> [String: [String: Any]] {
            var all: [String: [String: Any]] = [:]
            for request in receiver.requests {
                let body = try Delivered.object(request.body)
                for alarm in body["alarms"] as? [[String: Any]] ?? [] {
                    all[alarm["key"] as? String ?? ""] = alarm
                }
            }
            return all
        }

        @Test func `a drill is marked everywhere, hides no true alarm, and ends with its process`()
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
            #expect(try await run(["drill", "status"], daemon) == "no drill runs\n")
            let scenario = try daemon.directory.write(
                "offset_s,stage_m\n0,2.7\n600,2.7\n", to: "typhoon.csv")
            let start = ["drill", "start", "--station", "pole", "--scenario", scenario]
            let begun = try await run(start, daemon)
            #expect(begun.hasPrefix("【訓練】 pole  to 2.7 m, begun by "))
            #expect(!begun.contains("sirens"))
            let drilled = [
                "drill.exercise drill_started", "drill.level.caution reached",
                "drill.level.danger reached",
            ]
            try await wait(for: "the drill's alarms") { try steps(daemon) == drilled }
            #expect(try await run(start, daemon, code: 65).contains("a drill runs at pole already"))
            try await expectSigns(daemon)

            try send(1.7, sensors)
            try await wait(for: "the true alarm") {
                try steps(daemon) == drilled + ["level.caution reached"]
            }
            let citizens = try await daemon.get("/").body
            #expect(citizens.contains("氾濫注意水位(警戒レベル2相当") && !citizens.contains("【訓練】氾濫"))
            let list = try await run(["alarm", "list"], daemon).split(separator: "\n")
            #expect(list.count == 4 && list.count { $0.contains("  【訓練】 drill.") } == 3)
            let danger = try #require(list.first { $0.contains(" drill.level.danger  ") })
            let number = try #require(danger.split(separator: " ").first).description
            #expect(try await run(["alarm", "ack", number], daemon).contains("acknowledged by"))

            daemon.kill()
            try await daemon.ending()
            try await daemon.start()
            let all =
                drilled + ["level.caution reached", "drill.level.danger acknowledged"]
                + ["exercise", "level.caution", "level.danger"].map { "drill.\($0) drill_ended" }
            try await wait(for: "the drill has ended with its process") {
                try steps(daemon).sorted() == all.sorted()
            }
            #expect(try await run(["drill", "status"], daemon) == "no drill runs\n")
            let left = try await run(["alarm", "list"], daemon)
            #expect(left.contains("  level.caution  active") && !left.contains("drill"))
            #expect(try await !daemon.get("/").body.contains("訓練"))

            try await wait(for: "the target has every step") {
                try Self.told(receiver).count == all.count
            }
            for alarm in try Self.told(receiver).values {
                let rule = try #require(alarm["rule"] as? String)
                let isDrill = rule.hasPrefix("drill.")
                #expect(alarm["drill"] as? Bool == (isDrill ? true : nil))
                let japanese = try #require(alarm["sentence_ja"] as? String)
                let english = try #require(alarm["sentence_en"] as? String)
                #expect(japanese.hasPrefix("【訓練】") == isDrill, "\(japanese)")
                #expect(english.hasPrefix("DRILL: ") == isDrill, "\(english)")
                if !isDrill { #expect(!japanese.contains("訓練")) }
            }
        }

        /// While a drill to above the danger level runs and the river is not known.
        private func expectSigns(_ daemon: Daemon) async throws {
            let citizens = try await daemon.get("/").body
            #expect(citizens.contains("防災訓練を実施中です。"))
            #expect(!citizens.contains("2.70"))
            let stations = try await daemon.json("/api/v1/stations")["stations"]
            let station = try #require((stations as? [[String: Any]])?.first)
            #expect(station["drill"] as? Bool == true && station["reached"] == nil)
            let status = try await run(["status"], daemon)
            #expect(status.contains("\n【訓練】 pole  to 2.7 m"))
            #expect(try await run(["drill", "status"], daemon).hasPrefix("【訓練】 pole  to 2.7 m"))
        }

        @Test func `a drill with sirens warns who asks, stops, and stands in the audit log`()
            async throws
        {
            let broker = try TestBroker()
            let daemon = try await Daemon(
                brokerPort: broker.port, stations: ["pole": Daemon.pole + Self.levels])
            let begun = try await run(
                [
                    "drill", "start", "--station", "pole", "--peak", "3", "--minutes", "1",
                    "--siren",
                ],
                daemon)
            #expect(begun.contains(", with sirens and lamps\n"))
            #expect(begun.contains("must know that it is a drill"))
            let citizens = try await daemon.get("/").body
            #expect(citizens.contains("訓練のサイレンや回転灯が作動することがあります。"))
            let stop = ["drill", "stop", "--station", "pole"]
            #expect(try await run(stop, daemon) == "【訓練】 the drill at pole is over\n")
            #expect(try await run(stop, daemon, code: 65).contains("no drill runs at pole"))
            #expect(try steps(daemon).first == "drill.exercise drill_started_aloud")
            #expect(try steps(daemon).last == "drill.exercise drill_ended")
            let database = try daemon.database()
            for (action, detail) in [
                ("drill.start", "pole: 3.0 m, 1 min, with sirens"), ("drill.stop", "pole"),
            ] {
                let count = try database.count(
                    "SELECT count(*) FROM audit WHERE action = '\(action)' "
                        + "AND detail = '\(detail)' AND actor LIKE 'local:%'")
                #expect(count == 1, "\(action)")
            }
        }

        @Test func `what cannot be drilled is refused with its place`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let start = ["drill", "start", "--station", "pole"]
            let bare = try await run(start + ["--peak", "3", "--minutes", "5"], daemon, code: 65)
            #expect(bare.contains("has no flood levels"))
            let scenario = try daemon.directory.write(
                "offset_s,stage_m\n0,1\n60,high\n", to: "typhoon.csv")
            let wrong = try await run(start + ["--scenario", scenario], daemon, code: 65)
            #expect(wrong.contains("\(scenario):3:4: error: `high` is no number"))
            for arguments in [
                start, start + ["--peak", "3"], start + ["--peak", "3", "--minutes", "0"],
                start + ["--peak", "3", "--minutes", "5", "--scenario", "x"],
                ["drill", "stop", "--station", "Pole!"],
            ] {
                #expect(try await Program.run(arguments).code == 64, "\(arguments)")
            }
            let nowhere = try await run(
                ["drill", "stop", "--station", "elsewhere"], daemon, code: 65)
            #expect(nowhere.contains("no such station"))
            #expect(try steps(daemon) == [])
        }

        @Test(arguments: ["start", "stop", "status"])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run(["drill", command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("Example: kawamori drill \(command)"))
        }
    }
}
