import Foundation
import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct SupportBundleTests {
    private static let secrets = [
        "river-broker-pass", "hook-signing-key", "ab12cd34", "ctl-token-1",
    ]
    private let folder: ConfigurationFolder
    private let state: TemporaryDirectory
    private let start: StartConfiguration

    init() throws {
        folder = try ConfigurationFolder()
        state = try TemporaryDirectory()
        try folder.write("broker-password", Self.secrets[0] + "\n")
        try folder.write("hook-secret", Self.secrets[1])
        try folder.write("one.key", String(repeating: Self.secrets[2], count: 8))
        try state.write(Self.secrets[3], to: "control-token")
        start = StartConfiguration(
            try folder.load(
                """
                # somebody noted the password here: \(Self.secrets[0])
                gateway: { id: test, state: "\(state.path)" }
                stations: [stations/*.yaml]
                mqtt: { host: 127.0.0.1, username: pole, password_file: ./broker-password }
                keys:
                  devices:
                    - { device: 70b3d57ed0001234, key_id: 1, key_file: ./one.key }
                forward:
                  - { name: city, type: webhook, url: "https://a.jp/hook-path-1", secret_file: ./hook-secret }
                """))
    }

    private func addLoss() throws {
        let opened = try SQLiteStore.open(
            directory: state.path, gatewayID: "test", bootID: "boot", now: instant())
        var batch = StoreBatch()
        batch.losses = [
            LossRecord(
                source: "mqtt", cause: .ringFull, from: instant(0).utc, to: instant(1).utc, count: 5
            )
        ]
        _ = try opened.store.commit(batch)
        try opened.store.close()
    }

    private let findings = [
        Examination.Finding(.fault, "broker", "it said \(secrets[0]) and \(secrets[3])")
    ]

    @Test func `the file has everything that helps, and no secret`() async throws {
        try addLoss()
        let bundle = SupportBundle(start, version: "9.9.9")
        let path = state.path + "/help.tar"
        try await bundle.write(to: path, findings: findings)
        let bytes = String(
            decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        for secret in Self.secrets + ["hook-path-1"] {
            #expect(!bytes.contains(secret), "\(secret)")
        }
        let names = Program.output(of: "/usr/bin/tar", ["-tf", path]) ?? ""
        for name in ["doctor.txt", "doctor.json", "losses.csv", "versions.txt", "status.txt"] {
            #expect(names.contains("kawamori-doctor/\(name)\n"))
        }
        #expect(names.contains("kawamori.yaml\n") && names.contains("stations_one.yaml\n"))
        #expect(bytes.contains("fault   broker: it said •••••••• and ••••••••"))
        #expect(bytes.contains("2026-11-21T09:10:00Z,2026-11-21T09:10:01Z,mqtt,ring_full,5,"))
        #expect(bytes.contains("kawamori 9.9.9\n") && bytes.contains("username: pole"))
    }

    @Test func `without a database or a gateway it says why these are missing`() async throws {
        let files = await SupportBundle(start, version: "1").files([])
        #expect(files["losses.csv"]?.contains("there is no such file") == true)
        #expect(files["status.txt"]?.contains("is `kawamori run` running?") == true)
    }

    @Test func `a file that is there already stays`() async throws {
        let path = try state.write("mine", to: "help.tar")
        await #expect(throws: AdapterFailure.self) {
            try await SupportBundle(start, version: "1").write(to: path, findings: [])
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test func `a folder that is not there is told`() async throws {
        await #expect(throws: AdapterFailure.self) {
            try await SupportBundle(start, version: "1")
                .write(to: "/nonexistent/help.tar", findings: [])
        }
    }
}
