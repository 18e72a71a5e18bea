import GRDB
package import GatewayModel
package import GatewayPorts

/// What the store knows of the boots' civil clocks, and which rows still wait for one.
struct ClockState {
    /// Readings that targets do not get yet, because nobody knows when they came.
    struct Hold {
        /// The last row before them.
        var before: Int64
        /// The monotonic clock at the first of them.
        var since: Int64
    }

    /// This boot's first anchor.
    var anchor: ClockAnchor?
    /// Boots with readings that came before the clock was known, the oldest first.
    var unsettled: [Int64] = []
    /// Nil where nothing is held back.
    var hold: Hold?
    /// Whether readings of this boot have been held back for long enough.
    var hasHeld = false
    /// Whether the bounds of earlier boots have been looked for.
    var hasBounds = false
}

extension ClockState {
    /// What a process finds when it opens the store.
    init(boot: Int64, in database: Database) throws {
        unsettled = try BootRows.unsettled(in: database)
        anchor = try BootRows.time(of: boot, in: database)?.anchor
        guard anchor == nil, unsettled.contains(boot) else { return }
        let first = try Row.fetchOne(
            database,
            sql: """
                SELECT row, received_ns FROM recent WHERE boot = ? AND clock = ? ORDER BY row LIMIT 1
                """, arguments: [boot, Int64(ClockQuality.unknown.rawValue)])
        guard let first else { return }
        let since = RecordRows.number(first, 1)
        hold = Hold(before: RecordRows.number(first, 0) - 1, since: since)
    }

    /// Holds nothing back any more that has waited for as long as targets are to wait.
    mutating func endHold(ofNanoseconds greatest: Int64, at now: GatewayInstant) {
        guard now.monotonicNanoseconds - (hold?.since ?? now.monotonicNanoseconds) >= greatest
        else { return }
        hold = nil
        hasHeld = true
    }
}

/// Civil time for what came before anybody knew it.
extension SQLiteStore {
    /// Rows that one slice gives their time.
    private static let slice = 256

    /// How long readings wait for the clock before targets get them as they are.
    var greatestHoldNanoseconds: Int64 { Int64(limits.clockWaitSeconds * 1e9) }

    /// What the store knows of this boot's civil clock.
    package var clockAnchor: ClockAnchor? { clockState.anchor }

    /// Takes down when the civil clock was known, and gives one slice of the readings that came
    /// before their time.
    ///
    /// The readings of this boot get it from the anchor. Those of an earlier boot that was never
    /// synchronised get bounds: after the last moment that is known before it, before the first one
    /// after it; they keep their order and are marked as uncertain. What was received stays as it
    /// was, and tells the time that a reading had.
    ///
    /// - Parameters:
    ///   - anchor: a moment at which the civil time was known; nil where it never was.
    ///   - now: the present; its monotonic clock ends the holding back.
    /// - Returns: what has become of them.
    /// - Throws: `AdapterFailure` when the slice could not be committed.
    package func settleClock(
        _ anchor: ClockAnchor?, at now: GatewayInstant
    ) throws(AdapterFailure) -> ClockSettlement {
        if let anchor, clockState.anchor.map({ anchor.isOther(than: $0) }) ?? true {
            let settled = try write("take down when the clock was set") { database in
                try BootRows.anchor(self.boot, anchor, in: database)
                return try self.settleTimesOff(anchor, in: database)
            }
            clockState.anchor = anchor
            if let settled {
                recovery = settled.recovery
                streamPositions.losses = settled.end
                waitsForClock = false
            }
        }
        if clockState.anchor != nil, !clockState.hasBounds {
            if !clockState.unsettled.isEmpty {
                try write("find the bounds of boots without a clock") { database in
                    try BootRows.bound(before: self.boot, in: database)
                }
            }
            clockState.hasBounds = true
        }
        var settlement = ClockSettlement(positions: positionsForTargets)
        if clockState.anchor != nil, let boot = clockState.unsettled.first {
            let rows = try write("give readings their time") { database in
                let rows = try self.settle(boot, in: database)
                if !rows.isEmpty { try RecordRows.giveBack(rows, in: database) }
                return rows
            }
            settlement.restamped = rows
            settlement.hasMore = true
            if rows.isEmpty { clockState.unsettled.removeFirst() }
        }
        let isSettled = clockState.anchor != nil && clockState.unsettled.isEmpty
        if clockState.hold != nil {
            clockState.endHold(ofNanoseconds: isSettled ? 0 : greatestHoldNanoseconds, at: now)
        }
        settlement.positions = positionsForTargets
        return settlement
    }

    /// Where the streams end for targets.
    var positionsForTargets: StreamPositions {
        var positions = streamPositions
        if let hold = clockState.hold {
            positions.observations = min(positions.observations, hold.before)
        }
        return positions
    }

    /// Takes down that readings have come whose time nobody knows.
    ///
    /// - Returns: whether the boot was settled before.
    func noteUnsettled(_ batch: StoreBatch, in database: Database) throws -> Bool {
        guard !clockState.unsettled.contains(boot),
            batch.observations.contains(where: { $0.received.quality == .unknown })
        else { return false }
        try database.execute(
            sql: """
                UPDATE boot SET unsettled = 1, first_row = coalesce(first_row, ?) WHERE id = ?
                """, arguments: [observationRow + 1, boot])
        return true
    }

    /// The same in memory, once it is on disk.
    func didNoteUnsettled(_ batch: StoreBatch, before row: Int64) {
        clockState.unsettled.append(boot)
        guard clockState.anchor == nil, !clockState.hasHeld, clockState.hold == nil,
            let first = batch.observations.first(where: { $0.received.quality == .unknown })
        else { return }
        clockState.hold = ClockState.Hold(
            before: row, since: first.received.monotonicNanoseconds)
    }

