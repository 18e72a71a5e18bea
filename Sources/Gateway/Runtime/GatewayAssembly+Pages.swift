import Console
import Foundation
import GatewayPorts
import Logging
import SQLiteStore

extension GatewayAssembly {
    /// The pages and the API over the running gateway.
    static func makePages(
        _ runtime: GatewayRuntime, archive: SQLiteArchive, commands: CommandQueue,
        spool: PictureSpool, lines: LineBoard
    ) -> ConsoleServer {
        let console = runtime.configuration.console
        return ConsoleServer(
            configuration: ConsoleConfiguration(
                host: console.listenAddress, port: console.port,
                machineToken: makeStatusToken(runtime)),
            board: runtime.board, lines: lines, archive: archive, commands: commands,
            clock: runtime.options.clock, sessionClock: SystemClock(), pictures: spool.read,
            logger: runtime.logger)
    }

    /// A fresh token by which `kawamori status` reads the API, in a file that only the daemon's
    /// user can read; nil, and `status` shows the public part only, where it cannot be written.
    private static func makeStatusToken(_ runtime: GatewayRuntime) -> String? {
        let token = (0..<4).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 16) }
            .joined()
        let path = StatusToken.path(statePath: runtime.configuration.gateway.statePath)
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: Data(token.utf8), attributes: [.posixPermissions: 0o600])
        if !isWritten { runtime.logger.warning("the status token could not be written to \(path)") }
        return isWritten ? token : nil
    }
}

/// Where the daemon leaves the token for `kawamori status`.
package enum StatusToken {
    /// The token's file of a gateway with this state directory.
    package static func path(statePath: String) -> String { statePath + "/status-token" }
}
