import Foundation
import Glibc
import Synchronization

/// A program that a test runs beside itself, with everything it says kept in a file.
///
/// It ends with the object, so that a failing test leaves nothing running.
package final class ChildProcess: Sendable {
    /// How a program has ended.
    package enum Ending: Sendable, Equatable {
        /// By itself, with this exit code.
        case code(Int32)
        /// By this signal.
        case signal(Int32)
    }

    /// What it has written to standard output and standard error lies here.
    package let outputFile: String
    package let errorFile: String
    private let process: Mutex<Handle>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: an absolute path.
    ///   - arguments: after the program's name.
    ///   - input: what it reads from standard input; nothing by default.
    ///   - directory: where the files with its words go.
    ///   - name: what the files' names begin with; both are written anew.
    ///   - environment: variables set beside those of the test.
    /// - Throws: the system's error where it cannot be started.
    package init(
        executable: String, arguments: [String], input: [UInt8] = [],
        directory: TemporaryDirectory, name: String, environment: [String: String] = [:]
    ) throws {
        outputFile = directory.file("\(name).out")
        errorFile = directory.file("\(name).err")
        let inputFile = directory.file("\(name).in")
        try Data(input).write(to: URL(filePath: inputFile))
        for file in [outputFile, errorFile] { try Data().write(to: URL(filePath: file)) }
        let child = Process()
        child.executableURL = URL(filePath: executable)
        child.arguments = arguments
        child.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        child.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputFile))
        child.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputFile))
        child.standardError = try FileHandle(forWritingTo: URL(filePath: errorFile))
        try TestBroker.withoutBlockedSignals { try child.run() }
        process = Mutex(Handle(child))
    }

    deinit { send(SIGKILL) }

    /// What it has written to standard output so far.
    package var output: String { text(outputFile) }
    /// What it has written to standard error so far.
    package var errors: String { text(errorFile) }

    /// Whether it has not ended yet.
    package var isRunning: Bool { process.withLock { $0.process.isRunning } }

    /// Its number.
    package var processIdentifier: Int32 { process.withLock { $0.process.processIdentifier } }

    /// Sends a signal, unless it has ended.
    package func send(_ signal: Int32) {
        process.withLock { if $0.process.isRunning { kill($0.process.processIdentifier, signal) } }
    }

    /// Waits until it has ended.
    ///
    /// - Parameter seconds: how long at most; then it is killed.
    /// - Returns: how it ended.
    /// - Throws: `TestSupportError` with its last words where it had to be killed.
    @discardableResult
    package func ending(within seconds: Double = 20) async throws -> Ending {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while isRunning {
            guard ContinuousClock.now < deadline else {
                send(SIGKILL)
                throw TestSupportError(
                    "it did not end within \(seconds) s:\n\(errors.suffix(2000))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return process.withLock {
            $0.process.terminationReason == .exit
                ? .code($0.process.terminationStatus) : .signal($0.process.terminationStatus)
        }
    }

    private func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// Carries a process into the lock; `Process` itself is not marked `Sendable`.
    private struct Handle: @unchecked Sendable {
        let process: Process
        init(_ process: Process) { self.process = process }
    }
}
