import Foundation
import TestSupport

/// The built `kawamori` itself.
enum Program {
    /// What a command that ran to its end has said.
    struct Result: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// The path of the executable, which lies beside the test bundle.
    ///
    /// - Throws: `TestSupportError` where it has not been built.
    static func path() throws -> String {
        let runner = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let path = runner.deletingLastPathComponent().appending(path: "kawamori").path()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestSupportError("there is no executable at \(path); build the whole package")
        }
        return path
    }

    /// Runs a command to its end.
    ///
    /// - Throws: `TestSupportError` where it does not end in time, or by a signal.
    static func run(
        _ arguments: [String], input: [UInt8] = [], within seconds: Double = 60
    ) async throws -> Result {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess(
            executable: path(), arguments: arguments, input: input, directory: directory,
            name: "command")
        guard case .code(let code) = try await child.ending(within: seconds) else {
            throw TestSupportError(
                "kawamori \(arguments.joined(separator: " ")) crashed:\n\(child.errors)")
        }
        return Result(code: code, output: child.output, errors: child.errors)
    }
}
