import Foundation
import GatewayModel

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The database's files in the state directory: the file, its log and its log's index.
struct StoreFiles {
    /// The database's name within the state directory.
    static let name = "kawamori.db"

    /// The state directory.
    let directory: String

    /// The database file.
    var path: String { directory + "/" + Self.name }
    private var walPath: String { path + "-wal" }
    private var shmPath: String { path + "-shm" }

    /// How the file stands before SQLite touches it.
    enum Presence { case missing, empty, present }

    /// Whether there is a database file; a log without its database counts as an empty one, and so
    /// does a file that is too short for one.
    var presence: Presence {
        // SQLite takes any file shorter than its smallest page for a new one and writes over it.
        if let size = Self.byteCount(of: path) { return size < 512 ? .empty : .present }
        return (Self.byteCount(of: walPath) ?? 0) > 0 ? .empty : .missing
    }

    /// Whether there is a write-ahead log that SQLite will pass over because its header is damaged.
    ///
    /// SQLite takes such a log for an empty one and writes over it; the bytes are worth keeping.
    /// Damage behind the header is normal after a power cut: SQLite stops at the first frame whose
    /// checksum is wrong, and no committed frame stands behind it.
    var hasUnreadableLog: Bool {
        guard let log = FileHandle(forReadingAtPath: walPath) else { return false }
        defer { try? log.close() }
        let header = [UInt8]((try? log.read(upToCount: 32)) ?? Data())
        return !header.isEmpty && !Self.isLogHeader(header)
    }

    /// Moves database, log and index aside together; a `sqlite3` opens them under the new name.
    ///
    /// - Parameter suffix: what the new name ends in, from `asideSuffix`.
    /// - Returns: the new path.
    /// - Throws: `AdapterFailure` when a file cannot be renamed.
    func setAside(suffix: String) throws(AdapterFailure) -> String {
        // The log goes first: cut off in between, a database without its log is older but whole,
        // while a log beside a new database would be taken for that one's.
        try move(walPath, to: path + suffix + "-wal")
        try move(shmPath, to: path + suffix + "-shm")
        try move(path, to: path + suffix)
        try Self.syncDirectory(directory)
        return path + suffix
    }

    /// Moves only the log aside, and its index, which is worth nothing without it.
    func setLogAside(suffix: String) throws(AdapterFailure) -> String {
        try move(walPath, to: path + suffix + "-wal")
        try move(shmPath, to: path + suffix + "-shm")
        try Self.syncDirectory(directory)
        return path + suffix + "-wal"
    }

    /// Copies the log aside and leaves it in place: what stands before its damage is used.
    func copyLogAside(suffix: String) throws(AdapterFailure) -> String {
        let copy = path + suffix + "-wal"
        try translatingFile("copy \(walPath) to \(copy)") {
            try FileManager.default.copyItem(atPath: walPath, toPath: copy)
        }
        try Self.syncDirectory(directory)
        return copy
    }

    /// A free name's ending, such as `.set-aside-20261121T091000Z`.
    func asideSuffix(at time: UTCInstant) -> String {
        let second = UTCInstant(milliseconds: time.milliseconds - time.milliseconds % 1000)
        let stamp = second.rfc3339().filter { $0 != "-" && $0 != ":" }
        let base = ".set-aside-\(stamp)"
        var suffix = base
        var number = 2
        while ["", "-wal", "-shm"].contains(where: { Self.byteCount(of: path + suffix + $0) != nil }
        ) {
            suffix = "\(base)-\(number)"
            number += 1
        }
        return suffix
    }

