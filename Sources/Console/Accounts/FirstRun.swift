import Foundation
import GatewayModel
package import GatewayPorts

/// What happens before anybody can sign in for the first time.
package enum FirstRun {
    /// The name of the first account.
    package static let accountName = "admin"
    /// The file, in the state directory, that holds the first password.
    package static let fileName = "first-run-password"

    /// Creates `admin` with a random password where there is no such account yet.
    ///
    /// The password stands in a file that only the daemon's user can read, and nowhere else; the
    /// file is on disk before the account is, so that no account exists whose password nobody knows.
    ///
    /// - Parameters:
    ///   - archive: where accounts are looked up.
    ///   - commands: what saves the account.
    ///   - stateDirectory: an existing directory, such as `/var/lib/kawamori`.
    ///   - iterations: the hash's iterations; fewer only where tests must be quick.
    /// - Returns: the password file's path where an account was created, else nil.
    /// - Throws: `AdapterFailure` when the store cannot be read or the file cannot be written,
    ///   `CommandRefusal` when the account cannot be saved.
    package static func ensureAdmin(
        archive: any ObservationArchive, commands: any GatewayCommands, stateDirectory: String,
        iterations: Int = PasswordHash.defaultIterations
    ) async throws -> String? {
        guard try await archive.account(named: accountName) == nil else { return nil }
        let password = makePassword()
        let path = stateDirectory + "/" + fileName
        try write(password + "\n", to: path)
        let hash = try PasswordHash.make(password, iterations: iterations)
        try await commands.save(
            Account(name: accountName, role: .admin, passwordHash: hash), by: "first-run")
        return path
    }

    /// Twenty characters that nobody mistakes for one another: 5.8 bits each, 116 in all.
    private static func makePassword() -> String {
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<20).compactMap { _ in alphabet.randomElement(using: &generator) })
    }

    /// Writes a file that only its owner may read and waits until it is on the disk.
    private static func write(_ text: String, to path: String) throws(AdapterFailure) {
        let failure = { (step: String) in
            // The text is copied before anything else can call strerror on this thread.
            let cause = unsafe String(cString: strerror(errno))
            return AdapterFailure(
                .inputOutput, operation: "write the first password to \(path)",
                cause: "\(step): \(cause)")
        }
        // The C functions below read a Swift string as a C string for the length of the call.
        // A file that is left over from an attempt before is replaced, whatever its rights are.
        unsafe unlink(path)
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        // The array outlives the call; a file takes so few bytes in one write or fails.
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count == bytes.count else { throw failure("write") }
        guard fsync(descriptor) == 0 else { throw failure("fsync") }
        let folder = (path as NSString).deletingLastPathComponent
        let folderDescriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw failure("open \(folder)") }
        defer { close(folderDescriptor) }
        guard fsync(folderDescriptor) == 0 else { throw failure("fsync \(folder)") }
    }
}
