import GRDB

/// The identities of readings that have arrived since the database began anew.
///
/// A sensor that never saw its acknowledgement sends again what the old database holds; whichever
/// comes second must not be stored.
struct ArrivedIdentities {
    private struct Key: Hashable {
        var channel: Int64
        var kind: Int64
        var boot: Int64?
        var number: Int64?
    }

    /// With the time of measurement, for a device that begins to count anew uses a number twice.
    private var times: [Key: Int64] = [:]
    private var newestRow: Int64 = 0

    /// Reads what has come since the last call.
    mutating func extend(from database: Database, above row: Int64) throws {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT row, channel, identity, id_boot, id_sequence, device_ms, time_ms
                    FROM recent WHERE row > ? AND identity != 0 ORDER BY row
                    """), arguments: [max(row, newestRow)])
        while let row = try rows.next() {
            newestRow = RecordRows.number(row, 0)
            let kind = RecordRows.number(row, 2)
            let key = Key(
                channel: RecordRows.number(row, 1), kind: kind, boot: row[3] as Int64?,
                number: kind == 1 ? row[4] as Int64? : row[5] as Int64?)
            times[key] = RecordRows.number(row, 6)
        }
    }

    /// Whether a row's reading has arrived again since.
    func contains(_ row: SalvagedRow) -> Bool {
        guard !times.isEmpty, let channel = row.integer("channel"),
            let kind = row.integer("identity"), kind != 0
        else { return false }
        let key = Key(
            channel: channel, kind: kind, boot: row.integer("id_boot"),
            number: row.integer(kind == 1 ? "id_sequence" : "device_ms"))
        return times[key].map { $0 == row.integer("time_ms") } ?? false
    }
}
