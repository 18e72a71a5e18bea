import Foundation
import GatewayModel
import Testing

@testable import Gateway

/// The repository's root, from this file's own path.
private let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private let head = "gateway: { id: test }\nstations: [stations/*.yaml]\n"

@Suite struct GatewayConfigurationTests {
    @Test func `the shipped sample loads without errors or warnings`() throws {
        let path = root.appendingPathComponent("deploy/kawamori.sample.yaml").path
        let configuration = try GatewayConfiguration.load(path: path, environment: [:])
        #expect(configuration.warnings == [])
        #expect(configuration.gateway.id == "tsuruoka-01")
        #expect(configuration.stations.map(\.id.text) == ["seiryuji-01"])
        #expect(configuration.topics.first?.fields.value == "/distance")
        #expect(configuration.topics.first?.format == .json)
    }

    @Test func `the bench's sample loads without errors or warnings`() throws {
        let path = root.appendingPathComponent("deploy/bench/kawamori.yaml").path
        let configuration = try GatewayConfiguration.load(path: path, environment: [:])
        #expect(configuration.warnings == [])
        #expect(configuration.lines.inputs.count == 5)
        #expect(configuration.lines.outputs.map(\.name) == ["lamp"])
    }

    @Test func `the shipped sample shows the true defaults`() throws {
        let path = root.appendingPathComponent("deploy/kawamori.sample.yaml").path
        let sample = try GatewayConfiguration.load(path: path, environment: [:])
        let bare = try ConfigurationFolder().load(
            "gateway: { id: tsuruoka-01 }\nstations: [stations/*.yaml]\n")
        #expect(sample.mqtt == bare.mqtt)
        #expect(sample.commit == bare.commit)
        #expect(sample.time == bare.time)
        #expect(sample.console == bare.console)
        #expect(sample.retention == bare.retention)
        #expect(sample.gateway == bare.gateway)
    }

    @Test func `the commented parts of the sample are right when they are switched on`() throws {
        let path = root.appendingPathComponent("deploy/kawamori.sample.yaml")
        let lines = try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { line -> String in
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            let isOption =
                rest.hasPrefix("# ")
                && rest.dropFirst(2).drop { $0 == " " || $0 == "-" }.contains(":")
                && rest.dropFirst(2).drop { $0 == " " || $0 == "-" }.prefix { $0 != ":" }
                    .allSatisfy { ($0.isLowercase && $0.isASCII) || $0 == "_" }
                && !["# format:", "# fields:"].contains { rest.hasPrefix($0) }
            return isOption ? String(indent + rest.dropFirst(2)) : String(line)
        }
        let folder = try ConfigurationFolder()
        try FileManager.default.copyItem(
            at: root.appendingPathComponent("deploy/stations/seiryuji-01.yaml"),
            to: folder.url.appendingPathComponent("stations/seiryuji-01.yaml"))
        let configuration = try folder.load(
            lines.joined(separator: "\n"), environment: ["CREDENTIALS_DIRECTORY": folder.url.path])
        #expect(configuration.forward.map(\.name) == ["hub", "platform"])
        #expect(configuration.notify.map(\.name) == ["officers", "superiors"])
        #expect(configuration.notify.map(\.afterReminders) == [0, 1])
        #expect(configuration.alarms.escalationSeconds == 900)
        #expect(configuration.mqtt.connection.password != nil)
        #expect(configuration.mqtt.connection.tls?.keyPath == "/etc/kawamori/tls/gateway.key")
        // The secrets, certificates and the mail transport are not there.
        #expect(!configuration.warnings.isEmpty)
    }

