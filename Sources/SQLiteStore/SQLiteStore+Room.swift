import GRDB
package import GatewayModel
package import GatewayPorts

/// Making room on a disk that fills, in slices, each of them entered in the loss ledger.
extension SQLiteStore {
    /// Free pages of the file that are worth giving back to a disk that fills: one mebibyte.
    private static let leastFreePages = 256
    /// Rows looked at before the clock is.
    private static let chunkRows = 500
    /// Days before the newest reading whose raw readings stay whatever the disk says: without them
    /// nobody could say how the flood came.
    private static let keptDays: Int64 = 2
    /// Days before the newest reading whose ten-minute sums stay.
    private static let keptSumDays: Int64 = 90
    /// A ledger entry grows with what is removed next until it covers this many days.
    private static let entryDays: Int64 = 31

    /// The bytes that the database uses, what it could take again without growing left out.
    package func usedBytes() throws(AdapterFailure) -> Int64 {
        try read("ask for the size") { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            return (pages - free) * 4096
        }
    }

    /// The bytes that are free for readings where the database lies: what is held for alarms is not.
    package var freeBytes: Int64 {
        let free = reserve.freeBytes
        return max(0, reserve.isHeld ? free : free - reserve.byteCount)
    }

    /// Removes one slice of the oldest of its kind.
    ///
    /// Raw readings that a target has not had stay, and so do those of the last two days; so do the
    /// ten-minute sums of the last ninety days, and all sums over days. Alarms, losses, accounts and
    /// the audit log are never touched.
    ///
    /// - Returns: whether something was removed, and more may be there.
    /// - Throws: `AdapterFailure` when the slice could not be committed; nothing is removed then.
    package func removeOldest(
        _ kind: RemovableKind, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> Bool {
        switch kind {
        case .freePages:
            let isGiven = try write("give pages back to a full disk") { database in
                let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                guard free >= Self.leastFreePages else { return false }
                // The pragma returns a row per page; all of them must be stepped through.
                _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(1024)")
                return try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? free < free
            }
            // In WAL mode the file gets shorter when the log is written back.
            if isGiven { try checkpoint() }
            return isGiven
        case .readings:
            return try write("make room on a full disk") { database in
                try self.removeReadings(now: now, forwarded: forwarded, in: database)
            }
        case .sums:
            return try write("make room on a full disk") { database in
                try self.removeSums(now: now, in: database)
            }
        }
    }

    /// Removes the oldest readings, a chunk of one channel after another, until the slice is over.
    private func removeReadings(
        now: UTCInstant, forwarded: Int64, in database: Database
    ) throws -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(limits.sliceMilliseconds)
        var hasRemoved = false
        repeat {
            // The channel with the oldest reading goes first; one whose front has to stay passes.
            let fronts = try fronts(in: "archive", column: "time_ms", database)
            guard
                try fronts.contains(where: { channel, newest in
                    let end = min(newest, now.milliseconds) - Self.keptDays * 86_400_000
                    return try self.removeReadings(
                        of: channel, before: end, forwarded: forwarded, in: database)
                })
            else { break }
            hasRemoved = true
        } while ContinuousClock.now < deadline
        return hasRemoved
    }

    /// The channels that have rows, the one with the oldest first, each with its newest time.
    private func fronts(
        in table: String, column: String, _ database: Database
    ) throws -> [(channel: Int64, newest: Int64)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT number, newest FROM (SELECT number,
                    (SELECT min(\(column)) FROM \(table) WHERE channel = number) AS oldest,
                    (SELECT max(\(column)) FROM \(table) WHERE channel = number) AS newest
                    FROM channel) WHERE oldest IS NOT NULL ORDER BY oldest
                """
        ).map { (RecordRows.number($0, 0), RecordRows.number($0, 1)) }
    }

    private func removeReadings(
        of channel: Int64, before end: Int64, forwarded: Int64, in database: Database
    ) throws -> Bool {
        let chunk = """
            SELECT time_ms, row FROM archive WHERE channel = ?1 AND time_ms < ?2 AND row <= ?3
            ORDER BY time_ms, row LIMIT \(Self.chunkRows)
            """
        let arguments: StatementArguments = [channel, end, forwarded]
        guard
            let extent = try Row.fetchOne(
                database,
                sql: "SELECT count(*), min(time_ms), max(time_ms) FROM (\(chunk))",
                arguments: arguments), RecordRows.number(extent, 0) > 0
        else { return false }
        try database.execute(
            sql: """
                DELETE FROM archive WHERE channel = ?1 AND (time_ms, row) IN (\(chunk))
                """, arguments: arguments)
        try enterRemoval(extent, of: channel, cause: .readingsRemoved, in: database)
        return true
    }

    private func removeSums(now: UTCInstant, in database: Database) throws -> Bool {
        let ten = RollUp.Resolution.tenMinutes.rawValue
        for (channel, _) in try fronts(in: "rollup", column: "start_ms", database) {
            let newest = try Int64.fetchOne(
                database,
                sql: "SELECT max(start_ms) FROM rollup WHERE channel = ? AND resolution = ?",
                arguments: [channel, ten])
            guard let newest else { continue }
            let end = min(newest, now.milliseconds) - Self.keptSumDays * 86_400_000
            let chunk = """
                SELECT start_ms FROM rollup WHERE channel = ?1 AND resolution = \(ten)
                AND start_ms < ?2 ORDER BY start_ms LIMIT \(Self.chunkRows)
                """
            guard
                let extent = try Row.fetchOne(
                    database,
                    sql: "SELECT count(*), min(start_ms), max(start_ms) FROM (\(chunk))",
                    arguments: [channel, end]), RecordRows.number(extent, 0) > 0
            else { continue }
            try database.execute(
                sql: """
                    DELETE FROM rollup WHERE channel = ?1 AND resolution = \(ten)
                    AND start_ms IN (\(chunk))
                    """, arguments: [channel, end])
            try enterRemoval(extent, of: channel, cause: .sumsRemoved, in: database)
            return true
        }
        return false
    }

    /// Enters what was removed, its count and its first and last time; an entry of the same sensor
    /// grows while it covers a month at most.
    private func enterRemoval(
        _ extent: Row, of channel: Int64, cause: LossRecord.Cause, in database: Database
    ) throws {
        let name = try Row.fetchOne(
            database, sql: "SELECT station, sensor FROM channel WHERE number = ?",
            arguments: [channel])
        let source = name.map { "\(RecordRows.text($0, 0)).\(RecordRows.text($0, 1))" } ?? ""
        let loss = LossRecord(
            source: source, cause: cause, from: RecordRows.instant(extent, 1),
            to: RecordRows.instant(extent, 2),
            count: UInt64(clamping: RecordRows.number(extent, 0)))
        if try !LossRows.grow(by: loss, within: Self.entryDays * 86_400_000 - 1, in: database) {
            try LossRows.insert(loss, into: database)
        }
    }
}
