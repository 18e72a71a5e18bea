import CLinux
import GatewayModel
import Glibc
import LineSensing

/// How the process that holds the outputs is started.
package struct GuardCommand: Sendable, Equatable {
    /// The program.
    package var path: String
    /// What follows the program's name; at most 14.
    package var arguments: [String]

    package init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// This program itself, as `kawamori gpio hold`.
    ///
    /// The link is not resolved: it leads to the file that runs now, also after an upgrade has put
    /// another one, or none, in its place. So both sides always speak the same language.
    package static let own = GuardCommand(path: "/proc/self/exe", arguments: ["gpio", "hold"])
}

/// The guard as its parent sees it: a child process and a socket to it.
///
/// Where it is given up without `end`, it is killed and reaped.
struct GuardProcess: ~Copyable {
    let child: Int32
    /// Readable when there are reports, or when the guard has ended.
    let descriptor: Int32
    private var lines = TextLines()
    private var isReaped = false

    /// Starts the guard; C twins: `socketpair(2)`, `posix_spawn(3)`.
    ///
    /// - Throws: `AdapterFailure` where it cannot be started.
    init(_ command: GuardCommand) throws(AdapterFailure) {
        let operation = "start the outputs' guard (\(command.path))"
        var ends: (own: Int32, guards: Int32) = (-1, -1)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        // Unsafe: socketpair writes two descriptors where the tuple holds two.
        let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            let descriptors = unsafe bytes.baseAddress?.assumingMemoryBound(to: Int32.self)
            return unsafe socketpair(AF_UNIX, kind, 0, descriptors)
        }
        let pairError = errno
        guard result == 0 else {
            throw AdapterFailure(
                .unavailable, operation: operation, cause: Self.systemText(pairError))
        }
        let words = ["kawamori"] + command.arguments
        let texts = words.flatMap { Array($0.utf8CString) }
        // Unsafe: path and texts are lent for the call, and as many texts are there as it is told.
        let started = unsafe kawamori_spawn(command.path, texts, words.count, ends.guards)
        let spawnError = errno
        close(ends.guards)
        guard started > 0 else {
            close(ends.own)
            throw AdapterFailure(
                .unavailable, operation: operation, cause: Self.systemText(spawnError))
        }
        child = started
        descriptor = ends.own
    }

    deinit {
        if !isReaped {
            kill(child, SIGKILL)
            _ = kawamori_reap(child)
        }
        close(descriptor)
    }

    /// Gives an order, without waiting for it to be taken; C twin: `send(2)`.
    ///
    /// - Throws: `AdapterFailure` with `unreachable` where the guard does not read or is gone.
    func send(_ order: RelayOrder) throws(AdapterFailure) {
        let bytes = Array((order.text + "\n").utf8)
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        // Unsafe: the bytes are lent for the call.
        let count = unsafe Glibc.send(descriptor, bytes, bytes.count, flags)
        let error = errno
        guard count == bytes.count else {
            throw AdapterFailure(
                .unreachable, operation: "tell the outputs' guard (process \(child)) what to do",
                cause: count < 0 ? Self.systemText(error) : "it does not read")
        }
    }

    /// Reads the reports that wait, without sleeping; C twin: `recv(2)`.
    ///
    /// - Returns: nil where the guard has closed its end, because it ends.
    /// - Throws: `AdapterFailure` where it says what is no report.
    mutating func read() throws(AdapterFailure) -> [RelayReport]? {
        let operation = "hear the outputs' guard (process \(child))"
        var bytes = [UInt8](repeating: 0, count: TextLines.byteLimit)
        // Unsafe: the array is lent for the call, which writes within its length.
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        let error = errno
        if count == 0 || (count < 0 && error == ECONNRESET) { return nil }
        if count < 0, error == EAGAIN || error == EINTR { return [] }
        guard count > 0 else {
            throw AdapterFailure(
                .unreachable, operation: operation, cause: Self.systemText(error))
        }
        guard let texts = lines.take(bytes[..<count]) else {
            throw AdapterFailure(
                .inputOutput, operation: operation, cause: "it sends a line without an end")
        }
        var reports: [RelayReport] = []
        for text in texts {
            guard let report = RelayReport(text) else {
                throw AdapterFailure(
                    .inputOutput, operation: operation, cause: "this is no report: \(text)")
            }
            reports.append(report)
        }
        return reports
    }

    /// Says that no more orders come, so that the guard switches off and ends by itself.
    func closeOrders() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Takes the guard off the process table; where it still runs, kills it first. Once only.
    ///
    /// - Returns: how it ended, for people.
    mutating func end() -> String {
        // One that has closed its end has switched everything off, or is dead already.
        kill(child, SIGKILL)
        let status = kawamori_reap(child)
        isReaped = true
        return status < 0 ? "it was ended by signal \(-status)" : "it ended with code \(status)"
    }

    private static func systemText(_ error: Int32) -> String {
        // Unsafe: the text of strerror is copied before any other call could change it.
        unsafe String(cString: strerror(error))
    }
}