    @Test(
        arguments: [
            ("mqtt: { hots: a }\n", "3:9: unknown key `hots`; did you mean `host`? "),
            ("mqtt: { port: 70000 }\n", "3:15: `port` is 70000; it must be from 1 to 65535"),
            ("mqtt: { port: '1883' }\n", "3:15: `port` must be a whole number; remove the quotes"),
            ("mqtt: { keep_alive: soon }\n", "3:21: `keep_alive` must be a whole number, not"),
            ("mqtt: [a]\n", "3:7: `mqtt` must be a mapping of keys to values"),
            ("mqtt: { password_file: ./p }\n", "3:24: a password without a `username`"),
            ("mqtt: { tls: { key_file: /k } }\n", "3:14: `certificate_file` and `key_file` belong"),
            ("mqtt: { host: a b }\n", "3:15: `host` is `a b`; write a machine's name"),
            ("commit: { calm_window: 180 }\n", "3:24: `calm_window` is 180.0 s, but the broker"),
            ("commit: { flood_window: 61 }\n", "3:25: `flood_window` 61.0 s is longer than"),
            ("commit: { calm_window: -1 }\n", "3:24: `calm_window` is -1; it must be from 0"),
            ("time: { oldest: yesterday }\n", "3:17: `oldest` is `yesterday`; write a date"),
            ("console: { language: jp }\n", "3:22: `language` is `jp`; did you mean `ja`? "),
            ("retention: { raw_days: 0 }\n", "3:24: `raw_days` is 0; it must be from 1 to 36500"),
            ("gateway: { id: b }\n", "3:1: `gateway` is given again; it stands on line 1"),
            ("topics:\n  - { topic: a, sensor: pole-2.stage }\n", "4:25: there is no station"),
            (
                "topics:\n  - { topic: a, sensor: pole-1.stge }\n",
                "4:25: station `pole-1` has no sensor `stge`; did you mean `pole-1.stage`?"
            ),
            ("topics:\n  - { topic: a/#, sensor: pole-1.stage }\n", "4:14: `a/#` has a wildcard"),
            (
                "topics:\n  - { topic: a, sensor: pole-1.stage, format: json }\n",
                "4:5: format `json` needs to know where the value stands"
            ),
            (
                "topics:\n  - { topic: a, sensor: pole-1.eye, format: firmware }\n",
                "4:45: `pole-1.eye` is a `camera`, which format `firmware` does not serve"
            ),
            (
                "topics:\n  - { topic: a, sensor: pole-1.stage, fields: { value: v } }\n",
                "4:56: `value` must be a JSON pointer, such as `/v`"
            ),
            (
                "forward:\n  - { name: a, type: webhok, url: 'http://x' }\n",
                "4:22: `webhok` is no type of `forward`; did you mean `webhook`?"
            ),
            (
                "forward:\n  - { name: a, type: webhook, url: 'https://u:p@x/' }\n",
                "4:36: a password in `url` would end up in logs"
            ),
            (
                "notify:\n  - { name: a, type: email, from: a@b, to: ['-oQ/tmp@x'] }\n",
                "4:45: `-oQ/tmp@x` is no mail address"
            ),
        ])
    func `a mistake is named with its place`(text: String, expected: String) throws {
        let errors = try ConfigurationFolder().errors(head + text)
        #expect(errors.count == 1, "\(errors)")
        #expect(errors.first?.hasPrefix(expected) == true, "\(errors)")
    }

    @Test func `many mistakes in several files come in one run`() throws {
        let folder = try ConfigurationFolder()
        try folder.write(
            "stations/two.yaml",
            """
            station: { id: pole-1, name: 二番 }
            sensors: []
            """)
        let errors = try folder.errors(
            """
            gateway: { id: Test }
            stations: [stations/*.yaml, stations/none-*.yaml]
            mqtt:
              port: 0
              port: 1
              prot: 2
            comit: {}
            """)
        let places = errors.map { $0.split(separator: " ")[0] }
        #expect(
            places == [
                "7:1:", "1:16:", "2:29:", "5:3:", "6:3:", "4:9:", "two.yaml:1:10:",
                "two.yaml:2:10:", "two.yaml:1:16:",
            ], "\(errors)")
    }

    @Test func `a missing file says so`() throws {
        #expect {
            try GatewayConfiguration.load(path: "/nonexistent/kawamori.yaml", environment: [:])
        } throws: { error in
            "\(error)"
                == "/nonexistent/kawamori.yaml:1:1: error: cannot read this file; check its name"
                + " and that we may read it"
        }
    }

    @Test func `warnings alone do not fail`() throws {
        let configuration = try ConfigurationFolder().load(
            head + "mqtt: { username: u, password_file: ./missing }\ncommit: { calm_window: 175 }\n"
        )
        #expect(configuration.warnings.count == 2)
        #expect(configuration.warnings.allSatisfy { $0.severity == .warning })
    }

    @Test func `a secret without a slash is a systemd credential`() throws {
        let folder = try ConfigurationFolder()
        try folder.write("pw", "hush\n")
        let configuration = try folder.load(
            head + "mqtt: { username: u, password_file: pw }\n",
            environment: ["CREDENTIALS_DIRECTORY": folder.url.path])
        #expect(try configuration.mqtt.connection.password?.load() == "hush")
        #expect(!"\(configuration)".contains("hush"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hush") && dumped.contains("••••••••"))
    }

    @Test func `targets and defaults are read`() throws {
        let folder = try ConfigurationFolder()
        let configuration = try folder.load(
            """
            gateway: { id: test, state: var }
            stations: [stations/one.yaml]
            mqtt:
              tls:
                ca_file:
                certificate_file:
                key_file:
            forward:
              - { name: hub, type: mqtt, host: hub.example.jp }
            """)
        #expect(configuration.mqtt.connection.clientID == "kawamori-test")
        #expect(configuration.mqtt.connection.port == 8883)
        #expect(configuration.gateway.statePath == folder.url.appendingPathComponent("var").path)
        guard case .mqtt(let connection, let prefix) = configuration.forward[0].kind else {
            Issue.record("not an mqtt target")
            return
        }
        #expect(connection.clientID == "kawamori-test-hub")
        #expect(connection.port == 1883)
        #expect(prefix == "kawamori/forward")
    }

    @Test func `no truncation of the sample traps`() throws {
        let folder = try ConfigurationFolder()
        let names = ["deploy/kawamori.sample.yaml", "deploy/stations/seiryuji-01.yaml"]
        for name in names {
            let bytes = [UInt8](
                try Data(contentsOf: root.appendingPathComponent(name)))
            for length in stride(from: 0, to: bytes.count, by: 13) {
                let text = String(decoding: bytes.prefix(length), as: UTF8.self)
                _ = try folder.errors(text)
                _ = try? StationFile.parse(text, file: name)
            }
        }
    }
}
