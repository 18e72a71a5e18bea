import GRDB
import GatewayModel

/// How what people and time make of an alarm stands in its row.
extension AlarmRows {
    /// Takes down what has been made of an alarm by now.
    static func save(
        _ record: HandlingRecord, of subject: AlarmSubject, boot: Int64, in database: Database
    ) throws {
        let handling = record.handling
        let shelf = handling.shelf
        let update = try database.cachedStatement(
            sql: """
                UPDATE alarm SET assigned_to = ?4, shelf_by = ?5, shelf_reason = ?6, shelf_ms = ?7,
                    shelf_seconds = ?8, shelf_until_ms = ?9, last_comment = ?10,
                    last_comment_by = ?11, is_told = ?12, escalations = ?13, unknown_ms = ?14,
                    openings = ?15, activations = ?16, is_flapping = ?17, steps = ?18,
                    handling_boot = ?19
                WHERE station = ?1 AND rule = ?2 AND occurrence = ?3
                """)
        try update.execute(arguments: [
            subject.station.text, subject.rule, Int64(record.occurrence), handling.assignedTo,
            shelf?.actor, shelf?.reason, shelf?.since.milliseconds, shelf?.seconds,
            shelf?.until.milliseconds, handling.lastComment, handling.lastCommentBy,
            handling.isTold, Int64(handling.escalationCount),
            handling.unknownSince?.milliseconds, text(of: handling.openings),
            text(of: handling.activations), handling.isFlapping, Int64(handling.stepCount), boot,
        ])
    }

    static let handlingColumns = """
        assigned_to, shelf_by, shelf_reason, shelf_ms, shelf_seconds, shelf_until_ms, \
        last_comment, last_comment_by, is_told, escalations, unknown_ms, openings, activations, \
        is_flapping, steps, handling_boot
        """

    /// What the sixteen columns from `first` say; moments stand on the clock of their boot.
    static func handling(_ row: Row, _ first: Int) -> AlarmHandling {
        var handling = AlarmHandling()
        handling.assignedTo = row[first] as String?
        if let actor = row[first + 1] as String?, let since = row[first + 3] as Int64? {
            handling.shelf = AlarmShelf(
                actor: actor, reason: RecordRows.text(row, first + 2),
                since: SteadyInstant(milliseconds: since),
                seconds: (row[first + 4] as Double?) ?? 0,
                until: RecordRows.instant(row, first + 5))
        }
        handling.lastComment = row[first + 6] as String?
        handling.lastCommentBy = row[first + 7] as String?
        handling.isTold = RecordRows.number(row, first + 8) != 0
        handling.escalationCount = UInt8(clamping: RecordRows.number(row, first + 9))
        handling.unknownSince = (row[first + 10] as Int64?).map { SteadyInstant(milliseconds: $0) }
        handling.openings = moments(in: RecordRows.text(row, first + 11))
        handling.activations = moments(in: RecordRows.text(row, first + 12))
        handling.isFlapping = RecordRows.number(row, first + 13) != 0
        handling.stepCount = UInt32(clamping: RecordRows.number(row, first + 14))
        return handling
    }

    /// The boot that the moments of a row belong to; nil where it has none.
    static func handlingBoot(_ row: Row) -> Int64? { row["handling_boot"] as Int64? }

    private static func text(of moments: [SteadyInstant]) -> String? {
        moments.isEmpty ? nil : moments.map { "\($0.milliseconds)" }.joined(separator: ",")
    }

    /// A moment that cannot be read is none: the alarm is told once more.
    private static func moments(in text: String) -> [SteadyInstant] {
        text.split(separator: ",").compactMap { Int64($0) }.map { SteadyInstant(milliseconds: $0) }
    }
}

extension AlarmHandling {
    /// The same with its moments moved onto another timeline.
    func moved(_ move: (SteadyInstant) -> SteadyInstant) -> AlarmHandling {
        var moved = self
        if let since = shelf?.since { moved.shelf?.since = move(since) }
        moved.unknownSince = unknownSince.map(move)
        moved.openings = openings.map(move)
        moved.activations = activations.map(move)
        return moved
    }
}
