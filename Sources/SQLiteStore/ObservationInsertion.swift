import GRDB
import GRDBSQLite
import GatewayModel
import GatewayPorts

/// Puts observations at the end of `recent`, one row each.
///
/// The values are bound straight to SQLite's statement: GRDB's arguments are boxed in an array for
/// each row, and that costs more than SQLite's part of the work.
struct ObservationInsertion {
    private let statement: Statement
    private let boot: Int64

    private static let sql =
        "INSERT INTO recent (\(ObservationRow.columns)) "
        + "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"

    /// - Parameters:
    ///   - database: the writing connection, inside a transaction.
    ///   - boot: this boot's row.
    /// - Throws: `DatabaseError` where the statement cannot be prepared.
    init(in database: Database, boot: Int64) throws {
        statement = try database.cachedStatement(sql: Self.sql)
        self.boot = boot
    }

    /// Inserts one observation.
    ///
    /// - Parameters:
    ///   - observation: what is stored.
    ///   - row: its number.
    /// - Throws: `DatabaseError` where SQLite fails; the transaction is to be rolled back then.
    func insert(_ observation: Observation, row: Int64) throws {
        // Unsafe: the statement is alive as long as `self`, and used on the writer's queue only.
        let handle = unsafe statement.sqliteStatement
        unsafe bind(observation, row: row, to: handle)
        let code = unsafe sqlite3_step(handle)
        // A statement that failed says so once more when it is reset, which tells nothing new.
        _ = unsafe sqlite3_reset(handle)
        guard code != SQLITE_DONE else { return }
        // Unsafe: the connection is the statement's, and its text is copied at once.
        let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: Self.sql)
    }

    /// Binds the values in the order of `ObservationRow.columns`.
    @unsafe private func bind(
        _ observation: Observation, row: Int64, to handle: SQLiteStatement
    ) {
        var column: Int32 = 0
        func bind(_ value: Int64?) {
            column += 1
            // Unsafe: the caller lends the statement. Binding a number fails for a column that the
            // statement lacks, which is a mistake of this file.
            let code =
                if let value {
                    unsafe sqlite3_bind_int64(handle, column, value)
                } else {
                    unsafe sqlite3_bind_null(handle, column)
                }
            precondition(code == SQLITE_OK, "column \(column) of \(Self.sql) cannot be bound")
        }
        func bind(_ value: Double?) {
            guard let value else { return bind(Int64?.none) }
            column += 1
            // Unsafe: as above.
            let code = unsafe sqlite3_bind_double(handle, column, value)
            precondition(code == SQLITE_OK, "column \(column) of \(Self.sql) cannot be bound")
        }
        let identity = ObservationRow.columns(of: observation.identity)
        bind(row)
        bind(Int64(observation.channel.number))
        bind(boot)
        bind(observation.received.monotonicNanoseconds)
        bind(observation.received.utc.milliseconds)
        bind(Int64(observation.received.quality.rawValue))
        bind(observation.deviceTime?.milliseconds)
        bind(observation.time.milliseconds)
        bind(observation.rawValue)
        bind(observation.value)
        bind(Int64(observation.flag.rawValue))
        bind(Int64(bitPattern: observation.report.packed))
        bind(Int64(observation.errorCode))
        bind(Int64(observation.calibrationVersion))
        bind(identity.kind)
        bind(identity.boot)
        bind(identity.sequence)
        bind(Int64(observation.marks.rawValue))
        bind(observation.deviceID == 0 ? nil : Int64(bitPattern: observation.deviceID))
        bind((observation.burst?.spread).map { Double($0) })
        bind(observation.burst.map(ObservationRow.number))
        bind(observation.recalibrationCount == 0 ? nil : Int64(observation.recalibrationCount))
        bind((observation.finalReport?.packed).map { Int64(bitPattern: $0) })
    }
}