    /// The names of the set-aside databases, without the endings of log and index, the oldest first.
    var setAsideNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let bases = Set(
            names.filter { $0.hasPrefix(Self.setAsidePrefix) }.map { name in
                for ending in ["-wal", "-shm"] where name.hasSuffix(ending) {
                    return String(name.dropLast(ending.count))
                }
                return name
            })
        return bases.sorted()
    }

    static let setAsidePrefix = name + ".set-aside-"

    /// Deletes the oldest of more than `limit` set-aside databases, and returns their paths.
    func removeOldSetAside(keeping limit: Int) -> [String] {
        var removed: [String] = []
        for base in setAsideNames.dropLast(limit) {
            for ending in ["", "-wal", "-shm"] {
                let path = directory + "/" + base + ending
                if (try? FileManager.default.removeItem(atPath: path)) != nil {
                    removed.append(path)
                }
            }
        }
        return removed
    }

    /// A file's length in bytes; nil where there is none.
    static func byteCount(of path: String) -> Int64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value
    }

    /// Makes renames within a directory survive a power cut.
    ///
    /// The corresponding C functions are `open` and `fsync`.
    static func syncDirectory(_ directory: String) throws(AdapterFailure) {
        // C strings are lent to the system call for its duration only.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw AdapterFailure(errno: errno, operation: "open directory \(directory)")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw AdapterFailure(errno: errno, operation: "sync directory \(directory)")
        }
    }

    /// Writes under a temporary name, syncs, renames, and syncs the directory: after a power cut the
    /// whole file stands there, or the one before it.
    ///
    /// The corresponding C functions are `open`, `write`, `fsync` and `rename`.
    static func write(
        _ bytes: [UInt8], to path: String, through temporary: String, mode: mode_t
    ) throws(AdapterFailure) {
        let operation = "write \(path)"
        // C strings and buffers are lent to the system calls for their duration only.
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw AdapterFailure(errno: errno, operation: operation) }
        var error: Int32 = 0
        unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
                #if canImport(Glibc)
                    let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                #else
                    let count = unsafe Musl.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count < 0 {
                    error = errno
                    if error == EINTR {
                        error = 0
                        continue
                    }
                    return
                }
                offset += count
            }
        }
        if error == 0 && fsync(descriptor) != 0 { error = errno }
        if close(descriptor) != 0 && error == 0 { error = errno }
        if error == 0 && (unsafe rename(temporary, path)) != 0 { error = errno }
        guard error == 0 else {
            _ = unsafe unlink(temporary)
            throw AdapterFailure(errno: error, operation: operation)
        }
        try syncDirectory((path as NSString).deletingLastPathComponent)
    }

    private func move(_ old: String, to new: String) throws(AdapterFailure) {
        try Self.move(old, to: new)
    }

    /// Renames a file where it is there; the caller syncs the directory.
    static func move(_ old: String, to new: String) throws(AdapterFailure) {
        // C strings are lent to the system call for its duration only.
        let result = unsafe rename(old, new)
        let error = errno
        guard result == 0 || error == ENOENT else {
            throw AdapterFailure(errno: error, operation: "set \(old) aside as \(new)")
        }
    }

    /// Whether 32 bytes are the header of a write-ahead log, with its checksum.
    ///
    /// - Source: https://www.sqlite.org/fileformat2.html#walformat, §4.1 and §4.2.
    static func isLogHeader(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 32 else { return false }
        func word(_ index: Int, littleEndian: Bool = false) -> UInt32 {
            let four = bytes[index * 4..<index * 4 + 4]
            return (littleEndian ? Array(four.reversed()) : Array(four))
                .reduce(0) { $0 << 8 | UInt32($1) }
        }
        let magic = word(0)
        guard magic == 0x377F_0682 || magic == 0x377F_0683 else { return false }
        let isLittleEndian = magic == 0x377F_0682
        var sum: (UInt32, UInt32) = (0, 0)
        for index in stride(from: 0, to: 6, by: 2) {
            sum.0 &+= word(index, littleEndian: isLittleEndian) &+ sum.1
            sum.1 &+= word(index + 1, littleEndian: isLittleEndian) &+ sum.0
        }
        return sum.0 == word(6) && sum.1 == word(7)
    }
}

extension AdapterFailure {
    /// Translates an `errno` of a file operation.
    init(errno code: Int32, operation: String) {
        let kind: Code
        switch code {
        case ENOSPC, EDQUOT, ENOMEM, EMFILE, ENFILE: kind = .exhausted
        case EIO: kind = .inputOutput
        case EACCES, EPERM, EROFS, ENOENT, ENOTDIR: kind = .unavailable
        default: kind = .inputOutput
        }
        // The text of `strerror` is copied into the string at once.
        let text = unsafe String(cString: strerror(code))
        self.init(kind, operation: operation, cause: text)
    }
}
