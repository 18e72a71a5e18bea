package import GatewayModel
import Foundation

/// A password, token or key that stands in a file of its own and never in a log.
///
/// The value holds the file's name only. What is in the file is read when it is used, so that a
/// rotated secret takes effect at the next connection, and no core dump or description shows it.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Longer files are refused: no password or token is that long.
    static let greatestByteCount = 65_536

    /// Where the secret is read from.
    package let path: String

    /// - Parameter path: the file, as an absolute path.
    package init(path: String) { self.path = path }

    package var description: String { "••••••••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads the secret; one line end after it is not part of it.
    ///
    /// - Throws: `.unavailable` where the file is missing or may not be read, `.corrupt` where it is
    ///   empty, too long or not UTF-8.
    package func load() throws(AdapterFailure) -> String {
        let operation = "read the secret file \(path)"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AdapterFailure(
                .unavailable, operation: operation,
                cause: "it is missing or may not be read by this user")
        }
        guard data.count <= Self.greatestByteCount, var text = String(data: data, encoding: .utf8)
        else {
            throw AdapterFailure(
                .corrupt, operation: operation,
                cause: "it must be UTF-8 text of at most \(Self.greatestByteCount) bytes")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else {
            throw AdapterFailure(.corrupt, operation: operation, cause: "it is empty")
        }
        return text
    }

    /// What an operator should know of the file before it is used; nil where all is well.
    var complaint: String? {
        guard FileManager.default.isReadableFile(atPath: path) else {
            return "the secret file \(path) is missing or may not be read by this user; create it"
                + " with mode 0600, or hand it over with systemd's LoadCredential="
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 != 0 else { return nil }
        return "everybody on this machine can read the secret file \(path); run: chmod 600 \(path)"
    }
}
