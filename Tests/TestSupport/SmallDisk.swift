import Foundation

/// A file system of some megabytes, mounted for one test.
package final class SmallDisk: Sendable {
    /// Whether this machine lets us mount one, asked once.
    package static let isPossible = (try? SmallDisk(megabytes: 8)) != nil

    /// Where it is mounted.
    package let path: String
    private let image: String

    /// Makes and mounts one.
    ///
    /// - Parameters:
    ///   - megabytes: its size.
    ///   - path: where it is mounted, in a folder that is there; by default among temporary files.
    /// - Throws: `TestSupportError` where this machine does not let us.
    package init(megabytes: Int, at path: String? = nil) throws {
        self.path = path ?? NSTemporaryDirectory() + "kawamori-disk-\(UUID().uuidString)"
        image = self.path + ".img"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: false)
        do {
            try Self.run("truncate", "-s", "\(megabytes)M", image)
            try Self.run("mkfs.ext4", "-q", "-m", "0", image)
            try Self.run("mount", "-o", "loop", image, self.path)
        } catch {
            try? FileManager.default.removeItem(atPath: image)
            try? FileManager.default.removeItem(atPath: self.path)
            throw error
        }
    }

    deinit {
        try? Self.run("umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: image)
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestSupportError(
                "\(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
    }

    /// Takes all room that is left.
    ///
    /// - Throws: the file system's error, where not even an empty file can be made.
    package func fill() throws {
        let junk = path + "/junk"
        try Data().write(to: URL(filePath: junk))
        let file = try FileHandle(forWritingTo: URL(filePath: junk))
        for size in [65_536, 4096, 512] {
            while (try? file.write(contentsOf: Data(repeating: 1, count: size))) != nil {}
        }
        try file.close()
    }

    /// Gives back what `fill` has taken.
    ///
    /// - Throws: the file system's error.
    package func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/junk") }
}
