import GRDB
import GatewayModel
import GatewayPorts

/// What was refused, on its way into the loss ledger: one entry for each source and reason, which
/// grows for an hour.
///
/// A sensor with a broken cable sends nonsense for weeks, so the ledger is written at most once a
/// minute, in a commit that comes anyway. What a process that dies leaves behind is found in the
/// quarantine by the next one.
struct RefusedInput {
    /// The least time between two changes of the ledger.
    static let intervalNanoseconds: Int64 = 60_000_000_000
    /// How long an entry may become, in milliseconds.
    static let entryMilliseconds: Int64 = 3_600_000

    /// By the ledger's source; there are no more than sources and reasons.
    private var waiting: [String: LossRecord] = [:]
    /// When the ledger was last changed, by the monotonic clock.
    private var enteredNanoseconds: Int64?

    /// Marks what the quarantine holds already, where nobody has done so: older programs did not
    /// enter it.
    static func prepare(_ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO meta SELECT 'refused_row', max(
                    coalesce((SELECT max(row) FROM rejection), 0),
                    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'rejection'), 0))
                """)
    }

    /// Finds what the process before has refused and not entered.
    init(_ database: Database) throws {
        let left = try Row.fetchAll(
            database,
            sql: """
                SELECT source, reason, count(*), min(received_ms), max(received_ms), min(clock)
                FROM rejection
                WHERE row > (SELECT value FROM meta WHERE key = 'refused_row')
                GROUP BY source, reason
                """)
        for row in left {
            let reason: RejectionReason = try RecordRows.word(row, 1)
            let isUncertain = RecordRows.number(row, 5) == Int64(ClockQuality.unknown.rawValue)
            take(
                reason, of: RecordRows.text(row, 0),
                count: UInt64(clamping: RecordRows.number(row, 2)),
                from: RecordRows.instant(row, 3), to: RecordRows.instant(row, 4),
                isUncertain: isUncertain)
        }
    }

    /// Takes down what a commit brings.
    mutating func take(_ messages: [RejectedMessage]) {
        for message in messages {
            take(
                message.reason, of: message.source, count: UInt64(max(1, message.recordCount)),
                from: message.received.utc, to: message.received.utc,
                isUncertain: message.received.quality == .unknown)
        }
    }

    private mutating func take(
        _ reason: RejectionReason, of source: String, count: UInt64, from: UTCInstant,
        to: UTCInstant, isUncertain: Bool
    ) {
        guard reason.isLoss else { return }
        let name = "\(source)/\(reason.rawValue)"
        guard var loss = waiting[name] else {
            waiting[name] = LossRecord(
                source: name, cause: .rejectedInput, from: from, to: to, count: count,
                isFromUncertain: isUncertain, isToUncertain: isUncertain)
            return
        }
        loss.from = min(loss.from, from)
        loss.to = max(loss.to, to)
        loss.count = (loss.count ?? 0) + count
        waiting[name] = loss
    }

    /// Enters what waits, where that is due.
    ///
    /// - Parameters:
    ///   - now: the newest monotonic time of what the commit brings; nil where it brings nothing
    ///     that has one.
    ///   - database: in the transaction of the commit.
    /// - Throws: what SQLite throws; the caller then goes on with the value from before.
    mutating func enterWhenDue(atNanoseconds now: Int64?, in database: Database) throws {
        guard !waiting.isEmpty, let now else { return }
        if let entered = enteredNanoseconds, now >= entered,
            now - entered < Self.intervalNanoseconds
        {
            return
        }
        try enter(in: database)
        waiting = [:]
        enteredNanoseconds = now
    }

    /// Enters what waits.
    func enter(in database: Database) throws {
        guard !waiting.isEmpty else { return }
        for (_, loss) in waiting.sorted(by: { $0.key < $1.key }) {
            if try !LossRows.grow(by: loss, within: Self.entryMilliseconds, in: database) {
                try LossRows.insert(loss, into: database)
            }
        }
        try database.execute(
            sql: """
                UPDATE meta SET value = max(
                    value, coalesce((SELECT max(row) FROM rejection), 0)) WHERE key = 'refused_row'
                """)
    }
}

extension StoreBatch {
    /// The newest receipt of what it brings, by the monotonic clock; nil where it brings neither
    /// readings nor refused messages.
    var newestReceiptNanoseconds: Int64? {
        let readings = observations.last?.received.monotonicNanoseconds
        let refused = rejected.last?.received.monotonicNanoseconds
        return [readings, refused].compactMap(\.self).max()
    }
}
