import Foundation
import GatewayModel
import TestSupport
import Testing

extension EndToEnd {
    /// The command line, from outside.
    @Suite struct CommandTests {
        @Test(arguments: [
            "run", "check", "demo", "replay", "decode", "simulate", "export", "status",
        ])
        func `help has an example`(command: String) async throws {
            let result = try await Program.run([command, "--help"])
            #expect(result.code == 0)
            #expect(result.output.contains("Example: "), "\(result.output)")
            #expect(result.output.contains("kawamori \(command)"))
        }

        @Test(arguments: [
            ["nonsense"], ["run", "--nonsense"], ["demo", "--speed", "fast"],
            ["export", "--db", "x", "--sensor", "y", "--from", "yesterday"],
            ["simulate", "--broker", "nowhere"], ["decode", "--format", "xml"],
        ])
        func `wrong usage ends with 64`(arguments: [String]) async throws {
            let result = try await Program.run(arguments)
            #expect(result.code == 64)
            #expect(result.errors.contains("Usage: "), "\(result.errors)")
        }

        @Test func `check names every error with its place and ends with 78`() async throws {
            let directory = try TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: directory.file("stations"), withIntermediateDirectories: true)
            try directory.write(
                """
                station: { id: pole, name: 川, river: 川 }
                sensors:
                  - { id: stage, kind: stage.pressure, unit: m, colour: red }
                """, to: "stations/pole.yaml")
            let main = try directory.write(
                """
                gateway: { id: e2e }
                stations: [stations/*.yaml]
                mqtt: { prot: 1883, port: 99999 }
                console:
                  port: many
                """, to: "kawamori.yaml")
            let result = try await Program.run(["check", main])
            #expect(result.code == 78)
            let lines = result.errors.split(separator: "\n")
            for place in [
                "\(main):3:9: error:", "\(main):3:27: error:", "\(main):5:9: error:",
                "\(directory.file("stations/pole.yaml")):3:49: error:",
            ] {
                #expect(lines.contains { $0.hasPrefix(place) }, "\(place) in \(result.errors)")
            }
            #expect(try await Program.run(["run", "--config", main]).code == 78)
            let sample = try await Program.run(
                ["check", Fixtures.file("deploy/kawamori.sample.yaml")])
            #expect(sample.code == 0)
            #expect(sample.output.contains("ok: gateway tsuruoka-01"))
        }

        @Test func `replay explains a row in both languages, and ends with 65 where there is none`()
            async throws
        {
            let directory = try TemporaryDirectory()
            let input = try directory.write(
                """
                time,value
                2026-11-21T18:10:00+09:00,2700
                2026-11-21T18:11:00+09:00,1900
                2026-11-21T18:12:00+09:00,2700

                """, to: "june.csv")
            let arguments = [
                "replay", "--station", Fixtures.file("deploy/stations/seiryuji-01.yaml"),
                "--sensor", "stage-1", "--input", input,
            ]
            let rows = try await Program.run(arguments)
            #expect(rows.output.contains("18:11:00+09:00,1900.0,1.3"), "\(rows.output)")
            #expect(rows.output.contains(",4,1,4,4,1,2,1,"), "a spike, by its final flags")
            let result = try await Program.run(arguments + ["--explain", "2"])
            #expect(result.code == 0)
            #expect(result.output.contains("行2(2026-11-21T18:11:00+09:00)\n  値は1.3 mです。"))
            #expect(result.output.contains("スパイク(spike):4(異常値)。"))
            #expect(result.output.contains("  - spike: 4 (failed). This reading alone stands out"))
            let beyond = try await Program.run(arguments + ["--explain", "4"])
            #expect(beyond.code == 65)
            #expect(beyond.errors.contains("june.csv has no row 4; its rows are 1 to 3"))
        }

        @Test func `decode shows a payload, or says what is wrong with it and ends with 65`()
            async throws
        {
            let frame = Sensors.frame(
                boot: 3, sequence: 5, time: UTCInstant(milliseconds: 1_784_300_400_000),
                values: [-12, 13], exponent: -1)
            let good = try await Program.run(["decode", "--format", "firmware"], input: frame)
            #expect(good.code == 0)
            let lines = good.output.split(separator: "\n")
            #expect(lines.count == 2)
            let first = try Delivered.object(Array(try #require(lines.first).utf8))
            #expect(first["value"] as? Double == -1.2)
            #expect(first["sequence"] as? Int == 5)
            #expect(first["time"] as? String == "2026-07-17T15:00:00Z")

            let text = frame.map { String(format: "%02x ", $0) }.joined()
            let hex = try await Program.run(
                ["decode", "--format", "firmware", "--hex"], input: Array(text.utf8))
            #expect(hex.output == good.output)

            for (format, input) in [
                ("firmware", Array(frame.dropLast())), ("json", Array("{".utf8)),
                ("senml-json", Array("[]".utf8)), ("camera", []),
            ] {
                let bad = try await Program.run(["decode", "--format", format], input: input)
                #expect(bad.code == 65, "\(format)")
                #expect(bad.errors.split(separator: "\n").count == 1, "\(bad.errors)")
                #expect(bad.output.isEmpty)
            }
        }

        @Test func `status and export tell of a running daemon`() async throws {
            let broker = try TestBroker()
            let daemon = try await Daemon(brokerPort: broker.port)
            let sensors = try await Sensors(port: broker.port)
            try await daemon.waitUntilConnected()
            let time = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000 - 10_000)
            try sensors.publish(
                Sensors.frame(sequence: 1, time: time, values: [1500, 1501]),
                to: Sensors.topic("pole.frame"))
            let database = try daemon.database()
            try await wait(for: "two rows") { try database.readingCount() == 2 }

            let screen = try await Program.run(["status", "--config", daemon.configurationFile])
            #expect(screen.code == 0)
            for text in ["gateway e2e", "pole.frame: 1.699 m  flag 1", "mqtt: connected to"] {
                #expect(screen.output.contains(text), "\(text) in \(screen.output)")
            }
            let json = try await Program.run(
                ["status", "--config", daemon.configurationFile, "--json"])
            let status = try Delivered.object(Array(json.output.utf8))
            #expect(status["gateway"] as? String == "e2e")
            #expect(status["simulated"] as? Bool == false)

            let export = { (format: String) in
                try await Program.run([
                    "export", "--db", daemon.databasePath, "--sensor", "pole.frame", "--format",
                    format,
                ])
            }
            let csv = try await export("csv").output.split(separator: "\n")
            #expect(csv.count == 3)
            #expect(csv[0].hasPrefix("time,received_at,raw,raw_unit,value,unit,flag,"))
            #expect(csv[1].hasPrefix("\(time.rfc3339()),"))
            #expect(csv[2].contains(",1501.0,mm,1.699,m,1,1,2,0,1,,e2e/pole.frame/s1-2"), "\(csv)")
            let jsonLines = try await export("jsonl").output.split(separator: "\n")
            #expect(
                try jsonLines.map { try Delivered.object(Array($0.utf8))["value"] as? Double }
                    == [1.7, 1.699])
            let senml = try await export("senml").output
            let pack = try #require(
                JSONSerialization.jsonObject(with: Data(senml.utf8)) as? [[String: Any]])
            #expect(pack.map { $0["v"] as? Double } == [1.7, 1.699])
            let unknown = try await Program.run(
                ["export", "--db", daemon.databasePath, "--sensor", "nobody"])
            #expect(unknown.code == 69)

            try await daemon.stop()
            #expect(
                try await Program.run(["status", "--config", daemon.configurationFile]).code == 69,
                "nobody is there")
        }
    }
}
