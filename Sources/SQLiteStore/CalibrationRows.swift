import GRDB
import GatewayModel
import GatewayPorts

/// How versions of calibrations and recomputations stand in their rows.
enum CalibrationRows {
    /// Enters a version; one that is there already stays, for the past is not rewritten.
    static func insert(_ record: CalibrationRecord, into database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO calibration_version VALUES (?,?,?,?,?,?,?,?,?)",
            arguments: [
                record.sensor.station.text, record.sensor.local, Int64(record.number),
                record.validFrom?.milliseconds, record.rawUnit, record.lines, record.author,
                record.reason, record.recorded.milliseconds,
            ])
    }

    /// All versions, the oldest of each sensor first.
    static func records(in database: Database) throws -> [CalibrationRecord] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT station, sensor, number, valid_from_ms, raw_unit, lines, author, reason,
                    recorded_ms
                FROM calibration_version ORDER BY station, sensor, number
                """
        ).compactMap { row in
            guard let sensor = sensor(row), let number = UInt32(exactly: RecordRows.number(row, 2))
            else { return nil }
            return CalibrationRecord(
                sensor: sensor, number: number,
                validFrom: (row[3] as Int64?).map { UTCInstant(milliseconds: $0) },
                rawUnit: RecordRows.text(row, 4), lines: RecordRows.text(row, 5),
                author: RecordRows.text(row, 6), reason: RecordRows.text(row, 7),
                recorded: RecordRows.instant(row, 8))
        }
    }

    /// A recomputation that is under way.
    struct Task {
        var progress: RecalibrationProgress
        /// The last row of `recent` that was looked at; nil once all were.
        var recentRow: Int64?
        /// The last place in the archive.
        var time: Int64
        var row: Int64
    }

    /// Lets a recomputation begin; one of the same sensor that is under way begins anew, and from the
    /// earlier of both times.
    static func begin(_ order: RecalibrationOrder, in database: Database) throws {
        let key: StatementArguments = [order.sensor.station.text, order.sensor.local]
        let known = try Row.fetchOne(
            database, sql: "SELECT from_ms FROM recalibration WHERE station = ? AND sensor = ?",
            arguments: key)
        var from = order.from?.milliseconds
        if let known, let asked = from { from = (known[0] as Int64?).map { min($0, asked) } }
        try database.execute(
            sql: "INSERT OR REPLACE INTO recalibration VALUES (?, ?, ?, 0, ?, 0, 0, 0)",
            arguments: key + [from, from ?? Int64.min])
    }

    /// Some recomputation that is under way; nil where there is none, or none that makes sense.
    static func task(in database: Database) throws -> Task? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT station, sensor, from_ms, recent_row, time_ms, row, seen, changed
                    FROM recalibration ORDER BY station, sensor LIMIT 1
                    """))
        guard let row else { return nil }
        guard let sensor = sensor(row) else { return nil }
        return Task(
            progress: RecalibrationProgress(
                order: RecalibrationOrder(
                    sensor: sensor,
                    from: (row[2] as Int64?).map { UTCInstant(milliseconds: $0) }),
                seenCount: RecordRows.number(row, 6), changedCount: RecordRows.number(row, 7),
                isDone: false),
            recentRow: row[3] as Int64?, time: RecordRows.number(row, 4),
            row: RecordRows.number(row, 5))
    }

    /// Takes down how far a recomputation has come, or that it is done.
    static func save(_ task: Task, in database: Database) throws {
        let sensor = task.progress.order.sensor
        let key: StatementArguments = [sensor.station.text, sensor.local]
        guard !task.progress.isDone else {
            try database.execute(
                sql: "DELETE FROM recalibration WHERE station = ? AND sensor = ?", arguments: key)
            return
        }
        try database.execute(
            sql: """
                UPDATE recalibration SET recent_row = ?3, time_ms = ?4, row = ?5, seen = ?6,
                    changed = ?7
                WHERE station = ?1 AND sensor = ?2
                """,
            arguments: key + [
                task.recentRow, task.time, task.row, task.progress.seenCount,
                task.progress.changedCount,
            ])
    }

    private static func sensor(_ row: Row) -> SensorID? {
        StationID(RecordRows.text(row, 0)).flatMap {
            SensorID(station: $0, local: RecordRows.text(row, 1))
        }
    }
}
