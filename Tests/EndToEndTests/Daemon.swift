import Foundation
import FoundationNetworking
import Glibc
import Synchronization
import TestSupport
import Testing

/// A `kawamori run` with a configuration and a state of its own.
///
/// It keeps both over `stop`, `kill` and `start`, and ends with the object.
final class Daemon: Sendable {
    /// What the page's server answered.
    struct Answer: Sendable {
        let status: Int
        let body: String
    }

    /// The station file that most tests use: one sensor for each format, and a camera.
    static let pole = """
        station: { id: pole, name: 試験川 第1, river: 試験川, timezone: Asia/Tokyo }
        sensors:
          - { id: frame, kind: stage.ultrasonic, unit: mm, interval: 60, calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m }, qc: { gross_range: { fail_span: [-0.5, 5.0], suspect_span: [-0.2, 4.5] } } }
          - { id: senml, kind: stage.ultrasonic, unit: mm, speaks_of_level: false, calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m } }
          - { id: json, kind: rain.tipping, unit: mm }
          - { id: number, kind: battery.voltage, unit: mV, calibration: { type: linear, offset: 0, scale: 0.001, unit: V } }
          - { id: gain, kind: stage.pressure, unit: m, speaks_of_level: false, calibration: { type: linear, offset: 0, scale: 100, unit: m }, qc: { gross_range: { fail_span: [-1, 500] } } }
          - { id: camera, kind: camera, wildlife: { minimum_confidence: 0.7, cooldown: 600 } }

        """

    let directory: TemporaryDirectory
    let consolePort: UInt16
    private let hasCamera: Bool
    private let environment: [String: String]
    private let runs = Mutex<(child: ChildProcess?, count: Int)>((nil, 0))

    /// Writes the configuration and starts the daemon.
    ///
    /// - Parameters:
    ///   - brokerPort: the broker's, or a proxy's before it.
    ///   - mqtt: further keys of `mqtt:`, in flow style.
    ///   - commitSeconds: both commit windows.
    ///   - sections: further sections of the configuration.
    ///   - stations: the station files' texts by name.
    ///   - directory: where everything lies; by default a new one.
    ///   - environment: variables for the daemon.
    ///   - starts: false where the test starts it later.
    /// - Throws: `TestSupportError` with its log where it does not come up.
    init(
        brokerPort: UInt16, mqtt: String = "", commitSeconds: Double = 0.2, sections: String = "",
        stations: [String: String] = ["pole": Daemon.pole], directory: TemporaryDirectory? = nil,
        environment: [String: String] = [:], starts: Bool = true
    ) async throws {
        self.directory = try directory ?? TemporaryDirectory()
        consolePort = try freePort()
        self.environment = environment
        hasCamera = stations.values.contains { $0.contains("kind: camera") }
        try FileManager.default.createDirectory(
            atPath: self.directory.file("stations"), withIntermediateDirectories: true)
        for (name, text) in stations { try self.directory.write(text, to: "stations/\(name).yaml") }
        try configure(
            brokerPort: brokerPort, mqtt: mqtt, commitSeconds: commitSeconds, sections: sections)
        if starts { try await start() }
    }

    deinit { kill() }

    /// Writes `kawamori.yaml` anew, for the next start.
    func configure(
        brokerPort: UInt16, mqtt: String = "", commitSeconds: Double = 0.2, sections: String = ""
    ) throws {
        try directory.write(
            """
            gateway: { id: e2e, state: state }
            stations: [stations/*.yaml]
            mqtt: { host: 127.0.0.1, port: \(brokerPort), inflight_window: 200\(mqtt) }
            commit: { flood_window: \(commitSeconds), calm_window: \(commitSeconds) }
            time: { synchronisation_wait: 0 }
            console: { port: \(consolePort) }
            \(sections)
            """, to: "kawamori.yaml")
    }

    var configurationFile: String { directory.file("kawamori.yaml") }
    var statePath: String { directory.file("state") }
    var databasePath: String { statePath + "/kawamori.db" }

    /// A second connection to its database.
    func database() throws -> Database { try Database(path: databasePath) }

    /// Starts it and waits until the page answers.
    ///
    /// - Parameter isHealthy: false where the page is to answer that the store is down.
    /// - Throws: `TestSupportError` with its log where it does not come up.
    func start(isHealthy: Bool = true) async throws {
        let child = try runs.withLock { runs in
            runs.count += 1
            let child = try ChildProcess(
                executable: Program.path(), arguments: ["run", "--config", configurationFile],
                directory: directory, name: "daemon-\(runs.count)", environment: environment)
            runs.child = child
            return child
        }
        try await wait(for: "the page answers; its log: \(log)") {
            guard child.isRunning else {
                throw TestSupportError("the daemon ended at once:\n\(child.errors)")
            }
            return (try? await self.get("/healthz").status) == (isHealthy ? 200 : 503)
        }
    }

    /// Waits until its sessions have their subscriptions.
    func waitUntilConnected() async throws {
        try await wait(for: "the daemon is connected; its log: \(log)") {
            let readings = try await self.metric("kawamori_source_connected{source=\"mqtt\"}")
            let cameras = try await self.metric(
                "kawamori_source_connected{source=\"mqtt-camera\"}")
            return readings == 1 && (cameras == 1 || !self.hasCamera)
        }
    }

    /// Ends it in good order, and says how it ended.
    @discardableResult
    func stop() async throws -> ChildProcess.Ending {
        let child = try #require(runs.withLock { $0.child })
        child.send(SIGTERM)
        return try await child.ending()
    }

    /// Ends it as a power cut would.
    func kill() { runs.withLock { $0.child?.send(SIGKILL) } }

    /// Waits until a killed daemon is gone.
    func ending() async throws { try await runs.withLock { $0.child }?.ending() }

    var isRunning: Bool { runs.withLock { $0.child?.isRunning ?? false } }

    /// Memory of the process that no file stands behind, in bytes.
    func anonymousMemory() throws -> Int {
        let child = try #require(runs.withLock { $0.child })
        let text = try String(
            contentsOfFile: "/proc/\(child.processIdentifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
        return try #require(kibibytes.flatMap { Int($0) }) * 1024
    }

    /// What the last run has logged.
    var log: String { runs.withLock { $0.child?.errors } ?? "" }

    /// Asks for a page; with `asViewer` under the token of `kawamori status`.
    func get(_ path: String, asViewer: Bool = false) async throws -> Answer {
        let url = try #require(URL(string: "http://127.0.0.1:\(consolePort)\(path)"))
        var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData)
        request.timeoutInterval = 10
        if asViewer {
            let token = try String(contentsOfFile: statePath + "/status-token", encoding: .utf8)
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = try #require(response as? HTTPURLResponse).statusCode
        return Answer(status: status, body: String(decoding: data, as: UTF8.self))
    }

    /// Asks for JSON, and insists on a 200.
    func json(_ path: String, asViewer: Bool = false) async throws -> [String: Any] {
        let answer = try await get(path, asViewer: asViewer)
        // No requirement: who waits for something to appear asks for it in vain at first.
        guard answer.status == 200 else {
            throw TestSupportError("\(path): \(answer.status) \(answer.body)")
        }
        return try #require(
            JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    /// One line of the metrics, by its name with labels; 0 where it is not there.
    func metric(_ name: String) async throws -> Double {
        let text = try await get("/metrics", asViewer: true).body
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
    }
}
