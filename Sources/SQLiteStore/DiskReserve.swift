import Foundation
import GatewayModel

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Room on the disk that is held for alarms: a file without content, given back when the disk is
/// full.
///
/// What people must learn of a flood is small. Readings that find the disk full are not acknowledged
/// and wait where they are; alarms are written into the room that the file gave back.
struct DiskReserve {
    /// The file's name in the state directory.
    static let name = "reserve"

    let directory: String
    /// How much is held; 0 holds nothing.
    let byteCount: Int64

    var path: String { directory + "/" + Self.name }

    /// Whether the room is held now.
    var isHeld: Bool { byteCount == 0 || StoreFiles.byteCount(of: path) == byteCount }

    /// Whether readings may be written: the room is held, or there is more than that.
    var admitsReadings: Bool { isHeld || freeBytes >= byteCount * 2 }

    /// The bytes that are free for this user where the file lies; a disk that cannot be asked counts
    /// as one with room, and says so itself at the next write.
    var freeBytes: Int64 {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: directory)
        return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? .max
    }

    /// Holds the room where it is not held, and as much again is left for readings.
    ///
    /// - Throws: `AdapterFailure` where the file cannot be made; nothing is held then.
    func hold() throws(AdapterFailure) {
        guard !isHeld, freeBytes >= byteCount * 3 else { return }
        let operation = "hold \(byteCount) bytes in \(path)"
        // C strings are lent to the system calls for their duration only.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AdapterFailure(errno: errno, operation: operation) }
        // The blocks are taken, not only the length written down: a hole would hold nothing.
        var error = posix_fallocate(descriptor, 0, off_t(byteCount))
        if error == 0 && fsync(descriptor) != 0 { error = errno }
        close(descriptor)
        guard error == 0 else {
            _ = unsafe unlink(path)
            throw AdapterFailure(errno: error, operation: operation)
        }
        try StoreFiles.syncDirectory(directory)
    }

    /// Gives the room back.
    ///
    /// - Returns: whether there was any.
    func release() -> Bool {
        // The C string is lent for the length of the call.
        guard byteCount > 0, unsafe unlink(path) == 0 else { return false }
        try? StoreFiles.syncDirectory(directory)
        return true
    }
}