    /// Puts the true end into a time off that waits for it.
    ///
    /// - Returns: what the ledger holds then, and where it ends; nil where nothing waits.
    private func settleTimesOff(
        _ anchor: ClockAnchor, in database: Database
    ) throws -> (recovery: LossRecovery, end: Int64)? {
        guard waitsForClock else { return nil }
        let moment = GatewayInstant(
            monotonicNanoseconds: anchor.monotonicNanoseconds, utc: anchor.utc,
            quality: .synchronised)
        try TimeOff.settle(at: moment, boot: boot, in: database)
        let end = try Int64.fetchOne(database, sql: "SELECT max(row) FROM loss") ?? 0
        return (try LossRecovery(database), max(end, streamPositions.losses))
    }

    // MARK: - One slice

    /// Gives a slice of a boot's readings their time.
    ///
    /// - Returns: their rows; none where all have it, and the boot is settled.
    private func settle(_ boot: Int64, in database: Database) throws -> [ClosedRange<Int64>] {
        guard let time = try BootRows.time(of: boot, in: database) else {
            try BootRows.settle(boot, in: database)
            return []
        }
        let waiting = """
            boot = \(boot) AND clock = \(ClockQuality.unknown.rawValue)
            AND marks & \(ObservationMarks([.timeCorrected, .timeUncertain]).rawValue) = 0
            """
        let arrived = try Row.fetchAll(
            database,
            sql: """
                SELECT \(ObservationRow.columns) FROM recent WHERE \(waiting)
                ORDER BY row LIMIT \(Self.slice)
                """)
        if !arrived.isEmpty {
            for row in arrived {
                let observation = time.restamped(ObservationRow.observation(row))
                try database.cachedStatement(
                    sql: "UPDATE recent SET time_ms = ?, marks = ? WHERE row = ?"
                ).execute(arguments: [
                    observation.time.milliseconds, Int64(observation.marks.rawValue),
                    RecordRows.number(row, 0),
                ])
            }
            return Self.ranges(of: arrived.map { RecordRows.number($0, 0) })
        }
        let moved = try settleArchived(boot, time, waiting: waiting, in: database)
        if moved.isEmpty { try BootRows.settle(boot, in: database) }
        return Self.ranges(of: moved)
    }

    /// The same in the archive, whose rows stand by their time and are summed up.
    private func settleArchived(
        _ boot: Int64, _ time: BootRows.CivilTime, waiting: String, in database: Database
    ) throws -> [Int64] {
        let segments = try Row.fetchAll(
            database,
            sql: """
                SELECT first_row, last_row, min_ms, max_ms FROM segment WHERE last_row >= ?
                ORDER BY last_row
                """, arguments: [time.firstRow])
        for segment in segments {
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(ObservationRow.columns) FROM archive
                    WHERE channel IN (SELECT number FROM channel) AND time_ms BETWEEN ?3 AND ?4
                    AND row BETWEEN ?1 AND ?2 AND \(waiting) LIMIT \(Self.slice)
                    """,
                arguments: [
                    RecordRows.number(segment, 0), RecordRows.number(segment, 1),
                    RecordRows.number(segment, 2), RecordRows.number(segment, 3),
                ])
            guard !rows.isEmpty else { continue }
            var changed: [Int64: Set<Int64>] = [:]
            for row in rows {
                let before = ObservationRow.observation(row)
                let after = time.restamped(before)
                let channel = Int64(before.channel.number)
                for instant in [before.time, after.time] {
                    changed[channel, default: []].insert(instant.milliseconds)
                }
                try database.execute(
                    sql: """
                        UPDATE archive SET time_ms = ?1, marks = ?2
                        WHERE channel = ?3 AND time_ms = ?4 AND row = ?5
                        """,
                    arguments: [
                        after.time.milliseconds, Int64(after.marks.rawValue), channel,
                        before.time.milliseconds, RecordRows.number(row, 0),
                    ])
            }
            let times = changed.values.joined()
            try database.execute(
                sql: """
                    UPDATE segment SET min_ms = min(min_ms, ?2), max_ms = max(max_ms, ?3)
                    WHERE last_row = ?1
                    """,
                arguments: [RecordRows.number(segment, 1), times.min(), times.max()])
            for (channel, times) in changed {
                try RollUpRows.sumAnew(channel: channel, around: times, in: database)
            }
            return rows.map { RecordRows.number($0, 0) }
        }
        return []
    }

}

extension BootRows.CivilTime {
    /// A reading that came before its boot's clock was known, with its time and marked so.
    ///
    /// A device's own time stays where it can be true; another one gives way to the receipt.
    func restamped(_ observation: Observation) -> Observation {
        let moment = observation.received.monotonicNanoseconds
        let receipt = anchor.utc(atNanoseconds: moment)
        var restamped = observation
        restamped.marks.insert(isBounded ? .timeUncertain : .timeCorrected)
        if let said = observation.deviceTime, !observation.marks.contains(.deviceTimeRefused) {
            guard said > receipt.advanced(byMilliseconds: 300_000) else { return restamped }
            restamped.marks.insert(.deviceTimeRefused)
            restamped.time = receipt
            return restamped
        }
        let age = max(0, observation.received.utc.milliseconds - observation.time.milliseconds)
        let latest = receipt.advanced(byMilliseconds: -age)
        guard isBounded else {
            restamped.time = latest
            return restamped
        }
        // An estimate within the bounds is better than their end: most clocks are kept over a boot.
        let earliest = latest.advanced(byMilliseconds: -(anchor.errorMilliseconds))
        restamped.time = min(max(observation.time, earliest), latest)
        return restamped
    }
}
