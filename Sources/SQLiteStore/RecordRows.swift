import Foundation
import GRDB
import GatewayModel
import GatewayPorts

/// How the records that are not observations stand in their rows, and how rows become records.
enum RecordRows {
    static func insert(_ message: RejectedMessage, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO rejection (source, topic, reason, detail, payload, payload_bytes,
                    received_ns, received_ms, clock) VALUES (?,?,?,?,?,?,?,?,?)
                """)
        try statement.execute(arguments: [
            message.source, message.topic, message.reason.rawValue, message.detail,
            Data(message.payloadPrefix), message.payloadByteCount,
            message.received.monotonicNanoseconds, message.received.utc.milliseconds,
            Int64(message.received.quality.rawValue),
        ])
    }

    static func save(_ progress: TargetProgress, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql:
                "INSERT OR REPLACE INTO progress (target, stream, position, backlog) VALUES (?,?,?,?)"
        )
        try statement.execute(arguments: [
            progress.target, progress.stream.rawValue, progress.position,
            text(of: progress.backlog),
        ])
    }

    /// How many ranges of rows that a target is to get again are kept apart.
    private static let backlogRangeLimit = 256

    /// Takes down that targets which have passed these observations are to get them again.
    static func giveBack(_ rows: [ClosedRange<Int64>], in database: Database) throws {
        let targets = try Row.fetchAll(
            database,
            sql: "SELECT target, stream, position, backlog FROM progress WHERE stream = ?",
            arguments: [DeliveryStream.observations.rawValue]
        ).map(progress)
        for var target in targets {
            let passed = rows.filter { $0.lowerBound <= target.position }
                .map { $0.lowerBound...min($0.upperBound, target.position) }
            guard !passed.isEmpty else { continue }
            target.backlog = (target.backlog + passed).joined(atMost: backlogRangeLimit)
            try save(target, into: database)
        }
    }

    static func save(_ account: Account, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO account (name, role, password_hash) VALUES (?,?,?)")
        try statement.execute(arguments: [
            account.name, account.role.rawValue, account.passwordHash,
        ])
    }

    static func insert(_ entry: AuditEntry, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO audit (time_ms, actor, action, detail) VALUES (?,?,?,?)")
        try statement.execute(arguments: [
            entry.time.milliseconds, entry.actor, entry.action, entry.detail,
        ])
    }

    // MARK: - Reading

    static let rejectionColumns = """
        row, source, topic, reason, detail, payload, payload_bytes, received_ns, received_ms, clock
        """

    static func rejection(_ row: Row) throws -> StoredRejection {
        let payload = [UInt8]((row[5] as Data?) ?? Data())
        var message = RejectedMessage(
            source: text(row, 1), topic: text(row, 2),
            error: DecodeError(try word(row, 3), text(row, 4)), payload: payload.span,
            received: received(row, 7))
        message.detail = text(row, 4)
        message.payloadByteCount = Int(number(row, 6))
        return StoredRejection(row: number(row, 0), message: message)
    }

    static let progressColumns = "target, stream, position, backlog"

    static func progress(_ row: Row) throws -> TargetProgress {
        TargetProgress(
            target: text(row, 0), stream: try word(row, 1), position: number(row, 2),
            backlog: try ranges(of: text(row, 3)))
    }

    static func audit(_ row: Row) -> AuditEntry {
        AuditEntry(
            time: instant(row, 0), actor: text(row, 1), action: text(row, 2), detail: text(row, 3))
    }

    // MARK: - Columns

    static func text(_ row: Row, _ column: Int) -> String { (row[column] as String?) ?? "" }

    static func number(_ row: Row, _ column: Int) -> Int64 { (row[column] as Int64?) ?? 0 }

    static func instant(_ row: Row, _ column: Int) -> UTCInstant {
        UTCInstant(milliseconds: number(row, column))
    }

    /// Monotonic nanoseconds, UTC milliseconds and clock quality, in three columns from `first`.
    static func received(_ row: Row, _ first: Int) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: number(row, first), utc: instant(row, first + 1),
            quality: ClockQuality(rawValue: UInt8(truncatingIfNeeded: number(row, first + 2)))
                ?? .unknown)
    }

    /// A stable word of an enumeration; a word that this version does not know is damage.
    static func word<Word: RawRepresentable<String>>(_ row: Row, _ column: Int) throws -> Word {
        let text = text(row, column)
        guard let word = Word(rawValue: text) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "“\(text)” is no \(Word.self)")
        }
        return word
    }

    /// The written form of a backlog: `3-9,12-12`.
    static func text(of ranges: [ClosedRange<Int64>]) -> String {
        ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    /// Reads the written form of a backlog.
    static func ranges(of text: String) throws -> [ClosedRange<Int64>] {
        try text.split(separator: ",").map { part in
            let ends = part.split(separator: "-").compactMap { Int64($0) }
            guard ends.count == 2, ends[0] <= ends[1] else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "“\(text)” is no list of row ranges")
            }
            return ends[0]...ends[1]
        }
    }
}

extension StreamPositions {
    /// Reads where the streams end.
    ///
    /// Observations may all have left `recent`; the highest row that was moved out stands in
    /// `meta`.
    init(database: Database) throws {
        func newest(_ sql: String) throws -> Int64 {
            try Int64.fetchOne(database, sql: sql) ?? 0
        }
        let arrived = try newest("SELECT max(row) FROM recent")
        let moved = try newest("SELECT value FROM meta WHERE key = 'moved_row'")
        // Below it stand the rows of a database that was set aside.
        let base = try newest("SELECT value FROM meta WHERE key = 'row_base'")
        self.init(
            observations: max(arrived, moved, base),
            transitions: max(base, try newest("SELECT max(row) FROM alarm_transition")),
            detections: max(base, try newest("SELECT max(row) FROM detection")),
            losses: max(base, try newest("SELECT max(row) FROM loss")))
    }
}
