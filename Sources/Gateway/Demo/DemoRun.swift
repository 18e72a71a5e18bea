import Foundation
import GatewayModel
import GatewayPorts
package import Logging
import ReplaySource
import ServiceLifecycle
import UnixSignals

/// `kawamori demo`: one command, nothing configured, the whole gateway on real rivers.
///
/// It starts a mosquitto of its own, publishes the real records as if the sensors stood in the
/// water, runs the complete gateway on a simulated clock, and forwards to a second topic and to a
/// webhook that prints what arrives. Everything it makes says 模擬.
package struct DemoRun: Sendable {
    /// What the command line says.
    package struct Options: Sendable {
        /// Simulated seconds per second; nil goes as fast as the machine can.
        package var speed: Double?
        /// The page's port; 0 takes a free one.
        package var port: Int
        /// Where everything is kept.
        package var statePath: String
        /// How many simulated days to play before ending by itself; nil plays on and keeps serving.
        package var days: Double?

        package init(speed: Double?, port: Int, statePath: String, days: Double?) {
            self.speed = speed
            self.port = port
            self.statePath = statePath
            self.days = days
        }
    }

    private let options: Options
    private let logger: Logger
    private let progress = DemoProgress()

    package init(_ options: Options, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// Plays until the end of the given days, or until Ctrl-C.
    ///
    /// - Throws: `AdapterFailure` where something that the demo needs is missing.
    package func run() async throws {
        try makeFolder()
        let folder = try RiverFolder.find()
        let script = try RiverScript(folder: folder)
        let broker = try DemoBroker(directory: options.statePath)
        defer { broker.stop() }
        let brokerPort = broker.port
        let position = DemoPosition(directory: options.statePath)
        let start = position.load() ?? RiverScript.start
        if start > RiverScript.start {
            progress.print("continues at \(start.rfc3339(offsetSeconds: 32_400)) (simulated)")
        }
        let clock = SimulatedClock(start: start, speed: options.speed)
        try await withReceiver { receiverPort in
            let configuration = try makeConfiguration(
                folder, brokerPort: brokerPort, receiverPort: receiverPort)
            try await play(
                script, configuration, clock: clock, brokerPort: brokerPort, start: start,
                position: position)
        }
    }

    // MARK: - Playing

    private func play(
        _ script: RiverScript, _ configuration: GatewayConfiguration, clock: SimulatedClock,
        brokerPort: Int, start: UTCInstant, position: DemoPosition
    ) async throws {
        let progress = progress
        let runtime = GatewayRuntime(
            configuration: configuration,
            options: GatewayRuntime.Options(
                clock: clock, isSimulated: true, bootID: UUID().uuidString.lowercased(),
                whenListening: { port in
                    progress.print("the citizens' page:   http://127.0.0.1:\(port)/")
                    progress.print("the officers' console: http://127.0.0.1:\(port)/console")
                },
                whenFirstRun: { path in progress.print("sign in as admin; password in \(path)") }),
            logger: logger)
        let end = options.days.map { start.advanced(byMilliseconds: Int64($0 * 86_400_000)) }
        let publisher = DemoPublisher(
            script: script, clock: clock, board: runtime.board, port: brokerPort,
            isPaced: options.speed != nil, start: start,
            end: end ?? UTCInstant(milliseconds: .max), logger: logger)
        let sensors = DemoSensors(
            publisher: publisher, board: runtime.board, clock: clock, progress: progress,
            position: position, endsItself: end != nil)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(service: runtime),
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: sensors, successTerminationBehavior: .gracefullyShutdownGroup),
                ], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try await group.run()
        progress.print("stopped; another `kawamori demo` with this --state goes on from here")
    }

    // MARK: - What the demo needs

    private func makeFolder() throws(AdapterFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: options.statePath, withIntermediateDirectories: true)
        } catch {
            throw AdapterFailure(
                .unavailable, operation: "make the folder \(options.statePath)", cause: "\(error)")
        }
    }

    private func withReceiver(
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let progress = progress
        let receiver = DemoReceiver(print: { progress.print($0) })
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup { group in
            group.addTask { try await receiver.run { continuation.yield($0) } }
            for await port in ports {
                try await body(port)
                break
            }
            group.cancelAll()
        }
    }

    private func makeConfiguration(
        _ folder: RiverFolder, brokerPort: Int, receiverPort: Int
    ) throws -> GatewayConfiguration {
        let state = URL(fileURLWithPath: options.statePath).path
        let secretPath = state + "/webhook-secret"
        try Data(DemoReceiver.secret.utf8).write(to: URL(fileURLWithPath: secretPath))
        func connection(_ clientID: String) -> GatewayConfiguration.Connection {
            GatewayConfiguration.Connection(
                host: "127.0.0.1", port: brokerPort, clientID: clientID)
        }
        var stations = try folder.stationFiles.map { try StationFile.load(path: $0).station }
        let adopted = AdoptedSensors(statePath: state).add(to: &stations)
        return GatewayConfiguration(
            path: "demo",
            gateway: GatewayConfiguration.Gateway(id: "demo", statePath: state),
            stations: stations,
            mqtt: GatewayConfiguration.MQTT(
                connection: connection("kawamori-demo"), inflightWindow: 1000),
            topics: [], lines: GatewayConfiguration.Lines(),
            // Real seconds, not simulated ones: a demo should show what it has just stored.
            commit: GatewayConfiguration.Commit(floodWindowSeconds: 0.2, calmWindowSeconds: 1),
            time: GatewayConfiguration.Time(),
            forward: [
                GatewayConfiguration.ForwardTarget(
                    name: "hub",
                    kind: .mqtt(connection("kawamori-demo-hub"), topicPrefix: "kawamori/forward")),
                GatewayConfiguration.ForwardTarget(
                    name: "platform",
                    kind: .webhook(
                        url: "http://127.0.0.1:\(receiverPort)/webhook",
                        secret: Secret(path: secretPath))),
            ],
            notify: [],
            console: GatewayConfiguration.Console(port: options.port),
            keys: GatewayConfiguration.Keys(),
            retention: GatewayConfiguration.Retention(), warnings: adopted.warnings,
            adopted: adopted.devices)
    }
}
