import Foundation
import GatewayModel
import Glibc

/// The right to be the one gateway of a state directory, held until the process ends.
///
/// It is a lock on the directory itself, so that nothing has to be written: a read-only card can be
/// locked too. The kernel lets go of it when the process dies, however it dies.
final class StateLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock; C twin: `flock(2)`.
    ///
    /// - Parameter directory: the state directory.
    /// - Returns: the lock; nil where there is no such directory, or this user may not look into it.
    /// - Throws: `AdapterFailure` with `busy` where another gateway holds it.
    static func take(_ directory: String) throws(AdapterFailure) -> StateLock? {
        // The C string is lent for the length of the call.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            // A file system that knows no locks cannot tell; the gateway runs all the same.
            guard error == EWOULDBLOCK else { return nil }
            throw AdapterFailure(
                .busy, operation: "use the state directory \(directory)",
                cause: "another kawamori runs on it; stop that one, or give this one a directory of"
                    + " its own (`gateway: { state: … }`)")
        }
        return StateLock(descriptor: descriptor)
    }

    /// Whether a process holds the directory, as the kernel's list of locks says; nothing is locked to
    /// find out.
    ///
    /// - Source: proc_locks(5). A file system that gives its files other device numbers than its locks
    ///   is not recognised.
    static func isHeld(_ directory: String) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else {
            return false
        }
        let facts = try? FileManager.default.attributesOfItem(atPath: directory)
        guard let inode = facts?[.systemFileNumber] as? NSNumber,
            let device = facts?[.systemNumber] as? NSNumber
        else { return false }
        return names(inode: inode.uint64Value, device: device.uint64Value, text)
    }

    /// Whether the kernel's list has an exclusive `flock` of a file.
    static func names(inode: UInt64, device: UInt64, _ text: String) -> Bool {
        func digits(_ number: UInt64) -> String {
            let text = String(number, radix: 16)
            return text.count < 2 ? "0" + text : text
        }
        // As glibc's major(3) and minor(3) take a number apart.
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF & 0xFFFF_FFFF
        let file = "\(digits(major)):\(digits(minor)):\(inode)"
        return text.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.contains("FLOCK") && words.contains("WRITE")
                && words.contains { $0 == file }
        }
    }
}
