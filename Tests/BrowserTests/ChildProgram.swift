import Foundation
import Glibc

/// A program that a test has started.
final class ChildProgram: Sendable {
    private let process = Process()

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - arguments: its arguments.
    ///   - input: what it reads from; by default nothing.
    ///   - errorFile: where its standard error goes.
    ///   - whenOutput: gets what it writes to its standard output, on a thread of its own.
    /// - Throws: Foundation's error where it cannot be started.
    init(
        _ path: String, _ arguments: [String], input: Pipe? = nil, errorFile: String,
        whenOutput: @escaping @Sendable (Data) -> Void
    ) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = output
        try Data().write(to: URL(filePath: errorFile))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errorFile))
        try Self.withoutBlockedSignals { try process.run() }
        let reader = output.fileHandleForReading
        Thread.detachNewThread {
            while true {
                let data = reader.availableData
                if data.isEmpty { break }
                whenOutput(data)
            }
        }
    }

    /// Whether it still runs.
    var isRunning: Bool { process.isRunning }

    /// Asks it to end, waits, and kills it where it does not.
    func stop(withinSeconds seconds: Double = 10) {
        guard process.isRunning else { return }
        process.terminate()
        let end = Date(timeIntervalSinceNow: seconds)
        while process.isRunning, Date() < end { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Runs `body` with no signal blocked: a child inherits the mask of the thread that starts it,
    /// and the threads that run tests block SIGTERM.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}
