package import GatewayModel
package import GatewayPorts
import GRDB

/// Alarms, detections and the ledgers.
extension SQLiteArchive {
    /// Alarm transitions in order of arrival.
    package func transitions(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredTransition] {
        try await read("read alarm transitions") { database in
            try Row.fetchAll(
                database,
                sql: "\(AlarmRows.transitionQuery) WHERE t.row > ? ORDER BY t.row LIMIT ?",
                arguments: [row, max(0, limit)]
            ).map(AlarmRows.transition)
        }
    }

    /// Alarms, the newest first.
    package func alarms(
        openOnly: Bool, limit: Int
    ) async throws(AdapterFailure) -> [StoredAlarm] {
        let condition = openOnly ? "WHERE phase NOT IN ('normal', 'cleared')" : ""
        return try await read("read the alarms") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(AlarmRows.alarmColumns) FROM alarm \(condition)
                    ORDER BY number DESC LIMIT ?
                    """, arguments: [max(0, limit)]
            ).map(AlarmRows.alarm)
        }
    }

    /// One alarm with its transitions, by way of their index.
    package func alarm(
        number: Int64
    ) async throws(AdapterFailure) -> (alarm: StoredAlarm, transitions: [StoredTransition])? {
        try await read("read alarm \(number)") { database in
            let alarm = try Row.fetchOne(
                database, sql: "SELECT \(AlarmRows.alarmColumns) FROM alarm WHERE number = ?",
                arguments: [number])
            guard let alarm else { return nil }
            let transitions = try Row.fetchAll(
                database, sql: "\(AlarmRows.transitionQuery) WHERE t.alarm = ? ORDER BY t.row",
                arguments: [number])
            return (try AlarmRows.alarm(alarm), try transitions.map(AlarmRows.transition))
        }
    }

    /// Detections in order of arrival.
    package func detections(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] {
        try await detections("row > ? ORDER BY row LIMIT ?", [row, max(0, limit)])
    }

    /// Detections, the newest first.
    package func detections(
        before row: Int64?, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] {
        try await detections(
            "row < ? ORDER BY row DESC LIMIT ?", [row ?? .max, max(0, limit)])
    }

    /// One detection. One that turned out to be worth telling has a new row and no longer this.
    package func detection(row: Int64) async throws(AdapterFailure) -> StoredDetection? {
        try await detections("row = ?", [row]).first
    }

    private func detections(
        _ condition: String, _ arguments: StatementArguments
    ) async throws(AdapterFailure) -> [StoredDetection] {
        try await read("read detections") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(DetectionRows.columns) FROM detection WHERE \(condition)",
                arguments: arguments
            ).map(DetectionRows.stored)
        }
    }

    /// The loss ledger, the newest entry first.
    package func losses(limit: Int) async throws(AdapterFailure) -> [StoredLoss] {
        try await read("read the loss ledger") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(LossRows.columns) FROM loss
                    ORDER BY coalesce(first_row, row) DESC LIMIT ?
                    """, arguments: [max(0, limit)]
            ).map(LossRows.stored)
        }
    }

    /// Entries of the loss ledger in the order of their last change.
    package func losses(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredLoss] {
        try await read("read the loss ledger") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(LossRows.columns) FROM loss WHERE row > ? ORDER BY row LIMIT ?",
                arguments: [row, max(0, limit)]
            ).map(LossRows.stored)
        }
    }

    /// Reads the entries of the loss ledger that reach into `from ≤ time < to`, in order of their
    /// beginnings, one at a time. It is for programs without an event loop.
    ///
    /// - Parameters:
    ///   - from: the first time.
    ///   - to: the end, itself not included.
    ///   - body: takes one entry; what it throws ends the export and comes out here.
    /// - Throws: `AdapterFailure` when the file cannot be read, or what `body` threw.
    package func exportLosses(
        from: UTCInstant, to: UTCInstant, body: (LossDocument) throws -> Void
    ) throws {
        let entries = try readNow("export the loss ledger") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(LossRows.columns) FROM loss WHERE to_ms >= ? AND from_ms < ?
                    ORDER BY from_ms, coalesce(first_row, row)
                    """, arguments: [from.milliseconds, to.milliseconds]
            ).map(LossRows.stored)
        }
        for entry in entries {
            try body(LossDocument(entry, gateway: gatewayID, offsetSeconds: 0))
        }
    }

    /// The quarantine, the newest message first.
    package func rejections(limit: Int) async throws(AdapterFailure) -> [StoredRejection] {
        try await read("read the quarantine") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(RecordRows.rejectionColumns) FROM rejection ORDER BY row DESC LIMIT ?
                    """, arguments: [max(0, limit)]
            ).map(RecordRows.rejection)
        }
    }

    /// How far every target has come, by name.
    package func progress() async throws(AdapterFailure) -> [TargetProgress] {
        try await read("read the targets' progress") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(RecordRows.progressColumns) FROM progress ORDER BY target, stream"
            ).map(RecordRows.progress)
        }
    }

    /// The account of that name.
    package func account(named name: String) async throws(AdapterFailure) -> Account? {
        try await read("read an account") { database in
            try Row.fetchOne(
                database, sql: "SELECT name, role, password_hash FROM account WHERE name = ?",
                arguments: [name]
            ).map { row in
                Account(
                    name: RecordRows.text(row, 0), role: try RecordRows.word(row, 1),
                    passwordHash: RecordRows.text(row, 2))
            }
        }
    }

    /// The audit log, the newest entry first.
    package func audit(limit: Int) async throws(AdapterFailure) -> [AuditEntry] {
        try await read("read the audit log") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT time_ms, actor, action, detail FROM audit ORDER BY row DESC LIMIT ?",
                arguments: [max(0, limit)]
            ).map(RecordRows.audit)
        }
    }

    /// Where the streams end, as last committed.
    package func streamEnds() async throws(AdapterFailure) -> StreamPositions {
        try await read("read where the streams end") { try StreamPositions(database: $0) }
    }
}
