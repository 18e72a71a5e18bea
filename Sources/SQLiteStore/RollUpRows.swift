import GRDB
import GatewayModel
import GatewayPorts

/// How sums stand in rows of `rollup`: ten minutes and days of what the archive holds.
///
/// Minutes are summed from rows and hours from ten minutes when somebody asks.
enum RollUpRows {
    /// The resolutions that are kept in rows.
    static let kept: [RollUp.Resolution] = [.tenMinutes, .day]

    /// The place of one sum.
    struct Key: Hashable {
        let channel: Int64
        let resolution: RollUp.Resolution
        let start: Int64
    }

    private static let columns = """
        count, total, minimum, maximum, sum, last, last_ms, last_row, worst
        """

    /// Adds sums to what is kept.
    ///
    /// Adding, not summing anew: rows whose raw values retention has deleted stay counted.
    static func add(_ sums: [Key: RollUpSums], in database: Database) throws {
        let search = try database.cachedStatement(
            sql: """
                SELECT start_ms, \(columns) FROM rollup
                WHERE channel = ? AND resolution = ? AND start_ms = ?
                """)
        let replacement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO rollup (channel, resolution, start_ms, \(columns))
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
                """)
        for (key, addition) in sums {
            let place: StatementArguments = [key.channel, key.resolution.rawValue, key.start]
            var total = try Row.fetchOne(search, arguments: place).map(Self.sums) ?? RollUpSums()
            total.add(addition)
            try replacement.execute(
                arguments: place + [
                    total.count, total.total, total.minimum, total.maximum, total.sum,
                    total.last?.value, total.last?.time, total.last?.row, total.worst,
                ])
        }
    }

    /// The sums that are kept for `from ≤ start < to`, ascending, at most `limit`.
    static func sums(
        channel: Int64, resolution: RollUp.Resolution, from: Int64, to: Int64, limit: Int,
        in database: Database
    ) throws -> [(start: Int64, sums: RollUpSums)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT start_ms, \(columns) FROM rollup WHERE channel = ? AND resolution = ?
                AND start_ms >= ? AND start_ms < ? ORDER BY start_ms LIMIT ?
                """, arguments: [channel, resolution.rawValue, from, to, limit]
        ).map { (RecordRows.number($0, 0), sums($0)) }
    }

    /// Sums the days of a channel anew from its ten minutes, after its station's offset changed; days
    /// whose ten minutes are no longer kept stay as they are.
    static func rebuildDays(
        of channel: ChannelIndex, offsetSeconds: Int, in database: Database
    ) throws {
        let number = Int64(channel.number)
        let first = try firstWholeDay(of: number, in: database)
        try database.execute(
            sql: "DELETE FROM rollup WHERE channel = ? AND resolution = ? AND start_ms >= ?",
            arguments: [number, RollUp.Resolution.day.rawValue, first])
        var days: [Key: RollUpSums] = [:]
        let parts = try sums(
            channel: number, resolution: .tenMinutes, from: first, to: .max, limit: -1,
            in: database)
        for part in parts {
            let start = RollUp.Resolution.day.start(
                of: part.start, offsetSeconds: Int64(offsetSeconds))
            days[Key(channel: number, resolution: .day, start: start), default: RollUpSums()]
                .add(part.sums)
        }
        try add(days, in: database)
    }

    /// The start of the oldest day of which every ten minutes are kept; the beginning of all time
    /// where none was ever removed.
    private static func firstWholeDay(of channel: Int64, in database: Database) throws -> Int64 {
        let day = RollUp.Resolution.day.rawValue
        func first(_ condition: String, _ arguments: StatementArguments) throws -> Int64? {
            try Int64.fetchOne(
                database,
                sql: "SELECT min(start_ms) FROM rollup WHERE channel = ? AND \(condition)",
                arguments: [channel] + arguments)
        }
        guard let oldest = try first("resolution = ?", [day]),
            let part = try first("resolution = ?", [RollUp.Resolution.tenMinutes.rawValue]),
            part - oldest >= day
        else { return .min }
        return try first("resolution = ? AND start_ms >= ?", [day, part]) ?? .max
    }

    /// Sums the intervals around some times anew, because rows have moved between them.
    ///
    /// Ten minutes are summed from the archive's rows and days from their ten minutes. Where
    /// retention has deleted an interval's rows nothing moves into or out of it: what moves has
    /// just come.
    ///
    /// - Parameters:
    ///   - channel: the channel.
    ///   - times: the times, in milliseconds.
    ///   - keepsPartial: whether the sums of an interval stay as they are where retention has deleted
    ///     some of what they were made of.
    ///   - database: the database, in a transaction.
    /// - Throws: what SQLite throws.
    static func sumAnew(
        channel: Int64, around times: Set<Int64>, keepsPartial: Bool = false, in database: Database
    ) throws {
        let offset =
            try Int64.fetchOne(
                database, sql: "SELECT offset_s FROM channel WHERE number = ?", arguments: [channel]
            )
            ?? 0
        func replace(
            _ resolution: RollUp.Resolution, _ start: Int64, by sums: RollUpSums
        ) throws {
            let place: StatementArguments = [channel, resolution.rawValue, start]
            let condition = "WHERE channel = ? AND resolution = ? AND start_ms = ?"
            if keepsPartial {
                let known = try Int64.fetchOne(
                    database, sql: "SELECT total FROM rollup \(condition)", arguments: place)
                if let known, known > sums.total { return }
            }
            try database.execute(sql: "DELETE FROM rollup \(condition)", arguments: place)
            guard sums.total > 0 else { return }
            try add(
                [Key(channel: channel, resolution: resolution, start: start): sums], in: database)
        }
        let length = RollUp.Resolution.tenMinutes.rawValue
        let starts = Set(
            times.map { RollUp.Resolution.tenMinutes.start(of: $0, offsetSeconds: offset) })
        for start in starts {
            var sums = RollUpSums()
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT time_ms, value, flag, row FROM archive
                    WHERE channel = ? AND time_ms >= ? AND time_ms < ?
                    """, arguments: [channel, start, start + length])
            while let row = try rows.next() {
                let flag =
                    QualityFlag(rawValue: UInt8(truncatingIfNeeded: RecordRows.number(row, 2)))
                    ?? .notEvaluated
                sums.add(
                    value: row[1] as Double?, flag: flag, time: RecordRows.number(row, 0),
                    row: RecordRows.number(row, 3))
            }
            try replace(.tenMinutes, start, by: sums)
        }
        for start in Set(
            times.map { RollUp.Resolution.day.start(of: $0, offsetSeconds: offset) })
        {
            let parts = try sums(
                channel: channel, resolution: .tenMinutes, from: start,
                to: start + RollUp.Resolution.day.rawValue, limit: -1, in: database)
            var day = RollUpSums()
            for part in parts { day.add(part.sums) }
            try replace(.day, start, by: day)
        }
    }

    /// Reads `start_ms` and then `columns`.
    private static func sums(_ row: Row) -> RollUpSums {
        var sums = RollUpSums()
        sums.count = RecordRows.number(row, 1)
        sums.total = RecordRows.number(row, 2)
        sums.minimum = row[3] as Double?
        sums.maximum = row[4] as Double?
        sums.sum = row[5] as Double?
        if let value = row[6] as Double? {
            sums.last = (value, RecordRows.number(row, 7), RecordRows.number(row, 8))
        }
        sums.worst = RecordRows.number(row, 9)
        return sums
    }
}
