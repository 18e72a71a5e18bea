package import GatewayModel
package import GatewayPorts
import GRDB

/// Observations and their sums, from both tables as if they were one.
extension SQLiteArchive {
    /// Observations of one sensor in order of time, from both tables.
    ///
    /// - Complexity: a search by key in the archive and one pass over `recent`.
    package func observations(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int, after cursor: PageCursor?
    ) async throws(AdapterFailure) -> [StoredObservation] {
        let gatewayID = gatewayID
        return try await read("read observations of \(sensor)") { database in
            try Self.page(
                of: sensor, from: from, to: to, limit: limit, after: cursor, gatewayID: gatewayID,
                in: database)
        }
    }

    /// Hands every observation of a sensor to `body`, in order of time, then of row.
    ///
    /// The rows are read a page at a time, so that neither memory nor the daemon's log grows with
    /// the export; rows that arrive meanwhile are met where their time is still ahead.
    ///
    /// - Parameters:
    ///   - sensor: the sensor; one that is unknown has no rows.
    ///   - from: the first time.
    ///   - to: the end, itself not included.
    ///   - body: takes one observation; what it throws ends the export and comes out here.
    /// - Throws: `AdapterFailure` when the file cannot be read, or what `body` threw.
    package func export(
        sensor: SensorID, from: UTCInstant, to: UTCInstant,
        body: (StoredObservation) throws -> Void
    ) throws {
        let pageRows = 2000
        var cursor: PageCursor?
        while true {
            let page = try readNow("export \(sensor)") { database in
                try Self.page(
                    of: sensor, from: from, to: to, limit: pageRows, after: cursor,
                    gatewayID: gatewayID, in: database)
            }
            for stored in page { try body(stored) }
            guard page.count == pageRows, let last = page.last else { return }
            cursor = PageCursor(time: last.observation.time, row: last.row)
        }
    }

    /// The first and the last time of a sensor's observations with `from ≤ time < to`.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: `AdapterFailure` when the file cannot be read.
    package func timeSpan(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant
    ) throws(AdapterFailure) -> (first: UTCInstant, last: UTCInstant)? {
        try readNow("read the times of \(sensor)") { database in
            guard let channel = try Self.channel(of: sensor, in: database) else { return nil }
            let times = ["archive", "recent"].map {
                """
                SELECT min(time_ms) AS first, max(time_ms) AS last FROM \($0)
                WHERE channel = ?1 AND time_ms >= ?2 AND time_ms < ?3
                """
            }.joined(separator: " UNION ALL ")
            let row = try Row.fetchOne(
                database, sql: "SELECT min(first), max(last) FROM (\(times))",
                arguments: [channel.number, from.milliseconds, to.milliseconds])
            guard let first = row?[0] as Int64?, let last = row?[1] as Int64? else { return nil }
            return (UTCInstant(milliseconds: first), UTCInstant(milliseconds: last))
        }
    }

    private static func page(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int,
        after cursor: PageCursor?,
        gatewayID: String, in database: Database
    ) throws -> [StoredObservation] {
        guard let channel = try channel(of: sensor, in: database) else { return [] }
        let rows = """
            SELECT \(ObservationRow.columns) FROM %
            WHERE channel = ?1 AND (time_ms, row) > (?2, ?3) AND time_ms < ?4
            ORDER BY time_ms, row LIMIT ?5
            """
        let both = ["archive", "recent"]
            .map { "SELECT * FROM (\(rows.replacing("%", with: $0)))" }
            .joined(separator: " UNION ALL ")
        let query =
            ObservationRow.storedQuery(from: both) + " ORDER BY o.time_ms, o.row LIMIT ?5"
        // Rows begin at 1, so that row 0 of the first moment stands before all of its rows.
        let start = PageCursor(time: from, row: 0)
        let after = cursor.map { ($0.time, $0.row) > (start.time, start.row) ? $0 : start } ?? start
        return try Row.fetchAll(
            database.cachedStatement(sql: query),
            arguments: [
                channel.number, after.time.milliseconds, after.row, to.milliseconds,
                max(1, min(10_000, limit)),
            ]
        ).compactMap { ObservationRow.stored($0, gatewayID: gatewayID) }
    }

    /// Observations in order of arrival, from both tables.
    ///
    /// - Complexity: a search by row for rows that still stand in arrival order, which is where
    ///   targets normally read. For rows that were compacted, the times of their segment in every
    ///   channel of the archive: an hour's rows or so for a page.
    package func observations(
        rows: ClosedRange<Int64>, limit: Int
    ) async throws(AdapterFailure) -> [StoredObservation] {
        let limit = max(1, min(10_000, limit))
        let gatewayID = gatewayID
        return try await read("read observations from row \(rows.lowerBound)") { database in
            var found = try Self.movedRows(rows, limit: limit, in: database)
            if found.count < limit {
                let query = ObservationRow.storedQuery(
                    from: """
                        SELECT \(ObservationRow.columns) FROM recent WHERE row BETWEEN ? AND ?
                        ORDER BY row LIMIT ?
                        """)
                found += try Row.fetchAll(
                    database.cachedStatement(sql: query + " ORDER BY o.row"),
                    arguments: [rows.lowerBound, rows.upperBound, limit - found.count])
            }
            return found.compactMap { ObservationRow.stored($0, gatewayID: gatewayID) }
        }
    }

