import Foundation
import GRDB
package import GatewayModel
import GatewayPorts

/// What maintenance remembers between its slices.
struct MaintenanceState {
    /// The hour, counted from the epoch, in which retention last found nothing more to do.
    var retainedHour: Int64?
    /// Rows moved since the last checkpoint.
    var movedRowCount = 0
}

/// Work that nobody waits for, in slices short enough for an alarm to pass between two of them.
extension SQLiteStore {
    /// Rows looked at before the clock is: a slice can be late by one of these.
    private static let chunkRows = 256
    /// Rows that move together even where that takes longer than a slice: each move changes pages of
    /// every channel, and an hour of a pole in three moves costs the disk three times as much.
    private static let leastRowsOfMove = 2048
    /// Rows after whose move a checkpoint is made here, where nobody waits for it, rather than
    /// within a commit.
    private static let rowsPerCheckpoint = 20_000
    /// Rows of one segment at least, so that segments stay few.
    private static let segmentRows = 4096

    /// Does one slice of the work that waits: what a damaged database still tells first, then
    /// compaction, then retention, then giving pages back, then a checkpoint.
    ///
    /// Ages count from `now`, and retention counts from each sensor's newest reading where that is
    /// older: a clock that runs ahead deletes nothing.
    package func maintain(now: UTCInstant, forwarded: Int64) throws(AdapterFailure) -> Bool {
        if isMirrorDue { try writeMirror() }
        try reserve.hold()
        if try salvage() { return true }
        let excess = max(0, recentCount - limits.recentRows)
        let hour = RollUp.Resolution.hour.start(of: now.milliseconds, offsetSeconds: 0)
        let moved = try write("compact") { database in
            try self.compact(excess: excess, forwarded: forwarded, before: hour, in: database)
        }
        if moved > 0 {
            recentCount -= moved
            maintenance.movedRowCount += moved
            maintenance.retainedHour = nil
            return true
        }
        if maintenance.retainedHour != hour {
            if try write("delete old rows", { try self.retain(now: now, in: $0) }) { return true }
            maintenance.retainedHour = hour
        }
        if try write("return pages", returnPages) { return true }
        if maintenance.movedRowCount >= Self.rowsPerCheckpoint {
            maintenance.movedRowCount = 0
            try checkpoint()
        }
        return false
    }

    /// Copies what must outlive the database; where that fails, the next change tries again.
    private func writeMirror() throws(AdapterFailure) {
        isMirrorDue = false
        let records = try read("read what is copied") { try StoreMirror.Records(database: $0) }
        try StoreMirror(directory: (path as NSString).deletingLastPathComponent).write(records)
    }

    /// Writes changed pages to their places without waiting for anybody.
    func checkpoint() throws(AdapterFailure) {
        try translating("checkpoint (\(path))") {
            try writer.writeWithoutTransaction { database in
                _ = try database.checkpoint(.passive)
            }
        }
    }

    // MARK: - Compaction

    /// A slice of rows on their way from arrival order into the order of channel and time.
    private struct Move {
        var count = 0
        var first: Int64 = 0
        var last: Int64 = 0
        var minimumTime = Int64.max
        var maximumTime = Int64.min
        var sums: [RollUpRows.Key: RollUpSums] = [:]
    }

    /// Moves rows from the front of `recent`, while they have passed every target and came before
    /// the present hour, or are the `excess` rows that may not stay.
    ///
    /// Whole hours move together because each channel's rows then fill archive pages that are
    /// written once.
    ///
    /// - Returns: how many rows were moved.
    private func compact(
        excess: Int, forwarded: Int64, before hour: Int64, in database: Database
    ) throws -> Int {
        let deadline = ContinuousClock.now + .milliseconds(limits.sliceMilliseconds)
        let offsets = try self.offsets(in: database)
        var move = Move()
        repeat {
            let count = move.count
            try extend(&move, in: database, offsets: offsets) { moved, row, received in
                moved < excess || (row <= forwarded && received < hour)
            }
            if move.count - count < Self.chunkRows { break }
        } while move.count < Self.leastRowsOfMove || ContinuousClock.now < deadline
        guard move.count > 0 else { return 0 }
        try RollUpRows.add(move.sums, in: database)
        try enterSegment(move, in: database)
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES ('moved_row', ?)", arguments: [move.last])
        return move.count
    }

