import GRDB
import GatewayModel

/// How the connections to the database file are set up.
///
/// One connection writes and checkpoints, and it is the only one that does: SQLite before 3.51.3
/// can damage a write-ahead log that two connections reset at the same moment. Readers are
/// read-only connections; in WAL mode neither side ever waits for the other.
enum StoreConnection {
    /// How long a connection waits for another program's lock, in seconds: `kawamori export` and
    /// a person's `sqlite3` hold one for moments only.
    static let busySeconds = 5.0

    /// Opens the one writing connection and makes a commit mean "on the disk".
    static func openWriter(path: String, limits: StoreLimits) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "kawamori.store.writer"
        configuration.busyMode = .timeout(busySeconds)
        configuration.prepareDatabase { database in
            // Page size and vacuum mode can be chosen only before the first page is written, and
            // the switch to WAL writes it.
            try database.execute(sql: "PRAGMA page_size = 4096")
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else {
                throw AdapterFailure(
                    .unavailable, operation: "open \(path)",
                    cause: "the file system cannot hold a write-ahead log (got \(mode ?? "none")); "
                        + "put the state directory on a local disk")
            }
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(limits.walPages)")
            try database.execute(sql: "PRAGMA journal_size_limit = \(limits.walPages * 4096)")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Opens read-only connections, at most `count` at once.
    static func openReaders(path: String, count: Int) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "kawamori.store.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(busySeconds)
        configuration.maximumReaderCount = count
        configuration.prepareDatabase { database in
            // A page cache of 512 KiB each instead of 2 MiB: memory on a pole is small.
            try database.execute(sql: "PRAGMA cache_size = -512")
        }
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// What a look at the file says, before anything is changed in it.
    enum Finding: Equatable {
        /// Ours and whole. `isClosed` tells whether its last user closed it in order.
        case usable(isClosed: Bool)
        /// Not to be used, with the reason for people, and whether it can have been ours.
        case unusable(String, isOurs: Bool)
    }

    /// Looks at an existing file: whose it is, how new its schema is, and whether it is whole.
    ///
    /// Every page is read when the file was not closed in order, for a power cut may have torn it;
    /// that takes about as long as reading the file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - checksPages: false leaves the pages of a file alone that somebody is using.
    /// - Returns: what it says.
    /// - Throws: what SQLite throws where the file could not be read at all, which says nothing
    ///   about its content.
    static func examine(path: String, checksPages: Bool = true) throws -> Finding {
        var configuration = Configuration()
        configuration.label = "kawamori.store.examiner"
        configuration.readonly = true
        configuration.busyMode = .timeout(busySeconds)
        do {
            let examiner = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? examiner.close() }
            return try examiner.read { try examine($0, checksPages: checksPages) }
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        {
            return .unusable("it is damaged: \(error.message ?? "no message")", isOurs: true)
        }
    }

    private static func examine(_ database: Database, checksPages: Bool) throws -> Finding {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tableCount = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0 && version == 0 && tableCount == 0 {
            // Creation was cut off before the first migration; the migrator goes on from here.
            return .usable(isClosed: true)
        }
        guard application == StoreSchema.applicationID else {
            return .unusable("it is another program's database", isOurs: false)
        }
        guard version <= StoreSchema.version else {
            return .unusable(
                "a newer kawamori wrote it (schema \(version), this one knows up to "
                    + "\(StoreSchema.version))", isOurs: true)
        }
        if try Int.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'closed'") == 1 {
            return .usable(isClosed: true)
        }
        guard checksPages else { return .usable(isClosed: false) }
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard verdict == "ok" else {
            return .unusable("it is damaged: \(verdict)", isOurs: true)
        }
        return .usable(isClosed: false)
    }
}
