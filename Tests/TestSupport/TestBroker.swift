import Foundation
import Glibc
import Synchronization

/// A real mosquitto on a free port of 127.0.0.1, with a configuration and a state of its own.
///
/// It keeps port and state across `stop`, `kill` and `start`, and ends with the object.
package final class TestBroker: Sendable {
    /// Where it listens, on 127.0.0.1.
    package let port: UInt16
    /// Where its configuration, state and log lie.
    package let directory: TemporaryDirectory
    private let process = Mutex<Process?>(nil)

    /// Starts a broker and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - lines: further lines of mosquitto.conf, after the listener's.
    ///   - allowsAnonymous: false where the lines bring a password file.
    ///   - isPersistent: keeps sessions and messages across restarts, saved at each change.
    ///   - directory: where certificates or password files already lie; by default a new one.
    /// - Throws: `TestSupportError` with the broker's log where it does not come up.
    package init(
        lines: [String] = [], allowsAnonymous: Bool = true, isPersistent: Bool = false,
        directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        port = try freePort()
        var configuration = [
            "listener \(port) 127.0.0.1", "allow_anonymous \(allowsAnonymous)",
            "log_dest file \(directory.file("mosquitto.log"))", "log_type all",
        ]
        if getuid() == 0 { configuration.append("user root") }
        if isPersistent {
            configuration += [
                "persistence true", "persistence_location \(directory.path)/",
                "autosave_on_changes true", "autosave_interval 1",
            ]
        }
        try directory.write(
            (configuration + lines).joined(separator: "\n") + "\n", to: "mosquitto.conf")
        try start()
    }

    deinit { kill() }

    /// Starts it again after `stop` or `kill`, on the same port and with the same state.
    ///
    /// - Throws: `TestSupportError` with the broker's log where it does not come up.
    package func start() throws {
        let broker = Process()
        broker.executableURL = URL(filePath: try Self.executable())
        broker.arguments = ["-c", directory.file("mosquitto.conf")]
        broker.standardOutput = FileHandle.nullDevice
        broker.standardError = FileHandle.nullDevice
        try Self.withoutBlockedSignals { try broker.run() }
        process.withLock { [broker = Handle(broker)] in $0 = broker.process }
        for _ in 0..<500 {
            if let connection = try? LoopbackSocket.connect(port: port) {
                close(connection)
                return
            }
            guard broker.isRunning else { break }
            usleep(10_000)
        }
        throw TestSupportError("mosquitto did not come up on port \(port):\n\(log)")
    }

    /// Ends it in good order (SIGTERM), so that it saves its state; waits until it is gone.
    package func stop() { end(with: SIGTERM) }

    /// Ends it as a power cut would (SIGKILL); waits until it is gone.
    package func kill() { end(with: SIGKILL) }

    /// What the broker has logged so far.
    package var log: String {
        (try? String(contentsOfFile: directory.file("mosquitto.log"), encoding: .utf8)) ?? ""
    }

    private func end(with signal: Int32) {
        let ended = process.withLock { process in
            defer { process = nil }
            return Handle(process)
        }
        guard let broker = ended.process else { return }
        Glibc.kill(broker.processIdentifier, signal)
        broker.waitUntilExit()
    }

    /// Runs `body` with no signal blocked.
    ///
    /// A child inherits the mask of the thread that starts it, and the threads that run tests block
    /// SIGTERM: such a broker could not be stopped.
    package static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        // Unsafe: two local sets are lent for the calls.
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func executable() throws -> String {
        let places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"]
        guard let found = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw TestSupportError("mosquitto is not installed: apt-get install mosquitto")
        }
        return found
    }

    /// Carries a process into and out of the lock; `Process` itself is not marked `Sendable`.
    private struct Handle: @unchecked Sendable {
        let process: Process?
        init(_ process: Process?) { self.process = process }
    }
}
