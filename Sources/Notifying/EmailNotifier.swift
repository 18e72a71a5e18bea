package import GatewayModel
package import GatewayPorts
import Glibc
import Subprocess
import SystemPackage

/// Tells people by mail, through the machine's own `sendmail` interface, as cron and smartd do.
///
/// The mail system queues and tries again; our part ends when it has taken the message.
package struct EmailNotifier: Notifier {
    /// From whom, to whom, and through which program.
    package struct Settings: Sendable {
        /// The notifier's name in the configuration.
        package var name: String
        /// The gateway's id; it stands in every message's id.
        package var gateway: String
        package var sender: String
        /// At least one address.
        package var recipients: [String]
        /// The offset from UTC in which the date is written, in seconds.
        package var offsetSeconds: Int
        /// The program that takes the message.
        package var sendmailFile: String
        /// The longest time that it may take over it, in seconds.
        package var timeoutSeconds: Double

        package init(
            name: String, gateway: String, sender: String, recipients: [String],
            offsetSeconds: Int = 32_400, sendmailFile: String = "/usr/sbin/sendmail",
            timeoutSeconds: Double = 60
        ) {
            self.name = name
            self.gateway = gateway
            self.sender = sender
            self.recipients = recipients
            self.offsetSeconds = offsetSeconds
            self.sendmailFile = sendmailFile
            self.timeoutSeconds = timeoutSeconds
        }
    }

    package var name: String { settings.name }

    private let settings: Settings
    private let clock: any GatewayClock

    /// Prepares a notifier.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where an address is none.
    package init(_ settings: Settings, clock: any GatewayClock) throws(AdapterFailure) {
        let operation = "prepare the mail notifier \(settings.name)"
        guard !settings.recipients.isEmpty else {
            throw AdapterFailure(
                .unavailable, operation: operation, cause: "it has no recipient; name one")
        }
        for address in [settings.sender] + settings.recipients where !isMailAddress(address) {
            throw AdapterFailure(
                .unavailable, operation: operation,
                cause: "\(address.debugDescription) is no mail address like name@example.jp")
        }
        self.settings = settings
        self.clock = clock
    }

    /// Hands the message to `sendmail -i -t` and waits for its exit.
    ///
    /// - Throws: `AdapterFailure` by the program's exit code, see `failureCode(exitCode:)`, and
    ///   `unavailable` where it cannot be started or does not end in time.
    package func notify(_ notice: Notice) async throws(AdapterFailure) {
        let message = MailMessage(
            sender: settings.sender, recipients: settings.recipients, notice: notice,
            gateway: settings.gateway, date: clock.now().utc, offsetSeconds: settings.offsetSeconds)
        let bytes = Array(message.text.utf8)
        let status: TerminationStatus
        let complaint: String
        do {
            (status, complaint) = try await sendmail(bytes)
        } catch {
            throw AdapterFailure(.unavailable, operation: operation, cause: "\(error)")
        }
        switch status {
        case .exited(0): return
        case .exited(let code):
            throw AdapterFailure(
                failureCode(exitCode: code), operation: operation,
                cause: "exit code \(code)\(complaint)")
        case .signaled(let signal):
            throw AdapterFailure(
                .unavailable, operation: operation, cause: "ended by signal \(signal)\(complaint)")
        }
    }

    private var operation: String { "hand a mail to \(settings.sendmailFile)" }

    /// Runs the program, and kills it when its time is over.
    private func sendmail(_ message: [UInt8]) async throws -> (TerminationStatus, String) {
        try await withThrowingTaskGroup(of: (TerminationStatus, String).self) { group in
            let input = try namelessFile(holding: message)
            group.addTask { [settings] in
                // An argument list, not a shell: nothing in a notice is ever a command.
                let result = try await run(
                    .path(FilePath(settings.sendmailFile)), arguments: ["-i", "-t"],
                    input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                    output: .discarded,
                    error: .string(limit: complaintByteLimit))
                let complaint = result.standardError
                    .split(whereSeparator: \.isNewline).joined(separator: " ").prefix(200)
                return (result.terminationStatus, complaint.isEmpty ? "" : ": \(complaint)")
            }
            group.addTask { [settings] in
                try await Task.sleep(for: .seconds(settings.timeoutSeconds))
                throw SendmailTimeout(seconds: settings.timeoutSeconds)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}

/// A file without a name that holds `bytes`, open at its beginning.
///
/// Not a pipe: a program that ends without reading its pipe would end the writer too, by SIGPIPE.
private func namelessFile(holding bytes: [UInt8]) throws -> FileDescriptor {
    let name = "/tmp/kawamori-mail-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    let file = try FileDescriptor.open(
        FilePath(name), .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: .ownerReadWrite)
    do {
        // Unsafe: the name is lent for the call.
        guard unsafe unlink(name) == 0 else { throw Errno(rawValue: errno) }
        try file.writeAll(bytes)
        try file.seek(offset: 0, from: .start)
    } catch {
        try? file.close()
        throw error
    }
    return file
}

/// More than any mail program says in earnest.
private let complaintByteLimit = 65_536

private struct SendmailTimeout: Error, CustomStringConvertible {
    let seconds: Double
    var description: String { "it did not end within \(seconds) s and was killed" }
}

/// What an exit code means.
///
/// - Source: sysexits(3), which every sendmail interface follows.
func failureCode(exitCode: Int32) -> AdapterFailure.Code {
    switch exitCode {
    case 65, 67, 68: .rejected  // EX_DATAERR, EX_NOUSER, EX_NOHOST
    case 73, 74: .inputOutput  // EX_CANTCREAT, EX_IOERR
    case 75: .busy  // EX_TEMPFAIL
    case 76: .unreachable  // EX_PROTOCOL
    case 77: .refused  // EX_NOPERM
    default: .unavailable
    }
}

/// Whether `text` can stand in a header as an address, and can be nothing but one.
///
/// Narrower than RFC 5322: no quoted parts, no comments, ASCII only.
private func isMailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let allowed = { (character: Character) in
        character.isASCII && (character.isLetter || character.isNumber)
            || "!#$%&'*+-/=?^_`{|}~.".contains(character)
    }
    return parts.count == 2 && text.utf8.count <= 254
        && parts.allSatisfy { part in
            !part.isEmpty && part.first != "." && part.last != "." && part.allSatisfy(allowed)
        }
}