    /// Rows that left arrival order, by way of the segments that they left in.
    ///
    /// Every moved row stands before every row of `recent`.
    private static func movedRows(
        _ rows: ClosedRange<Int64>, limit: Int, in database: Database
    ) throws -> [Row] {
        let segments = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT min_ms, max_ms, first_row, last_row FROM segment
                    WHERE last_row >= ? AND first_row <= ? ORDER BY last_row
                    """), arguments: [rows.lowerBound, rows.upperBound])
        let query = ObservationRow.storedQuery(
            from: """
                SELECT \(ObservationRow.columns) FROM archive
                WHERE channel IN (SELECT number FROM channel) AND time_ms BETWEEN ? AND ?
                AND row BETWEEN ? AND ? ORDER BY row LIMIT ?
                """)
        var found: [Row] = []
        while found.count < limit, let segment = try segments.next() {
            let first = max(rows.lowerBound, RecordRows.number(segment, 2))
            let last = min(rows.upperBound, RecordRows.number(segment, 3))
            found += try Row.fetchAll(
                database.cachedStatement(sql: query + " ORDER BY o.row"),
                arguments: [
                    RecordRows.number(segment, 0), RecordRows.number(segment, 1), first, last,
                    limit - found.count,
                ])
        }
        return found
    }

    // MARK: - Roll-ups

    /// Sums of one sensor's intervals, late readings and readings of this second included.
    ///
    /// At most `StoreLimits.rollUpBuckets` intervals come back, and minutes are summed from at most
    /// `StoreLimits.rollUpScanRows` archived rows; who needs more asks again from the last start.
    package func rollUps(
        of sensor: SensorID, resolution: RollUp.Resolution, from: UTCInstant, to: UTCInstant
    ) async throws(AdapterFailure) -> [RollUp] {
        let limits = limits
        return try await read("sum up \(sensor)") { database in
            guard let channel = try Self.channel(of: sensor, in: database) else { return [] }
            let offset = channel.offsetSeconds
            let first = resolution.firstStart(from: from.milliseconds, offsetSeconds: offset)
            var end = resolution.firstStart(from: to.milliseconds, offsetSeconds: offset)
            guard first < end else { return [] }
            var sums: [Int64: RollUpSums] = [:]
            if resolution == .minute {
                end = try Self.addRows(
                    of: "archive", channel: channel, resolution: resolution, from: first, to: end,
                    limit: limits.rollUpScanRows, into: &sums, in: database)
            } else {
                let part: RollUp.Resolution = resolution == .day ? .day : .tenMinutes
                let partLimit =
                    limits.rollUpBuckets * Int(resolution.rawValue / part.rawValue)
                let parts = try RollUpRows.sums(
                    channel: channel.number, resolution: part, from: first, to: end,
                    limit: partLimit, in: database)
                for part in parts {
                    let start = resolution.start(of: part.start, offsetSeconds: offset)
                    sums[start, default: RollUpSums()].add(part.sums)
                }
            }
            _ = try Self.addRows(
                of: "recent", channel: channel, resolution: resolution, from: first, to: end,
                limit: -1, into: &sums, in: database)
            return sums.sorted { $0.key < $1.key }.prefix(limits.rollUpBuckets)
                .map { $0.value.rollUp(start: $0.key) }
        }
    }

    /// Adds the rows of one table to the sums of their intervals.
    ///
    /// At most `limit` rows are read, in order of time; −1 reads all. What comes back is the end of
    /// what was summed: `end`, or the start of the interval in which the limit was reached, whose
    /// sum is then left out.
    private static func addRows(
        of table: String, channel: (number: Int64, offsetSeconds: Int64),
        resolution: RollUp.Resolution, from first: Int64, to end: Int64, limit: Int,
        into sums: inout [Int64: RollUpSums], in database: Database
    ) throws -> Int64 {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT row, time_ms, value, flag FROM \(table)
                    WHERE channel = ? AND time_ms >= ? AND time_ms < ?
                    \(limit < 0 ? "" : "ORDER BY time_ms, row LIMIT \(limit)")
                    """), arguments: [channel.number, first, end])
        var count = 0
        var newest = first
        while let row = try rows.next() {
            count += 1
            let time = RecordRows.number(row, 1)
            newest = resolution.start(of: time, offsetSeconds: channel.offsetSeconds)
            let flag =
                QualityFlag(rawValue: UInt8(truncatingIfNeeded: RecordRows.number(row, 3)))
                ?? .notEvaluated
            sums[newest, default: RollUpSums()].add(
                value: row[2] as Double?, flag: flag, time: time, row: RecordRows.number(row, 0))
        }
        guard limit >= 0, count == limit, newest > first else { return end }
        sums[newest] = nil
        return newest
    }
}
