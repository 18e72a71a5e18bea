import Foundation

/// A new empty directory for one test; it is removed with everything in it when released.
package final class TemporaryDirectory: Sendable {
    /// Where it is; an absolute path.
    package let path: String

    /// Makes the directory under the system's place for temporary files.
    ///
    /// - Throws: the file system's error.
    package init() throws {
        path = FileManager.default.temporaryDirectory
            .appending(path: "kawamori-test-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in it, which need not exist.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Writes a text file into it and returns its path.
    ///
    /// - Throws: the file system's error.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
        return file(name)
    }
}
