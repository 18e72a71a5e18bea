package import GatewayPorts
import Hummingbird
import HummingbirdCore
package import Logging

/// The gateway's web server: the citizens' page, the operators' console, the JSON API, metrics.
///
/// It reads the live board and the archive and changes nothing by itself; what people ask for goes
/// through `GatewayCommands`.
package struct ConsoleServer: Sendable {
    private let parts: ConsoleParts

    /// Prepares the server; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and limits that a city may want to change.
    ///   - board: the present.
    ///   - lines: the GPIO lines as they are now; empty where none are wired.
    ///   - devices: the firmware devices as they are now.
    ///   - calibrations: the versions of calibrations.
    ///   - archive: the past.
    ///   - past: judges the past by other rules.
    ///   - commands: what people may ask of the gateway.
    ///   - clock: the gateway's clocks, simulated ones included: ages are told by it.
    ///   - sessionClock: the clock that sessions and sign-in limits run by; nil takes `clock`. A
    ///     demo gives the real one here, or its people are signed out at the simulated speed.
    ///   - pictures: the bytes of a picture in the spool by its file's name; nil where it is gone.
    ///     It is called on a shared thread and must not block for long.
    ///   - logger: where the server reports to.
    package init(
        configuration: ConsoleConfiguration, board: LiveBoard, lines: LineBoard = LineBoard(),
        devices: any DeviceDirectory = NoDevices(),
        calibrations: any CalibrationDirectory = NoCalibrations(),
        archive: any ObservationArchive, past: any PastEvaluator = NoPast(),
        commands: any GatewayCommands, clock: any GatewayClock,
        sessionClock: (any GatewayClock)? = nil,
        pictures: @escaping @Sendable (String) -> [UInt8]?, logger: Logger
    ) {
        parts = ConsoleParts(
            configuration: configuration, board: board, lines: lines, devices: devices,
            calibrations: calibrations, archive: archive, past: past,
            commands: commands, clock: clock, sessionClock: sessionClock ?? clock,
            pictures: pictures,
            pages: PageRenderer(),
            sessions: SessionTable(
                capacity: ConsoleLimits.sessionCount,
                lifetimeSeconds: configuration.sessionLifetimeSeconds),
            throttle: LoginThrottle(capacity: ConsoleLimits.throttleEntryCount),
            passwords: PasswordChecker(),
            dygraphs: DygraphsLibrary(directory: configuration.dygraphsDirectory), logger: logger)
    }

    /// Serves until the task is cancelled or shut down gracefully.
    ///
    /// Under swift-service-lifecycle a graceful shutdown lets running requests end.
    ///
    /// - Parameter onListening: called once with the port that was taken.
    /// - Throws: what binding the address throws, such as an address that is in use.
    package func run(
        onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) async throws {
        let application = Application(
            router: router(),
            // Whoever opens a connection and says nothing does not hold it for ever.
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(parts.configuration.host, port: parts.configuration.port),
                serverName: "kawamori",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    ConsoleLimits.connectionCount)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: parts.logger)
        try await application.run()
    }

    /// All routes with their middleware.
    func router() -> Router<ConsoleContext> {
        let router = Router(
            context: ConsoleContext.self, options: [.autoGenerateHeadEndpoints])
        // Sessions come first: the error pages need to know the caller's language.
        router.add(
            middleware: SessionMiddleware(
                sessions: parts.sessions, clock: parts.sessionClock,
                machineToken: parts.configuration.machineToken.map { Array($0.utf8) },
                controlToken: parts.configuration.controlToken.map { Array($0.utf8) },
                cookiesAreSecure: parts.configuration.cookiesAreSecure))
        let board = parts.board
        router.add(
            middleware: SecurityMiddleware(
                pages: parts.pages, snapshot: { board.snapshot }))
        CitizenRoutes(parts: parts).add(to: router)
        AccountRoutes(parts: parts).add(to: router)
        OperatorRoutes(parts: parts).add(to: router)
        APIRoutes(parts: parts).add(to: router)
        DeviceRoutes(parts: parts).add(to: router)
        HealthRoutes(parts: parts).add(to: router)
        AssetRoutes(parts: parts).add(to: router)
        return router
    }
}
