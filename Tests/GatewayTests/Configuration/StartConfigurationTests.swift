import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct StartConfigurationTests {
    private let folder: ConfigurationFolder
    private let time = UTCInstant(milliseconds: 1_795_252_200_000)

    init() throws {
        folder = try ConfigurationFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("state"), withIntermediateDirectories: true)
    }

    private var path: String { folder.url.appendingPathComponent("kawamori.yaml").path }

    private let good = """
        gateway: { id: pole, state: state }
        stations: [stations/*.yaml]
        console: { port: 8123 }
        """

    private func start(_ environment: [String: String] = [:]) throws -> StartConfiguration {
        try StartConfiguration.load(path: path, environment: environment)
    }

    /// Runs once with the good configuration.
    private func ranOnce() throws {
        try folder.write("kawamori.yaml", good)
        let start = try start()
        #expect(start.trouble == nil && start.kept == nil)
        try start.keep(at: time)
    }

    @Test(arguments: [
        "gateway: { id: pole, state: state }\nstations: [stations/*.yaml",
        "gateway: { id: pole, state: \"state\" }\nstations: [stations/*.yaml]\nconsle: {}",
        "gateway: { id: pole, state: state }\n",
    ])
    func `a half-written file gives way to the last good one, and says where it is wrong`(
        text: String
    ) throws {
        try ranOnce()
        try folder.write("kawamori.yaml", text)
        let start = try start()
        #expect(start.configuration.console.port == 8123)
        #expect(start.configuration.stations.map(\.id.text) == ["pole-1"])
        #expect(start.configuration.path == path)
        #expect(start.kept == time)
        let trouble = try #require(start.trouble)
        #expect(trouble.hasPrefix(path + ":"))
        #expect(trouble.contains("kawamori check \(path)"))
        #expect(throws: ConfigurationProblems.self) {
            try GatewayConfiguration.load(path: path, environment: [:])
        }
        // The broken one is never kept, and the copy not written over.
        try start.keep(at: time.advanced(byMilliseconds: 1000))
        #expect(try self.start().kept == time)
    }

    @Test func `a broken or missing station file gives way too`() throws {
        try ranOnce()
        try folder.write("stations/one.yaml", "station: {")
        #expect(try start().trouble?.contains("one.yaml:") == true)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("stations"))
        #expect(try start().configuration.stations.count == 1)
    }

    @Test func `a zeroed file is found by the folder that systemd names`() throws {
        try ranOnce()
        try folder.write("kawamori.yaml", String(repeating: "\0", count: 300))
        let state = folder.url.appendingPathComponent("state").path
        #expect(throws: ConfigurationProblems.self) { try start() }
        #expect(try start(["STATE_DIRECTORY": state]).configuration.gateway.statePath == state)
    }

    @Test func `another gateway's copy and a damaged copy are no help`() throws {
        try ranOnce()
        let copy = folder.url.appendingPathComponent("state/\(StartConfiguration.fileName)")
        let text = try String(contentsOf: copy, encoding: .utf8)
        try folder.write("kawamori.yaml", "gateway: { id: pole, state: state }")
        try folder.write(
            "state/\(StartConfiguration.fileName)", text.replacing("kawamori.yaml", with: "b.yaml"))
        #expect(throws: ConfigurationProblems.self) { try start() }
        try folder.write("state/\(StartConfiguration.fileName)", String(text.dropLast(9)))
        #expect(throws: ConfigurationProblems.self) { try start() }
    }

    @Test func `a repaired configuration is used and kept`() throws {
        try ranOnce()
        try folder.write("kawamori.yaml", good.replacing("8123", with: "8124"))
        let later = time.advanced(byMilliseconds: 60_000)
        let repaired = try start()
        #expect(repaired.configuration.console.port == 8124 && repaired.trouble == nil)
        try repaired.keep(at: later)
        try folder.write("kawamori.yaml", "gateway: { id: pole, state: state }")
        let start = try start()
        #expect(start.configuration.console.port == 8124 && start.kept == later)
    }
}
