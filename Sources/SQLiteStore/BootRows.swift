import GRDB
import GatewayModel

/// How the boots of the machine stand in their rows, and how their monotonic clocks hang together.
enum BootRows {
    /// One moment on both clocks.
    private struct Moment {
        var nanoseconds: Int64
        /// Nil where nobody knew the civil time.
        var utc: UTCInstant?
    }

    /// Enters the present boot, unless it is known.
    ///
    /// Its steady time goes on where that of the boot before ended: by the civil time between the
    /// two where both knew it, else by nothing.
    static func enter(_ bootID: String, at now: GatewayInstant, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO boot (boot_id, started_ms, monotonic_ns, clock)
                VALUES (?, ?, ?, ?) ON CONFLICT (boot_id) DO NOTHING
                """,
            arguments: [
                bootID, now.utc.milliseconds, now.monotonicNanoseconds,
                Int64(now.quality.rawValue),
            ])
        let row = try Row.fetchOne(
            database, sql: "SELECT id, steady_ns FROM boot WHERE boot_id = ?", arguments: [bootID])
        guard let row, row[1] as Int64? == nil else { return }
        let id = RecordRows.number(row, 0)
        var steady: Int64 = 0
        if let (end, before) = try end(ofBootBefore: id, in: database) {
            var gap: Int64 = 0
            if now.quality == .synchronised, let utc = end.utc {
                // Held within 200 years, so that no clock however wrong overflows 64 bits.
                gap = Int64(max(0, min(now.utc.seconds(since: utc), 6.3e9)) * 1e9)
            }
            steady = end.nanoseconds &+ before &+ gap &- now.monotonicNanoseconds
        }
        try database.execute(
            sql: "UPDATE boot SET steady_ns = ? WHERE id = ?", arguments: [steady, id])
    }

    /// The last that is known of the boot before, and its steady nanoseconds.
    private static func end(
        ofBootBefore id: Int64, in database: Database
    ) throws -> (end: Moment, steady: Int64)? {
        let boot = try Row.fetchOne(
            database,
            sql: """
                SELECT id, monotonic_ns, started_ms, clock, steady_ns, anchor_ns, anchor_ms,
                    is_bounded FROM boot
                WHERE id < ? ORDER BY id DESC LIMIT 1
                """, arguments: [id])
        guard let boot else { return nil }
        let last = try Row.fetchOne(
            database,
            sql: """
                SELECT received_ns, received_ms, clock FROM recent WHERE boot = ?
                ORDER BY row DESC LIMIT 1
                """, arguments: [boot[0] as Int64?])
        var end = moment(boot, 1)
        if let last, RecordRows.number(last, 0) >= end.nanoseconds { end = moment(last, 0) }
        if let anchor = boot[5] as Int64?, let utc = boot[6] as Int64?,
            RecordRows.number(boot, 7) == 0
        {
            // Somebody may have moved the civil clock since it was set right.
            end.utc = UTCInstant(milliseconds: utc)
                .advanced(byMilliseconds: (end.nanoseconds &- anchor) / 1_000_000)
        }
        return (end, (boot[4] as Int64?) ?? 0)
    }

    private static func moment(_ row: Row, _ column: Int) -> Moment {
        let isKnown =
            RecordRows.number(row, column + 2) == Int64(ClockQuality.synchronised.rawValue)
        return Moment(
            nanoseconds: RecordRows.number(row, column),
            utc: isKnown ? RecordRows.instant(row, column + 1) : nil)
    }

    /// The row of a boot that was entered.
    static func number(of bootID: String, in database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database, sql: "SELECT id FROM boot WHERE boot_id = ?", arguments: [bootID]) ?? 0
    }

    /// By boot, what makes its monotonic nanoseconds steady over all boots.
    static func steadyNanoseconds(in database: Database) throws -> [Int64: Int64] {
        var known: [Int64: Int64] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT id, steady_ns FROM boot WHERE steady_ns IS NOT NULL")
        while let row = try rows.next() { known[RecordRows.number(row, 0)] = row[1] as Int64? }
        return known
    }
}

extension SQLiteStore {
    /// Moves an instant of another boot into this boot's monotonic time, and not past the moment of
    /// opening.
    ///
    /// Boots that an older schema left have no steady time; of those the civil clock must do.
    func inThisBoot(_ instant: GatewayInstant, boot: Int64) -> GatewayInstant {
        guard boot != self.boot else { return instant }
        let nanoseconds: Int64
        if let distance = distance(ofBoot: boot) {
            nanoseconds = min(instant.monotonicNanoseconds &+ distance, opened.monotonicNanoseconds)
        } else {
            let age = max(0, opened.utc.seconds(since: instant.utc))
            nanoseconds = opened.monotonicNanoseconds &- Int64(min(age, 6.3e9) * 1e9)
        }
        return GatewayInstant(
            monotonicNanoseconds: nanoseconds, utc: instant.utc, quality: instant.quality)
    }

    /// The same of a steady instant; one whose boot says nothing begins with the opening.
    func inThisBoot(_ instant: SteadyInstant, boot: Int64) -> SteadyInstant {
        guard boot != self.boot else { return instant }
        guard let distance = distance(ofBoot: boot) else { return opened.steady }
        return min(instant.advanced(byMilliseconds: distance / 1_000_000), opened.steady)
    }

    /// How far this boot's monotonic clock is ahead of another's, in nanoseconds.
    private func distance(ofBoot boot: Int64) -> Int64? {
        guard let other = steadyNanoseconds[boot], let own = steadyNanoseconds[self.boot] else {
            return nil
        }
        return other &- own
    }
}

// MARK: - The civil clock

extension BootRows {
    /// How a boot's monotonic clock is told as civil time.
    struct CivilTime {
        var anchor: ClockAnchor
        /// Whether the anchor is the latest that it can have been, and its error how much earlier.
        var isBounded: Bool
        /// The boot's first row that waits for its time.
        var firstRow: Int64
    }

    /// Takes down when a boot's civil clock was known for the first time.
    static func anchor(_ boot: Int64, _ anchor: ClockAnchor, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE boot SET (anchor_ns, anchor_ms, anchor_error_ms) = (?2, ?3, ?4)
                WHERE id = ?1
                """,
            arguments: [
                boot, anchor.monotonicNanoseconds, anchor.utc.milliseconds,
                anchor.errorMilliseconds,
            ])
    }

    /// Takes down that all readings of a boot have their time.
    static func settle(_ boot: Int64, in database: Database) throws {
        try database.execute(sql: "UPDATE boot SET unsettled = 0 WHERE id = ?", arguments: [boot])
    }

    /// The boots with readings that wait for their time, the oldest first.
    static func unsettled(in database: Database) throws -> [Int64] {
        try Int64.fetchAll(database, sql: "SELECT id FROM boot WHERE unsettled = 1 ORDER BY id")
    }

    /// How a boot's time is told; nil where nobody knows.
    static func time(of boot: Int64, in database: Database) throws -> CivilTime? {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT anchor_ns, anchor_ms, anchor_error_ms, is_bounded, first_row FROM boot
                WHERE id = ? AND anchor_ns IS NOT NULL
                """, arguments: [boot])
        return row.map { row in
            CivilTime(
                anchor: ClockAnchor(
                    monotonicNanoseconds: RecordRows.number(row, 0),
                    utc: RecordRows.instant(row, 1), errorMilliseconds: RecordRows.number(row, 2)),
                isBounded: RecordRows.number(row, 3) != 0, firstRow: RecordRows.number(row, 4))
        }
    }

    /// Gives every boot before `boot` that never knew its time bounds for it.
    ///
    /// At the latest it was as late as if no time had passed between the boots; at the earliest
    /// it began where the last boot ended that knew.
    static func bound(before boot: Int64, in database: Database) throws {
        guard let own = try time(of: boot, in: database), !own.isBounded,
            let ownSteady = try steady(of: boot, in: database)
        else { return }
        for other in try unsettled(in: database) where other < boot {
            guard try time(of: other, in: database) == nil,
                let steady = try steady(of: other, in: database)
            else { continue }
            // The same moment on the other boot's monotonic clock, were there no time between.
            let moment = own.anchor.monotonicNanoseconds &+ ownSteady &- steady
            let known = try Int64.fetchOne(
                database,
                sql: """
                    SELECT max(id) FROM boot
                    WHERE id < ? AND anchor_ns IS NOT NULL AND NOT is_bounded
                    """, arguments: [other])
            var width = greatestWidthMilliseconds
            if let known, let before = try time(of: known, in: database),
                let beforeSteady = try self.steady(of: known, in: database)
            {
                let earliest = before.anchor.utc(
                    atNanoseconds: moment &+ steady &- beforeSteady)
                width = own.anchor.utc.milliseconds - earliest.milliseconds
            }
            try anchor(
                other,
                ClockAnchor(
                    monotonicNanoseconds: moment, utc: own.anchor.utc,
                    errorMilliseconds: max(0, min(width, greatestWidthMilliseconds))),
                in: database)
            try database.execute(
                sql: "UPDATE boot SET is_bounded = 1 WHERE id = ?", arguments: [other])
        }
    }

    /// A hundred years, where nothing at all is known.
    private static let greatestWidthMilliseconds: Int64 = 3_155_760_000_000

    private static func steady(of boot: Int64, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT steady_ns FROM boot WHERE id = ?", arguments: [boot])
    }
}
