import Foundation
import Glibc
import TestSupport

/// A `kawamori run` as the broker's subscriber, with a configuration and a state of its own.
final class Gateway: Consumer {
    /// How it is configured; by default as it is shipped.
    struct Settings {
        var floodSeconds = 1.0
        var calmSeconds = 60.0
        /// Further sections of the configuration.
        var sections = ""
        /// The station files' texts by name.
        var stationFiles: [String: String]
    }

    let folder: TemporaryDirectory
    private(set) var program: Program
    let consolePort: UInt16
    private let executable: String
    private var startCount = 1

    var database: String { folder.file("state/kawamori.db") }

    /// Writes the configuration, starts it, and waits until it has its subscription.
    ///
    /// - Parameters:
    ///   - settings: how it is configured.
    ///   - broker: where it subscribes.
    ///   - folder: where its state lies already; by default a new one.
    /// - Throws: `BenchError` with its log where it does not come up.
    init(_ settings: Settings, broker: Broker, folder: TemporaryDirectory? = nil) throws {
        let folder = try folder ?? Workplace.folder()
        self.folder = folder
        consolePort = try freePort()
        executable = try Program.besideThis("kawamori")
        try Self.write(settings, to: folder, broker: broker, consolePort: consolePort)
        program = try Self.start(executable, in: folder, number: 1)
        try waitUntilConnected()
    }

    private static func write(
        _ settings: Settings, to folder: TemporaryDirectory, broker: Broker, consolePort: UInt16
    ) throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("stations"), withIntermediateDirectories: true)
        for (name, text) in settings.stationFiles {
            try folder.write(text, to: "stations/\(name).yaml")
        }
        try folder.write(
            """
            gateway: { id: bench, state: state }
            stations: [stations/*.yaml]
            mqtt: { host: 127.0.0.1, port: \(broker.port), inflight_window: \
            \(broker.inflightWindow) }
            commit: { flood_window: \(settings.floodSeconds), calm_window: \
            \(settings.calmSeconds) }
            time: { synchronisation_wait: 0 }
            console: { port: \(consolePort) }
            \(settings.sections)

            """, to: "kawamori.yaml")
    }

    private static func start(
        _ executable: String, in folder: TemporaryDirectory, number: Int
    ) throws -> Program {
        try Program(
            executable, ["run", "--config", folder.file("kawamori.yaml")], in: folder,
            name: "kawamori-\(number)")
    }

    /// Starts it again after it was ended, and does not wait.
    func startAgain() throws {
        startCount += 1
        program = try Self.start(executable, in: folder, number: startCount)
    }

    /// Waits until the broker has granted its subscription.
    func waitUntilConnected() throws {
        try wait(for: "kawamori is connected; it said:\n\(program.lastWords)", within: 60) {
            try program.requireRunning()
            return (try? metric("kawamori_source_connected{source=\"mqtt\"}")) == 1
        }
    }

    /// One line of the metrics, by its name with labels; 0 where it is not there.
    func metric(_ name: String) throws -> Double {
        let token = try String(contentsOfFile: folder.file("state/status-token"), encoding: .utf8)
        let answer = try Request.get("/metrics", port: consolePort, token: token)
        guard answer.status == 200 else { throw BenchError("/metrics: \(answer.status)") }
        let line = answer.body.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
    }
}
