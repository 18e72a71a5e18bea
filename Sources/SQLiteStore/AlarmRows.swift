import GRDB
import GatewayModel
import GatewayPorts

/// How alarms and their transitions stand in their rows.
enum AlarmRows {
    /// Writes a transition down and brings its alarm to the phase it leads to.
    ///
    /// The first transition of an occurrence makes the alarm's row.
    ///
    /// - Returns: the transition's row.
    static func apply(
        _ transition: AlarmTransition, isSimulated: Bool, to database: Database
    ) throws -> Int64 {
        let isAcknowledgement = transition.cause == .acknowledged
        // A suspect reading does not count as a peak until something bears it out; a height that
        // the water is below is no stage at all.
        let isPeak = transition.cause != .unconfirmedRise && transition.stageBound != .below
        let peak = isPeak ? transition.stageMetres : nil
        let upsert = try database.cachedStatement(
            sql: """
                INSERT INTO alarm (station, rule, occurrence, phase, opened_ms, since_ms, peak,
                    peak_at_least, acknowledged_by, comment)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)
                ON CONFLICT (station, rule, occurrence) DO UPDATE SET
                    phase = excluded.phase,
                    since_ms = CASE WHEN ?10 THEN excluded.since_ms ELSE since_ms END,
                    peak_at_least = CASE
                        WHEN excluded.peak IS NULL OR peak > excluded.peak THEN peak_at_least
                        WHEN peak = excluded.peak THEN max(peak_at_least, excluded.peak_at_least)
                        ELSE excluded.peak_at_least END,
                    peak = max(coalesce(peak, excluded.peak), coalesce(excluded.peak, peak)),
                    acknowledged_by = coalesce(excluded.acknowledged_by, acknowledged_by),
                    comment = coalesce(excluded.comment, comment)
                RETURNING number
                """)
        let subject = transition.subject
        let number = try Int64.fetchOne(
            upsert,
            arguments: [
                subject.station.text, subject.rule, Int64(transition.occurrence),
                transition.to.rawValue, transition.time.milliseconds, peak,
                peak != nil && transition.stageBound == .atLeast,
                isAcknowledgement ? transition.actor : nil,
                isAcknowledgement || transition.cause == .failed ? transition.comment : nil,
                transition.from != transition.to,
            ])
        let insertion = try database.cachedStatement(
            sql: """
                INSERT INTO alarm_transition (alarm, from_phase, to_phase, time_ms, stage,
                    threshold, cause, actor, comment, simulated, bound, time_uncertain, quiet,
                    step, escalation, until_ms, assignee)
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """)
        try insertion.execute(arguments: [
            number, transition.from.rawValue, transition.to.rawValue,
            transition.time.milliseconds, transition.stageMetres, transition.thresholdMetres,
            transition.cause.rawValue, transition.actor, transition.comment, isSimulated,
            Int64(transition.stageBound.rawValue), transition.isTimeUncertain,
            transition.isQuiet, Int64(transition.step), Int64(transition.escalation),
            transition.until?.milliseconds, transition.assignee,
        ])
        return database.lastInsertedRowID
    }

    /// Takes down a peak that is higher than the stored one.
    static func raise(to peak: AlarmPeak, in database: Database) throws {
        let update = try database.cachedStatement(
            sql: """
                UPDATE alarm SET peak = ?4, peak_at_least = ?5
                WHERE station = ?1 AND rule = ?2 AND occurrence = ?3
                AND coalesce((peak, peak_at_least) < (?4, ?5), 1)
                """)
        try update.execute(arguments: [
            peak.subject.station.text, peak.subject.rule, Int64(peak.occurrence), peak.metres,
            peak.isAtLeast,
        ])
    }

    /// Takes down since when an alarm's hold runs.
    static func hold(
        _ hold: AlarmHold, of subject: AlarmSubject, boot: Int64, in database: Database
    ) throws {
        let update = try database.cachedStatement(
            sql: """
                UPDATE alarm SET hold_boot = ?4, hold_ms = ?5
                WHERE station = ?1 AND rule = ?2 AND occurrence = ?3
                """)
        try update.execute(arguments: [
            subject.station.text, subject.rule, Int64(hold.occurrence),
            hold.since == nil ? nil : boot, hold.since?.milliseconds,
        ])
    }

    static let alarmColumns = """
        number, station, rule, occurrence, phase, opened_ms, since_ms, peak, acknowledged_by, \
        comment, peak_at_least, \(handlingColumns)
        """

    static func alarm(_ row: Row) throws -> StoredAlarm {
        StoredAlarm(
            number: RecordRows.number(row, 0),
            state: AlarmState(
                subject: try subject(row, 1),
                occurrence: UInt32(truncatingIfNeeded: RecordRows.number(row, 3)),
                phase: try RecordRows.word(row, 4), openedAt: RecordRows.instant(row, 5),
                since: RecordRows.instant(row, 6), peakMetres: row[7] as Double?,
                isPeakAtLeast: RecordRows.number(row, 10) != 0,
                acknowledgedBy: row[8] as String?, comment: row[9] as String?,
                handling: handling(row, 11)))
    }

    /// Transitions with the subject of their alarm; a condition and an order may follow.
    static let transitionQuery = """
        SELECT t.row, t.alarm, a.station, a.rule, a.occurrence, t.from_phase, t.to_phase, t.time_ms,
            t.stage, t.threshold, t.cause, t.actor, t.comment, t.simulated, t.bound,
            t.time_uncertain, t.quiet, t.step, t.escalation, t.until_ms, t.assignee
        FROM alarm_transition AS t JOIN alarm AS a ON a.number = t.alarm
        """

    static func transition(_ row: Row) throws -> StoredTransition {
        let transition = AlarmTransition(
            subject: try subject(row, 2),
            occurrence: UInt32(truncatingIfNeeded: RecordRows.number(row, 4)),
            from: try RecordRows.word(row, 5), to: try RecordRows.word(row, 6),
            time: RecordRows.instant(row, 7), stageMetres: row[8] as Double?,
            stageBound: ValueBound(rawValue: UInt8(truncatingIfNeeded: RecordRows.number(row, 14)))
                ?? .exact,
            thresholdMetres: row[9] as Double?, cause: try RecordRows.word(row, 10),
            actor: row[11] as String?, comment: row[12] as String?,
            isTimeUncertain: RecordRows.number(row, 15) != 0,
            isQuiet: RecordRows.number(row, 16) != 0,
            step: UInt32(truncatingIfNeeded: RecordRows.number(row, 17)),
            escalation: UInt8(truncatingIfNeeded: RecordRows.number(row, 18)),
            until: (row[19] as Int64?).map { UTCInstant(milliseconds: $0) },
            assignee: row[20] as String?)
        return StoredTransition(
            row: RecordRows.number(row, 0), alarmNumber: RecordRows.number(row, 1),
            transition: transition, isSimulated: RecordRows.number(row, 13) != 0)
    }

    private static func subject(_ row: Row, _ column: Int) throws -> AlarmSubject {
        guard let station = StationID(RecordRows.text(row, column)) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "an alarm's station has no valid id")
        }
        return AlarmSubject(station: station, rule: RecordRows.text(row, column + 1))
    }
}
