import Console
import Foundation
import GatewayPorts
import Logging
import SQLiteStore

extension GatewayAssembly {
    /// The pages and the API over the running gateway.
    static func makePages(
        _ runtime: GatewayRuntime, archive: any ObservationArchive, commands: CommandQueue,
        spool: PictureSpool?, lines: LineBoard, devices: any DeviceDirectory,
        calibrations: CalibrationDesk
    ) -> ConsoleServer {
        let console = runtime.configuration.console
        let past = PastDesk(
            database: runtime.configuration.gateway.statePath + "/kawamori.db",
            stations: { [board = runtime.board] in board.snapshot.stations },
            calibrations: calibrations)
        return ConsoleServer(
            configuration: ConsoleConfiguration(
                host: console.listenAddress, port: console.port,
                machineToken: makeToken(runtime, StatusToken.name),
                controlToken: makeToken(runtime, ControlToken.name)),
            board: runtime.board, lines: lines, devices: devices, calibrations: calibrations,
            archive: archive, past: past,
            commands: commands,
            clock: runtime.options.clock, sessionClock: SystemClock(),
            pictures: { spool?.read($0) },
            logger: runtime.logger)
    }

    /// A fresh token by which `kawamori status` reads the API, or `kawamori device` uses it, in a file
    /// that only the daemon's user can read; nil, and the command is refused or shows the public part
    /// only, where it cannot be written.
    private static func makeToken(_ runtime: GatewayRuntime, _ name: String) -> String? {
        let token = (0..<4).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 16) }
            .joined()
        let path = runtime.configuration.gateway.statePath + "/" + name
        // A file that is left over may have other rights.
        try? FileManager.default.removeItem(atPath: path)
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: Data(token.utf8), attributes: [.posixPermissions: 0o600])
        if isWritten { return token }
        // On a card that cannot be written the token of the last run is still there, and as secret.
        runtime.logger.warning("the token could not be written to \(path)")
        let last = try? String(contentsOfFile: path, encoding: .utf8)
        return last.flatMap { $0.count >= 32 ? $0 : nil }
    }
}

/// Where the daemon leaves the token for `kawamori status`.
package enum StatusToken {
    /// The token's file of a gateway with this state directory.
    package static func path(statePath: String) -> String { statePath + "/" + name }

    static let name = "status-token"
}

/// Where the daemon leaves the token for the commands that change something, such as
/// `kawamori device adopt`: whoever may read it is the gateway's own user, or root.
package enum ControlToken {
    /// The token's file of a gateway with this state directory.
    package static func path(statePath: String) -> String { statePath + "/" + name }

    static let name = "control-token"
}
