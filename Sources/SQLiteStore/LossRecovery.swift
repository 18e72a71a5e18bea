import GRDB
import GatewayModel

/// The intervals of the loss ledger for which readings may still come in, and which of those that
/// come in belong to them.
///
/// What a device had kept while the gateway was off, or sends again, is counted in the very commit
/// that stores it, so that no crash counts it twice.
struct LossRecovery {
    fileprivate struct Entry {
        var row: Int64
        /// Nil for a time off, which concerns every sensor.
        var channel: Int64?
        /// What lies between them belongs to it; both ends came in before.
        var from: Int64
        var to: Int64
    }

    /// How many of the newest entries are looked at.
    static let entryLimit = 200

    private var entries: [Entry]
    /// The latest end of all: a reading of the present is told by it at once.
    private var end: Int64

    /// Learns the newest entries.
    init(_ database: Database) throws {
        let causes = LossRecord.Cause.allCases.filter(Self.mayRecover).map(\.rawValue)
        entries = try Row.fetchAll(
            database,
            sql: """
                SELECT row, number, from_ms, to_ms FROM (
                    SELECT row, source, from_ms, to_ms FROM loss
                    WHERE cause IN (\(causes.map { "'\($0)'" }.joined(separator: ",")))
                    ORDER BY row DESC LIMIT \(Self.entryLimit))
                LEFT JOIN channel ON station || '.' || sensor = source
                WHERE number IS NOT NULL OR source = '\(TimeOff.source)'
                """
        ).map { row in
            Entry(
                row: RecordRows.number(row, 0), channel: row[1] as Int64?,
                from: RecordRows.number(row, 2), to: RecordRows.number(row, 3))
        }
        end = entries.map(\.to).max() ?? .min
    }

    /// Whether readings may come in for an entry of this cause.
    static func mayRecover(_ cause: LossRecord.Cause) -> Bool {
        cause.isOff || cause == .readingsMissing
    }

    /// Counts the readings of a commit that belong to an entry.
    mutating func take(_ observations: [Observation], in database: Database) throws {
        var counts: [Int: Int64] = [:]
        for observation in observations where observation.time.milliseconds < end {
            for index in entries.indices where entries[index].holds(observation) {
                counts[index, default: 0] += 1
            }
        }
        for (index, count) in counts.sorted(by: { $0.key < $1.key }) {
            if let row = try LossRows.recover(count, of: entries[index].row, in: database) {
                entries[index].row = row
            }
        }
    }
}

extension LossRecovery.Entry {
    /// Whether a reading that comes now was missing in the interval.
    fileprivate func holds(_ observation: Observation) -> Bool {
        let time = observation.time.milliseconds
        guard from < time, time < to, !observation.marks.contains(.conflicting) else {
            return false
        }
        if let channel {
            guard case .sequence = observation.identity else { return false }
            return Int64(observation.channel.number) == channel
        }
        // Under a civil clock that nobody has set, a reading of the present may seem to be of then.
        return observation.deviceTime != nil
            || observation.received.quality != .unknown
                && observation.time < observation.received.utc
    }
}
