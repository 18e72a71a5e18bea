import GRDB
import GatewayModel
import GatewayPorts

/// The sums and segments of readings that go straight into the archive.
struct SalvagedSums {
    /// Rows that one segment covers.
    private static let segmentRows: Int64 = 4096

    private var sums: [RollUpRows.Key: RollUpSums] = [:]
    /// The earliest and the latest time of each segment, by its first row.
    private var segments: [Int64: ClosedRange<Int64>] = [:]

    /// Adds a reading.
    mutating func add(_ row: SalvagedRow, number: Int64, offsets: [Int64: Int64]) {
        guard let channel = row.integer("channel"), let time = row.integer("time_ms") else {
            return
        }
        let flag =
            QualityFlag(rawValue: UInt8(truncatingIfNeeded: row.integer("flag") ?? 0))
            ?? .notEvaluated
        for resolution in RollUpRows.kept {
            let start = resolution.start(of: time, offsetSeconds: offsets[channel] ?? 0)
            let key = RollUpRows.Key(channel: channel, resolution: resolution, start: start)
            sums[key, default: RollUpSums()].add(
                value: row.real("value"), flag: flag, time: time, row: number)
        }
        let first = (number - 1) / Self.segmentRows * Self.segmentRows + 1
        let known = segments[first] ?? time...time
        segments[first] = min(known.lowerBound, time)...max(known.upperBound, time)
    }

    /// Adds what was added to what is stored.
    func write(to database: Database) throws {
        guard !sums.isEmpty else { return }
        try RollUpRows.add(sums, in: database)
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO segment (last_row, first_row, min_ms, max_ms) VALUES (?,?,?,?)
                ON CONFLICT (last_row) DO UPDATE SET min_ms = min(min_ms, excluded.min_ms),
                    max_ms = max(max_ms, excluded.max_ms)
                """)
        for (first, times) in segments {
            try statement.execute(arguments: [
                first + Self.segmentRows - 1, first, times.lowerBound, times.upperBound,
            ])
        }
    }
}
