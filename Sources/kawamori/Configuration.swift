import ArgumentParser
import Foundation
import Gateway

/// Reading configurations on the command line: every problem on standard error, exit code 78.
enum Configuration {
    static func load(_ path: String) throws(ExitCode) -> GatewayConfiguration {
        do {
            return try GatewayConfiguration.load(path: path)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Exit.configuration
        }
    }

    /// The configuration that the daemon starts with: where the file has errors, the last good one.
    static func loadToStart(_ path: String) throws(ExitCode) -> StartConfiguration {
        do {
            return try StartConfiguration.load(path: path)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Exit.configuration
        }
    }
}
