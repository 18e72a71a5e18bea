import Foundation
import Glibc
import TestSupport

/// A machine's disk whose power can be cut.
///
/// Between the machine and the file stands a write-back cache, like a drive's own: what the machine has
/// written but not flushed is lost when the cache is killed. Killing the machine alone would show
/// nothing, because the host keeps every page that was written.
final class CutDrive {
    private let directory: TemporaryDirectory
    private let image: String
    private let socket: String
    private let keepsPromises: Bool
    private var cache: ChildProcess?

    /// Makes an empty file system.
    ///
    /// - Parameters:
    ///   - directory: where the file lies; it ends with the test.
    ///   - keepsPromises: whether a flush is done. A drive that lies shows that the test can see a
    ///     loss.
    /// - Throws: `TestSupportError` where mkfs cannot.
    init(in directory: TemporaryDirectory, keepsPromises: Bool = true) async throws {
        self.directory = directory
        self.keepsPromises = keepsPromises
        image = directory.file("drive.img")
        socket = directory.file("drive.sock")
        let maker = try ChildProcess(
            executable: "/bin/sh",
            arguments: [
                "-c", "truncate -s 256M \"$1\" && exec /sbin/mkfs.ext4 -q -F \"$1\"", "sh", image,
            ],
            directory: directory, name: "mkfs")
        guard try await maker.ending() == .code(0) else { throw TestSupportError(maker.errors) }
    }

    /// Puts the cache before the file.
    ///
    /// - Returns: what the machine is to take for its second disk, as arguments of qemu.
    func connect() async throws -> [String] {
        try? FileManager.default.removeItem(atPath: socket)
        let cache = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: [
                "nbdkit", "-f", "-U", socket, "--filter=cache", "file", image,
                "cache=\(keepsPromises ? "writeback" : "unsafe")", "cache-min-block-size=4K",
            ],
            directory: directory, name: "drive")
        let deadline = ContinuousClock.now + .seconds(10)
        while !FileManager.default.fileExists(atPath: socket) {
            guard ContinuousClock.now < deadline, cache.isRunning else {
                throw TestSupportError("nbdkit does not serve \(image): \(cache.errors)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        self.cache = cache
        return ["--", "-drive", "file=nbd+unix:///?socket=\(socket),format=raw,if=virtio"]
    }

    /// Cuts the power: what was not flushed is gone.
    func cut() async throws {
        cache?.send(SIGKILL)
        _ = try await cache?.ending()
        cache = nil
    }

    /// Ends in good order: everything that was written is in the file.
    func disconnect() async throws {
        cache?.send(SIGTERM)
        _ = try await cache?.ending()
        cache = nil
    }
}
