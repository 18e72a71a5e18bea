import ArgumentParser
import Foundation
import Gateway
import GatewayModel
import Logging
import ServiceLifecycle
import UnixSignals

/// `kawamori run`: the daemon.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway until SIGTERM (systemd Type=notify).",
        discussion: "Example: kawamori run --config /etc/kawamori/kawamori.yaml")

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "/etc/kawamori/kawamori.yaml"

    @Option(help: "The least severe messages to log.")
    var logLevel = LogSeverity.info

    func run() async throws {
        let start = try Configuration.loadToStart(config)
        let configuration = start.configuration
        let logger = logLevel.logger("kawamori")
        if let trouble = start.trouble { logger.critical("\(trouble)") }
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let runtime = GatewayRuntime(
            configuration: configuration,
            options: GatewayRuntime.Options(
                clock: AnchoredClock(SystemClock()), isSimulated: false, bootID: Self.bootID,
                configurationTrouble: start.trouble,
                whenRunning: {
                    do {
                        try start.keep(at: SystemClock().now().utc)
                    } catch {
                        logger.warning("the configuration was not kept for bad days: \(error)")
                    }
                },
                whenListening: { port in
                    logger.notice(
                        "the pages are at http://\(configuration.console.listenAddress):\(port)/")
                }),
            logger: logger)
        let group = ServiceGroup(
            services: [runtime], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do {
            try await group.run()
        } catch let failure as AdapterFailure {
            throw Exit.failure(failure)
        }
    }

    /// The kernel's name of this boot; a random one where a sandbox hides it, which only means that
    /// readings without identity are named by the daemon's start instead.
    private static var bootID: String {
        let path = "/proc/sys/kernel/random/boot_id"
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines)
            ?? UUID().uuidString.lowercased()
    }
}
