import Foundation
import GatewayModel
import Glibc

/// The demo's own mosquitto: on a free loopback port, with its memory in the demo's folder.
final class DemoBroker {
    let port: Int
    private let process: Process
    private let processFile: String

    /// Starts the broker and waits until it answers.
    ///
    /// - Parameter directory: where its configuration and memory go.
    /// - Throws: `AdapterFailure` with what to install or look at.
    init(directory: String) throws(AdapterFailure) {
        let operation = "start the demo's broker"
        let candidates = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"]
        guard let program = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw AdapterFailure(
                .unavailable, operation: operation,
                cause: "mosquitto is not installed; on Debian: apt-get install mosquitto")
        }
        processFile = directory + "/mosquitto.pid"
        Self.endLeftover(processFile: processFile)
        port = try Self.freePort()
        let settings = """
            user \(NSUserName())
            listener \(port) 127.0.0.1
            allow_anonymous true
            persistence true
            persistence_location \(directory)/
            autosave_interval 5
            max_inflight_messages 1000
            max_queued_messages 200000
            log_type error
            log_type warning
            """
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-c", directory + "/mosquitto.conf"]
        do {
            try Data(settings.utf8).write(to: URL(fileURLWithPath: directory + "/mosquitto.conf"))
            try Self.withoutBlockedSignals { try process.run() }
            let number = Data("\(process.processIdentifier)\n".utf8)
            try number.write(to: URL(fileURLWithPath: processFile))
        } catch {
            throw AdapterFailure(.unavailable, operation: operation, cause: "\(error)")
        }
        try waitUntilItAnswers(operation)
    }

    /// Ends the broker; its memory is on disk afterwards. One that does not end in five seconds is
    /// killed: a demo must not hang.
    func stop() {
        process.terminate()
        for _ in 0..<250 where process.isRunning { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: processFile)
    }

    /// Waits up to five seconds for the port to take connections.
    private func waitUntilItAnswers(_ operation: String) throws(AdapterFailure) {
        for _ in 0..<100 {
            guard process.isRunning else {
                throw AdapterFailure(
                    .unavailable, operation: operation,
                    cause: "mosquitto ended at once with status \(process.terminationStatus)")
            }
            if LoopbackPort.answers(port) { return }
            usleep(50_000)
        }
        process.terminate()
        throw AdapterFailure(
            .unreachable, operation: operation, cause: "mosquitto does not listen on port \(port)")
    }

    /// Ends a broker that a killed demo has left behind: two cannot share one memory.
    private static func endLeftover(processFile: String) {
        guard let text = try? String(contentsOfFile: processFile, encoding: .utf8),
            let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let command = try? String(contentsOfFile: "/proc/\(number)/comm", encoding: .utf8),
            command.hasPrefix("mosquitto")
        else { return }
        kill(number, SIGTERM)
        for _ in 0..<100 where FileManager.default.fileExists(atPath: "/proc/\(number)") {
            usleep(20_000)
        }
    }

    /// Runs `body` with no signal blocked: a child inherits the mask of the thread that starts it,
    /// Swift's task threads block SIGTERM, and such a broker could not be stopped.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        // Two local sets are lent for the calls.
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func freePort() throws(AdapterFailure) -> Int {
        guard let port = LoopbackPort.free() else {
            throw AdapterFailure(
                .exhausted, operation: "find a free port", cause: "the system has none left")
        }
        return port
    }
}
