package import GatewayModel
import GatewayPorts
import GRDB

/// The readers' side of the database: read-only connections, each call one consistent view.
package final class SQLiteArchive: ObservationArchive {
    let readers: DatabasePool
    let path: String
    let gatewayID: String
    let limits: StoreLimits

    init(readers: DatabasePool, path: String, gatewayID: String, limits: StoreLimits) {
        self.readers = readers
        self.path = path
        self.gatewayID = gatewayID
        self.limits = limits
    }

    /// Opens a database for reading only, beside a running daemon or without one.
    ///
    /// Nothing in it is changed, and no newer schema is touched.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - limits: bounds of queries; the default fits.
    /// - Returns: the readers; the caller closes them.
    /// - Throws: `AdapterFailure`: `unavailable` where there is no such file, `corrupt` where it is
    ///   no database of ours or damaged.
    package static func open(
        readOnly path: String, limits: StoreLimits = StoreLimits()
    ) throws(AdapterFailure) -> SQLiteArchive {
        let operation = "open \(path) for reading"
        guard StoreFiles.byteCount(of: path) != nil else {
            throw AdapterFailure(
                .unavailable, operation: operation,
                cause: "there is no such file; the daemon keeps it in its state directory as "
                    + StoreFiles.name)
        }
        return try translating(operation) {
            let readers = try openAnyhow(path: path, count: limits.readerCount)
            let gatewayID = try readers.read { database in
                let application = try Int32.fetchOne(database, sql: "PRAGMA application_id")
                let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard application == StoreSchema.applicationID else {
                    throw AdapterFailure(
                        .corrupt, operation: operation, cause: "it is not a database of kawamori")
                }
                guard version == StoreSchema.version else {
                    let advice =
                        version < StoreSchema.version
                        ? "start `kawamori run` on it once, which brings it up to date"
                        : "use the kawamori that wrote it"
                    throw AdapterFailure(
                        .corrupt, operation: operation,
                        cause: "its schema is \(version) and this kawamori reads "
                            + "\(StoreSchema.version); \(advice)")
                }
                return try String.fetchOne(
                    database, sql: "SELECT value FROM meta WHERE key = 'gateway'")
            }
            return SQLiteArchive(
                readers: readers, path: path, gatewayID: gatewayID ?? "", limits: limits)
        }
    }

    /// A database in WAL mode wants an index file beside it even for reading. Where the directory
    /// takes none, the file lies still and can be read as it is.
    private static func openAnyhow(path: String, count: Int) throws -> DatabasePool {
        do {
            return try StoreConnection.openReaders(path: path, count: count)
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
        {
            guard (StoreFiles.byteCount(of: path + "-wal") ?? 0) == 0 else { throw error }
            var escaped = ""
            for character in path {
                switch character {
                case "%": escaped += "%25"
                case "?": escaped += "%3f"
                case "#": escaped += "%23"
                default: escaped.append(character)
                }
            }
            return try StoreConnection.openReaders(
                path: "file:\(escaped)?immutable=1", count: count)
        }
    }

    /// Ends the connections of an archive that `open(readOnly:)` opened; the store ends its own.
    package func close() throws(AdapterFailure) {
        try translating("close \(path)") { try readers.close() }
    }

    /// The sensors that have rows or ever were configured, in order of their numbers.
    package func channels() throws(AdapterFailure) -> [SensorID] {
        try readNow("read the sensors") { database in
            try Row.fetchAll(database, sql: "SELECT station, sensor FROM channel ORDER BY number")
                .compactMap { row in
                    StationID(RecordRows.text(row, 0)).flatMap {
                        SensorID(station: $0, local: RecordRows.text(row, 1))
                    }
                }
        }
    }

    // MARK: - Access

    /// Reads in one transaction, without blocking the caller's thread.
    func read<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AdapterFailure) -> Value {
        do {
            return try await readers.read(body)
        } catch {
            throw AdapterFailure(sqlite: error, operation: "\(operation) (\(path))")
        }
    }

    /// Reads in one transaction, on the caller's thread.
    func readNow<Value>(
        _ operation: String, _ body: (Database) throws -> Value
    ) throws(AdapterFailure) -> Value {
        try translating("\(operation) (\(path))") { try readers.read(body) }
    }

    /// A sensor's row of the channel table; nil where it never had one.
    static func channel(
        of sensor: SensorID, in database: Database
    ) throws -> (number: Int64, offsetSeconds: Int64)? {
        try Row.fetchOne(
            database, sql: "SELECT number, offset_s FROM channel WHERE station = ? AND sensor = ?",
            arguments: [sensor.station.text, sensor.local]
        ).map { (RecordRows.number($0, 0), RecordRows.number($0, 1)) }
    }
}
