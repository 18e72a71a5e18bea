import Foundation
import GRDB
package import GatewayModel
package import GatewayPorts

/// The one writer of the database file, for the pipeline's thread.
///
/// A commit that returned survives a power cut: the log is synced to the disk at every commit.
/// After a failed commit nothing of its batch is stored, and the same batch may be tried again.
package final class SQLiteStore: ObservationStore {
    let writer: DatabaseQueue
    let path: String
    let limits: StoreLimits
    let isSimulated: Bool
    /// Each station's offset from UTC in seconds, as the station files say.
    let offsetSeconds: [StationID: Int]
    /// This boot's row, and the clocks when the store was opened.
    let boot: Int64
    let opened: GatewayInstant
    /// What makes each boot's monotonic nanoseconds steady; boots of older schemas are missing.
    let steadyNanoseconds: [Int64: Int64]

    /// The row of the newest observation; the next one takes the next number, for ever.
    var observationRow: Int64
    /// The row of each channel's newest reading that was not late; empty after a start.
    var newestRows: [ChannelIndex: Int64] = [:]
    /// How many rows `recent` holds.
    var recentCount: Int
    var maintenance = MaintenanceState()
    var salvageState = SalvageState()
    /// Whether alarms, accounts or sensors have changed since they were last copied.
    var isMirrorDue = true
    /// What readings may still come in for.
    var recovery: LossRecovery
    /// Whether a time off waits for the civil time to be known.
    var waitsForClock: Bool

    private let readers: DatabasePool
    private var rejectionCount: Int
    /// What was refused and is not in the loss ledger yet.
    private var refusedInput: RefusedInput
    var streamPositions: StreamPositions
    var clockState: ClockState
    private var hasFailed = false

    init(
        writer: DatabaseQueue, readers: DatabasePool, path: String, opening: Opening,
        opened: GatewayInstant, isSimulated: Bool, offsetSeconds: [StationID: Int],
        limits: StoreLimits
    ) {
        self.writer = writer
        self.readers = readers
        self.path = path
        self.opened = opened
        self.isSimulated = isSimulated
        self.offsetSeconds = offsetSeconds
        self.limits = limits
        boot = opening.boot
        clockState = opening.clock
        steadyNanoseconds = opening.steadyNanoseconds
        observationRow = opening.observationRow
        recentCount = opening.recentCount
        rejectionCount = opening.rejectionCount
        refusedInput = opening.refusedInput
        streamPositions = opening.positions
        recovery = opening.recovery
        waitsForClock = opening.waitsForClock
        salvageState.waiting = opening.salvage
        clockState.endHold(ofNanoseconds: greatestHoldNanoseconds, at: opened)
    }

    /// Ends all connections and marks the file as closed in order, so that the next start need not
    /// check every page. The archive that came with the store cannot be read afterwards.
    ///
    /// After damage or a device's failure the mark is left out, and the next start checks.
    ///
    /// - Parameter now: the present, from which the loss ledger counts the time off; nil leaves that
    ///   to what was stored last.
    /// - Throws: `AdapterFailure` where the mark cannot be written; the file is whole all the same.
    package func close(at now: GatewayInstant? = nil) throws(AdapterFailure) {
        try perform("close") {
            // The writer goes last: the last connection checkpoints and removes the log, and only
            // it may write.
            try readers.close()
            if !hasFailed {
                try writer.inTransaction(.immediate) { database in
                    try refusedInput.enter(in: database)
                    try database.execute(sql: "UPDATE meta SET value = 1 WHERE key = 'closed'")
                    if let now { try TimeOff.leaveSign(at: now, boot: boot, in: database) }
                    return .commit
                }
            }
            try writer.close()
        }
    }

    // MARK: - Channels

    /// The channel numbers of these sensors, entering those that are new.
    ///
    /// A sensor's kind, units and offset are brought to what its description says now.
    package func channels(
        of sensors: [SensorDescription]
    ) throws(AdapterFailure) -> [SensorID: ChannelIndex] {
        try write("enter the sensors") { database in
            var channels: [SensorID: ChannelIndex] = [:]
            for sensor in sensors {
                channels[sensor.id] = try self.channel(of: sensor, in: database)
            }
            return channels
        }
    }

    /// The versions of all sensors' calibrations, the oldest of each first.
    package func calibrationRecords() throws(AdapterFailure) -> [CalibrationRecord] {
        try read("read the calibrations") { try CalibrationRows.records(in: $0) }
    }

    /// Enters versions of calibrations without a commit of readings.
    package func enter(_ records: [CalibrationRecord]) throws(AdapterFailure) {
        guard !records.isEmpty else { return }
        try write("enter calibrations") { database in
            for record in records { try CalibrationRows.insert(record, into: database) }
        }
        isMirrorDue = true
    }

    private func channel(
        of sensor: SensorDescription, in database: Database
    ) throws -> ChannelIndex {
        let offset = offsetSeconds[sensor.id.station] ?? 0
        let known = try Row.fetchOne(
            database,
            sql: "SELECT number, offset_s FROM channel WHERE station = ? AND sensor = ?",
            arguments: [sensor.id.station.text, sensor.id.local])
        let number = try Int64.fetchOne(
            database,
            sql: """
                INSERT INTO channel (station, sensor, kind, unit, raw_unit, offset_s)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (station, sensor) DO UPDATE SET kind = excluded.kind,
                    unit = excluded.unit, raw_unit = excluded.raw_unit, offset_s = excluded.offset_s
                RETURNING number
                """,
            arguments: [
                sensor.id.station.text, sensor.id.local, sensor.kind.text, sensor.calibration.unit,
                sensor.rawUnit, offset,
            ])
        let index = ChannelIndex(UInt32(clamping: number ?? 0))
        if let known, known[1] as Int64? != Int64(offset) {
            try RollUpRows.rebuildDays(of: index, offsetSeconds: offset, in: database)
        }
        return index
    }

    // MARK: - Commit

    /// Makes a batch durable in one transaction, all of it or nothing.
    ///
    /// Readings never use the room that is held for alarms.
    package func commit(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        guard reserve.admitsReadings else {
            throw AdapterFailure(
                .exhausted, operation: "commit (\(path))",
                cause: "the disk is full, and the \(reserve.freeBytes) bytes that are left are for"
                    + " alarms; make room on the card: readings wait and are not acknowledged")
        }
        return try write(batch)
    }

    /// Makes what people must learn durable on a full disk: alarms and losses, in the room that was
    /// held for them.
    package func commitEssentials(
        of batch: StoreBatch
    ) throws(AdapterFailure) -> StreamPositions {
        do {
            return try write(batch.essentials)
        } catch  where error.code == .exhausted {
            guard reserve.release() else { throw error }
            return try write(batch.essentials)
        }
    }

    var reserve: DiskReserve {
        DiskReserve(
            directory: (path as NSString).deletingLastPathComponent,
            byteCount: limits.reserveBytes)
    }

    private func write(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        let rejections = rejectionCount + batch.rejected.count
        let excess = max(0, rejections - limits.rejectionRows)
        var positions = streamPositions
        var isUnsettledNow = false
        var recovery = recovery
        var refusedInput = refusedInput
        refusedInput.take(batch.rejected)
        let known =
            waitsForClock
            ? batch.observations.last { $0.received.quality != .unknown }?.received : nil
        try write("commit") { database in
            positions = try self.insert(batch, into: database)
            isUnsettledNow = try self.noteUnsettled(batch, in: database)
            if excess > 0 { try self.dropRejections(excess, in: database) }
            try refusedInput.enterWhenDue(
                atNanoseconds: batch.newestReceiptNanoseconds, in: database)
            try recovery.take(batch.observations, in: database)
            if let known { try TimeOff.settle(at: known, boot: self.boot, in: database) }
            if known != nil || batch.losses.contains(where: { LossRecovery.mayRecover($0.cause) }) {
                recovery = try LossRecovery(database)
            }
            // Maintenance may have entered some since the last commit.
            positions.losses = max(
                positions.losses,
                try Int64.fetchOne(
                    database.cachedStatement(sql: "SELECT max(row) FROM loss")) ?? 0)
        }
        // Only now, for a commit that failed has used no row.
        if isUnsettledNow { didNoteUnsettled(batch, before: observationRow) }
        for (place, observation) in batch.observations.enumerated()
        where !observation.marks.contains(.late) {
            newestRows[observation.channel] = observationRow + Int64(place) + 1
        }
        observationRow = positions.observations
        recentCount += batch.observations.count
        rejectionCount = rejections - excess
        streamPositions = positions
        self.recovery = recovery
        self.refusedInput = refusedInput
        if known != nil { waitsForClock = false }
        if !batch.transitions.isEmpty || !batch.accounts.isEmpty || !batch.calibrations.isEmpty {
            isMirrorDue = true
        }
        return positionsForTargets
    }

    private func insert(_ batch: StoreBatch, into database: Database) throws -> StreamPositions {
        var positions = streamPositions
        try settle(batch.settlements, in: database)
        let insertion = try ObservationInsertion(in: database, boot: boot)
        for observation in batch.observations {
            positions.observations += 1
            try insertion.insert(observation, row: positions.observations)
        }
        for detection in batch.detections {
            let row = try DetectionRows.store(detection, boot: boot, in: database)
            positions.detections = row ?? positions.detections
        }
        for transition in batch.transitions {
            positions.transitions = try AlarmRows.apply(
                transition, isSimulated: isSimulated, to: database)
        }
        for peak in batch.peaks.values { try AlarmRows.raise(to: peak, in: database) }
        for (subject, hold) in batch.holds {
            try AlarmRows.hold(hold, of: subject, boot: boot, in: database)
        }
        for (subject, handling) in batch.handlings {
            try AlarmRows.save(handling, of: subject, boot: boot, in: database)
        }
        for message in batch.rejected { try RecordRows.insert(message, into: database) }
        for loss in batch.losses { try LossRows.insert(loss, into: database) }
        for progress in batch.progress { try RecordRows.save(progress, into: database) }
        for account in batch.accounts { try RecordRows.save(account, into: database) }
        for entry in batch.audit { try RecordRows.insert(entry, into: database) }
        try DeviceTable.apply(batch.devices, to: database)
        for record in batch.calibrations { try CalibrationRows.insert(record, into: database) }
        for order in batch.recalibrations { try CalibrationRows.begin(order, in: database) }
        return positions
    }

    /// Deletes the oldest quarantined messages and enters how many into the loss ledger.
    ///
    /// Under a flood of bad messages every commit would make a ledger entry, so one entry of a
    /// source grows for an hour.
    private func dropRejections(_ count: Int, in database: Database) throws {
        let oldest = "SELECT row FROM rejection ORDER BY row LIMIT \(count)"
        let dropped = try Row.fetchAll(
            database,
            sql: """
                SELECT source, min(received_ms), max(received_ms), count(*) FROM rejection
                WHERE row IN (\(oldest)) GROUP BY source
                """)
        for row in dropped {
            let loss = LossRecord(
                source: RecordRows.text(row, 0), cause: .quarantineFull,
                from: RecordRows.instant(row, 1), to: RecordRows.instant(row, 2),
                count: UInt64(clamping: RecordRows.number(row, 3)))
            if try !LossRows.grow(by: loss, within: 3_600_000, in: database) {
                try LossRows.insert(loss, into: database)
            }
        }
        try database.execute(sql: "DELETE FROM rejection WHERE row IN (\(oldest))")
    }

    /// Where the streams end for targets, from memory.
    package func positions() throws(AdapterFailure) -> StreamPositions { positionsForTargets }

    // MARK: - Access

    /// Runs `body` in one transaction, all of it or nothing.
    ///
    /// The transaction takes the write lock at its beginning: one that reads first and locks later
    /// can be refused in the middle.
    func write<Value>(
        _ operation: String, _ body: (Database) throws -> Value
    ) throws(AdapterFailure) -> Value {
        try perform(operation) {
            var result: Value?
            try writer.inTransaction(.immediate) { database in
                result = try body(database)
                return .commit
            }
            guard let result else {
                throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no transaction ran")
            }
            return result
        }
    }

    /// Reads through the writer's own connection.
    func read<Value>(
        _ operation: String, _ body: (Database) throws -> Value
    ) throws(AdapterFailure) -> Value {
        try perform(operation) { try writer.read(body) }
    }

    private func perform<Value>(
        _ operation: String, _ body: () throws -> Value
    ) throws(AdapterFailure) -> Value {
        do {
            return try translating("\(operation) (\(path))", body)
        } catch {
            if error.code == .corrupt || error.code == .inputOutput { hasFailed = true }
            throw error
        }
    }
}