    /// Moves one chunk, up to the first row that has to stay.
    private func extend(
        _ move: inout Move, in database: Database, offsets: [Int64: Int64],
        while mayMove: (_ movedCount: Int, _ row: Int64, _ receivedMilliseconds: Int64) -> Bool
    ) throws {
        let front = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT row, received_ms, channel, time_ms, value, flag, boot, clock FROM recent
                    ORDER BY row LIMIT \(Self.chunkRows)
                    """))
        var first: Int64?
        while let row = try front.next() {
            let number = RecordRows.number(row, 0)
            // What waits for its time is spared the way through the archive.
            let isUnsettled =
                RecordRows.number(row, 7) == Int64(ClockQuality.unknown.rawValue)
                && clockState.unsettled.contains(RecordRows.number(row, 6))
            let received = isUnsettled ? .max : RecordRows.number(row, 1)
            guard mayMove(move.count, number, received) else { break }
            first = first ?? number
            if move.count == 0 { move.first = number }
            move.count += 1
            move.last = number
            let channel = RecordRows.number(row, 2)
            let time = RecordRows.number(row, 3)
            move.minimumTime = min(move.minimumTime, time)
            move.maximumTime = max(move.maximumTime, time)
            let flag =
                QualityFlag(rawValue: UInt8(truncatingIfNeeded: RecordRows.number(row, 5)))
                ?? .notEvaluated
            for resolution in RollUpRows.kept {
                let start = resolution.start(of: time, offsetSeconds: offsets[channel] ?? 0)
                let key = RollUpRows.Key(channel: channel, resolution: resolution, start: start)
                move.sums[key, default: RollUpSums()]
                    .add(value: row[4] as Double?, flag: flag, time: time, row: number)
            }
        }
        guard let first else { return }
        let columns = ObservationRow.columns
        try database.cachedStatement(
            sql: """
                INSERT INTO archive (\(columns)) SELECT \(columns) FROM recent
                WHERE row BETWEEN ? AND ?
                """
        ).execute(arguments: [first, move.last])
        try database.cachedStatement(sql: "DELETE FROM recent WHERE row BETWEEN ? AND ?")
            .execute(arguments: [first, move.last])
    }

    /// Remembers which rows went together; a small last segment grows instead.
    private func enterSegment(_ move: Move, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE segment SET last_row = ?1, min_ms = min(min_ms, ?2), max_ms = max(max_ms, ?3)
                WHERE last_row = (SELECT max(last_row) FROM segment)
                AND last_row - first_row < \(Self.segmentRows)
                """, arguments: [move.last, move.minimumTime, move.maximumTime])
        if database.changesCount > 0 { return }
        try database.execute(
            sql: "INSERT INTO segment (last_row, first_row, min_ms, max_ms) VALUES (?,?,?,?)",
            arguments: [move.last, move.first, move.minimumTime, move.maximumTime])
    }

    private func offsets(in database: Database) throws -> [Int64: Int64] {
        var offsets: [Int64: Int64] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT number, offset_s FROM channel") {
            offsets[RecordRows.number(row, 0)] = RecordRows.number(row, 1)
        }
        return offsets
    }

    // MARK: - Retention

    /// Deletes one slice of what is too old or too much.
    ///
    /// - Returns: whether something was deleted, and more may wait.
    private func retain(now: UTCInstant, in database: Database) throws -> Bool {
        if let days = limits.rawDays {
            for channel in try Int64.fetchAll(database, sql: "SELECT number FROM channel") {
                let newest = try Int64.fetchOne(
                    database, sql: "SELECT max(time_ms) FROM archive WHERE channel = ?",
                    arguments: [channel])
                guard let newest else { continue }
                let present = UTCInstant(milliseconds: min(newest, now.milliseconds))
                let oldest = present.advanced(byMilliseconds: -Int64(days) * 86_400_000)
                try database.execute(
                    sql: """
                        DELETE FROM archive WHERE channel = ?1 AND time_ms <= (
                            SELECT max(time_ms) FROM (SELECT time_ms FROM archive
                            WHERE channel = ?1 AND time_ms < ?2 ORDER BY time_ms LIMIT 500))
                        """, arguments: [channel, oldest.milliseconds])
                if database.changesCount > 0 { return true }
            }
        }
        if let days = limits.sumDays, try deleteSums(days: days, now: now, in: database) {
            return true
        }
        for (table, limit) in [("loss", limits.lossRows), ("audit", limits.auditRows)] {
            try database.execute(
                sql: """
                    DELETE FROM \(table) WHERE row IN (SELECT row FROM \(table)
                    ORDER BY row DESC LIMIT 500 OFFSET ?)
                    """, arguments: [limit])
            if database.changesCount > 0 { return true }
        }
        return false
    }

    private func deleteSums(days: Int, now: UTCInstant, in database: Database) throws -> Bool {
        let ten = RollUp.Resolution.tenMinutes.rawValue
        for channel in try Int64.fetchAll(database, sql: "SELECT number FROM channel") {
            let newest = try Int64.fetchOne(
                database,
                sql: "SELECT max(start_ms) FROM rollup WHERE channel = ? AND resolution = ?",
                arguments: [channel, ten])
            guard let newest else { continue }
            try database.execute(
                sql: """
                    DELETE FROM rollup WHERE channel = ?1 AND resolution = ?2 AND start_ms IN (
                        SELECT start_ms FROM rollup WHERE channel = ?1 AND resolution = ?2
                        AND start_ms < ?3 ORDER BY start_ms LIMIT 500)
                    """,
                arguments: [
                    channel, ten, min(newest, now.milliseconds) - Int64(days) * 86_400_000,
                ])
            if database.changesCount > 0 { return true }
        }
        return false
    }

    /// Gives a slice of free pages back to the file system.
    ///
    /// Compaction frees pages every hour and arrivals take them again; only what goes well beyond
    /// that is given back, for moving pages wears the disk.
    ///
    /// - Returns: whether pages were given back.
    private func returnPages(_ database: Database) throws -> Bool {
        let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        guard free > 4096, free > pages / 8 else { return false }
        // The pragma returns a row per page; all of them must be stepped through.
        _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(512)")
        return try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? free < free
    }
}
