import GRDB
import GatewayModel
import GatewayPorts

/// How the entries of the loss ledger stand in their rows.
enum LossRows {
    /// Enters a loss.
    ///
    /// - Returns: its row.
    @discardableResult
    static func insert(_ loss: LossRecord, into database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO loss (source, cause, from_ms, to_ms, count, at_least, recovered,
                    uncertain) VALUES (?,?,?,?,?,?,?,?)
                """)
        try statement.execute(arguments: [
            loss.source, loss.cause.rawValue, loss.from.milliseconds, loss.to.milliseconds,
            loss.count.map { Int64(clamping: $0) }, loss.isAtLeast,
            Int64(clamping: loss.recoveredCount), uncertainty(of: loss),
        ])
        return database.lastInsertedRowID
    }

    static let columns = """
        row, source, cause, from_ms, to_ms, count, at_least, recovered, uncertain, first_row, first_ms
        """

    static func stored(_ row: Row) throws -> StoredLoss {
        let uncertainty = RecordRows.number(row, 8)
        let record = LossRecord(
            source: RecordRows.text(row, 1), cause: try RecordRows.word(row, 2),
            from: RecordRows.instant(row, 3), to: RecordRows.instant(row, 4),
            count: (row[5] as Int64?).map { UInt64(clamping: $0) },
            isAtLeast: RecordRows.number(row, 6) != 0,
            recoveredCount: UInt64(clamping: RecordRows.number(row, 7)),
            isFromUncertain: uncertainty & 1 != 0, isToUncertain: uncertainty & 2 != 0)
        let number = RecordRows.number(row, 0)
        return StoredLoss(
            row: number, firstRow: (row[9] as Int64?) ?? number,
            firstFrom: (row[10] as Int64?).map { UTCInstant(milliseconds: $0) } ?? record.from,
            record: record)
    }

    private static func uncertainty(of loss: LossRecord) -> Int64 {
        (loss.isFromUncertain ? 1 : 0) + (loss.isToUncertain ? 2 : 0)
    }

    // MARK: - Changes

    /// Gives an entry a new row, so that whoever follows the ledger sees that it has changed.
    ///
    /// - Returns: the new row; nil where there is no such entry any more.
    @discardableResult
    static func renew(_ row: Int64, in database: Database) throws -> Int64? {
        try database.execute(
            sql: """
                INSERT INTO loss (source, cause, from_ms, to_ms, count, at_least, recovered,
                    uncertain, first_row, first_ms)
                SELECT source, cause, from_ms, to_ms, count, at_least, recovered, uncertain,
                    coalesce(first_row, row), coalesce(first_ms, from_ms) FROM loss WHERE row = ?
                """, arguments: [row])
        guard database.changesCount > 0 else { return nil }
        let renewed = database.lastInsertedRowID
        try database.execute(sql: "DELETE FROM loss WHERE row = ?", arguments: [row])
        return renewed
    }

    /// Takes down that more of an entry came in afterwards.
    ///
    /// - Returns: its new row; nil where there is no such entry any more.
    static func recover(_ count: Int64, of row: Int64, in database: Database) throws -> Int64? {
        try database.execute(
            sql: "UPDATE loss SET recovered = recovered + ? WHERE row = ?", arguments: [count, row])
        return try renew(row, in: database)
    }

    /// Lets the newest entry of a source and cause grow, where it still covers the time.
    ///
    /// It is told anew whenever its count has doubled: a flood of losses must not become one of
    /// messages.
    ///
    /// - Parameters:
    ///   - loss: what is added.
    ///   - milliseconds: how long an entry may become.
    ///   - database: where it stands.
    /// - Returns: whether there was an entry to grow.
    /// - Throws: what SQLite throws.
    static func grow(
        by loss: LossRecord, within milliseconds: Int64, in database: Database
    ) throws -> Bool {
        let known = try Row.fetchOne(
            database,
            sql: """
                SELECT row, count FROM loss
                WHERE row = (SELECT max(row) FROM loss WHERE source = ?1 AND cause = ?2)
                AND count IS NOT NULL AND ?3 >= from_ms AND ?4 - from_ms <= ?5
                """,
            arguments: [
                loss.source, loss.cause.rawValue, loss.from.milliseconds, loss.to.milliseconds,
                milliseconds,
            ])
        guard let known else { return false }
        let (row, count) = (RecordRows.number(known, 0), RecordRows.number(known, 1))
        let grown = count &+ Int64(clamping: loss.count ?? 0)
        try database.execute(
            sql: "UPDATE loss SET count = ?1, to_ms = max(to_ms, ?2) WHERE row = ?3",
            arguments: [grown, loss.to.milliseconds, row])
        if grown.leadingZeroBitCount < count.leadingZeroBitCount { try renew(row, in: database) }
        return true
    }
}
