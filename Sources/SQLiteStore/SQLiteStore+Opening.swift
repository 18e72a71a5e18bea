import Foundation
import GRDB
package import GatewayModel
import GatewayPorts

extension SQLiteStore {
    /// Opens the store in a state directory, and creates it where there is none. It always starts.
    ///
    /// A file that is damaged, foreign or of a newer schema is moved aside together with its log,
    /// under a dated name, and a fresh one takes its place; the new ledger says so. A gauge that
    /// refuses to start because of yesterday's rows measures nothing today.
    ///
    /// - Parameters:
    ///   - directory: the state directory; it is created where its parent exists.
    ///   - gatewayID: the gateway's id, which begins every observation's key.
    ///   - bootID: the machine's present boot; the same text means the same monotonic clock.
    ///   - now: the present.
    ///   - started: when the program started; nil for now. The time off before it enters the ledger.
    ///   - isSimulated: whether a demo or a drill writes here; alarm transitions are marked so.
    ///   - offsetSeconds: each station's offset from UTC in seconds, for its days; 0 where missing.
    ///   - limits: what the store may hold.
    /// - Returns: the writer, the readers, and what was found.
    /// - Throws: `AdapterFailure` when the disk is full, read-only or failing, or another program
    ///   holds the file; trying again later may succeed then.
    package static func open(
        directory: String, gatewayID: String, bootID: String, now: GatewayInstant,
        started: GatewayInstant? = nil, isSimulated: Bool = false,
        offsetSeconds: [StationID: Int] = [:],
        limits: StoreLimits = StoreLimits()
    ) throws(AdapterFailure) -> (store: SQLiteStore, archive: SQLiteArchive, report: OpeningReport)
    {
        let attempt = { () throws(AdapterFailure) in
            try openOnce(
                directory: directory, gatewayID: gatewayID, bootID: bootID, now: now,
                started: started ?? now, isSimulated: isSimulated, offsetSeconds: offsetSeconds,
                limits: limits)
        }
        do {
            return try attempt()
        } catch  where error.code == .exhausted {
            // The disk is full: the room that is held for alarms lets the gateway come up.
            let reserve = DiskReserve(directory: directory, byteCount: limits.reserveBytes)
            guard reserve.release() else { throw error }
            return try attempt()
        }
    }

    private static func openOnce(
        directory: String, gatewayID: String, bootID: String, now: GatewayInstant,
        started: GatewayInstant, isSimulated: Bool, offsetSeconds: [StationID: Int],
        limits: StoreLimits
    ) throws(AdapterFailure) -> (store: SQLiteStore, archive: SQLiteArchive, report: OpeningReport)
    {
        let files = StoreFiles(directory: directory)
        if StoreFiles.byteCount(of: directory) == nil {
            try translatingFile("create directory \(directory)") {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: false)
            }
        }
        var report = OpeningReport(isNew: false, wasClosedInOrder: true, setAside: [], removed: [])
        let operation = "open \(files.path)"
        try settle(files, at: now.utc, report: &report)
        let writer: DatabaseQueue
        do {
            writer = try openAndMigrate(files, limits: limits)
        } catch {
            // The examination passed, but the first writes met damage all the same.
            let failure = AdapterFailure(sqlite: error, operation: operation)
            guard failure.code == .corrupt || failure.code == .rejected else { throw failure }
            report.isNew = true
            try setAside(files, reason: failure.cause, at: now.utc, report: &report)
            writer = try translating(operation) { try openAndMigrate(files, limits: limits) }
        }
        report.removed = files.removeOldSetAside(keeping: limits.setAsideFiles)
        let (setAside, isNew) = (report.setAside, report.isNew)
        let copy =
            isNew || !setAside.isEmpty
            ? StoreMirror(directory: directory).read(at: now.utc, troubles: &report.troubles) : nil
        report.isRestored = copy != nil
        return try translating(operation) {
            let opening = try begin(
                writer, gatewayID: gatewayID, bootID: bootID, now: now, started: started,
                setAside: setAside, isNew: isNew, copy: copy)
            let readers = try StoreConnection.openReaders(
                path: files.path, count: limits.readerCount)
            let store = SQLiteStore(
                writer: writer, readers: readers, path: files.path, opening: opening,
                opened: now, isSimulated: isSimulated, offsetSeconds: offsetSeconds,
                limits: limits)
            let archive = SQLiteArchive(
                readers: readers, path: files.path, gatewayID: gatewayID, limits: limits)
            return (store, archive, report)
        }
    }

    /// Leaves behind either no database or one that can be used.
    private static func settle(
        _ files: StoreFiles, at time: UTCInstant, report: inout OpeningReport
    ) throws(AdapterFailure) {
        switch files.presence {
        case .missing:
            report.isNew = true
            return
        case .empty:
            report.isNew = true
            report.wasClosedInOrder = false
            let reason = "it is too short for a database, or its log lies there without it"
            return try setAside(files, reason: reason, at: time, report: &report)
        case .present: break
        }
        if files.hasUnreadableLog {
            // The database itself is as old as its last checkpoint and stays in use if it is whole.
            report.wasClosedInOrder = false
            let path = try files.setLogAside(suffix: files.asideSuffix(at: time))
            let reason = "the write-ahead log has a damaged header; its last rows may be missing"
            report.setAside.append(
                OpeningReport.SetAside(
                    path: path, reason: reason, isSalvageable: true,
                    loss: loss(of: files.path + "-wal", at: time)))
        } else if WriteAheadLog(path: files.path + "-wal")?.hasLostCommits == true {
            report.wasClosedInOrder = false
            let path = try files.copyLogAside(suffix: files.asideSuffix(at: time))
            let reason = "the write-ahead log is damaged in its midst; SQLite passes over the rest"
            report.setAside.append(
                OpeningReport.SetAside(
                    path: path, reason: reason, isSalvageable: true,
                    loss: loss(of: files.path + "-wal", at: time)))
        }
        let finding = try translating("open \(files.path)") {
            try StoreConnection.examine(path: files.path)
        }
        switch finding {
        case .usable(let isClosed):
            report.wasClosedInOrder = report.wasClosedInOrder && isClosed
        case .unusable(let reason, let isOurs):
            report.isNew = true
            report.wasClosedInOrder = false
            try setAside(
                files, reason: reason, isSalvageable: isOurs, at: time, report: &report)
        }
    }

    private static func setAside(
        _ files: StoreFiles, reason: String, isSalvageable: Bool = true, at time: UTCInstant,
        report: inout OpeningReport
    ) throws(AdapterFailure) {
        let path = try files.setAside(suffix: files.asideSuffix(at: time))
        report.setAside.append(
            OpeningReport.SetAside(
                path: path, reason: reason, isSalvageable: isSalvageable,
                loss: loss(of: files.path, at: time))
        )
    }

    /// Nobody can know how many rows a damaged file held, nor since when.
    private static func loss(of path: String, at time: UTCInstant) -> LossRecord {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return LossRecord(source: name, cause: .storeSetAside, from: time, to: time, count: nil)
    }

    private static func openAndMigrate(
        _ files: StoreFiles, limits: StoreLimits
    ) throws -> DatabaseQueue {
        let writer = try StoreConnection.openWriter(path: files.path, limits: limits)
        do {
            try StoreSchema.migrator.migrate(writer)
            try StoreFiles.syncDirectory(files.directory)
            return writer
        } catch {
            try? writer.close()
            throw error
        }
    }

    /// What the writer must know from the start.
    struct Opening {
        /// This boot's row.
        var boot: Int64
        /// By boot.
        var steadyNanoseconds: [Int64: Int64]
        var clock: ClockState
        /// The newest observation's row ever used.
        var observationRow: Int64
        var recentCount: Int
        var rejectionCount: Int
        var refusedInput: RefusedInput
        var positions: StreamPositions
        var recovery: LossRecovery
        var waitsForClock: Bool
        /// Files that are still to be read.
        var salvage: [Salvage.Task]
    }

    /// Enters the boot, the time off and what was lost, and marks the file as in use, in one
    /// transaction.
    private static func begin(
        _ writer: DatabaseQueue, gatewayID: String, bootID: String, now: GatewayInstant,
        started: GatewayInstant, setAside: [OpeningReport.SetAside], isNew: Bool,
        copy: StoreMirror.Records?
    ) throws -> Opening {
        try writer.writeWithoutTransaction { database in
            var opening: Opening?
            try database.inTransaction(.immediate) {
                let last = try TimeOff.lastSign(in: database)
                try database.execute(
                    sql: "INSERT OR REPLACE INTO meta VALUES ('closed', 0), ('gateway', ?)",
                    arguments: [gatewayID])
                try BootRows.enter(bootID, at: now, in: database)
                try copy?.restore(to: database, isNew: isNew)
                let floor = isNew ? 0 : try StreamPositions(database: database).observations
                try enter(
                    setAside.filter(\.isSalvageable).map {
                        Salvage.Task(path: $0.path, time: $0.loss.from.milliseconds, floor: floor)
                    }, in: database)
                for entry in setAside { try LossRows.insert(entry.loss, into: database) }
                try RefusedInput.prepare(database)
                let boot = try BootRows.number(of: bootID, in: database)
                if let last { try TimeOff.enter(last, until: started, boot: boot, in: database) }
                try TimeOff.leaveSign(at: now, boot: boot, in: database)
                if now.quality != .unknown {
                    try TimeOff.settle(at: now, boot: boot, in: database)
                }
                opening = try readOpening(database, boot: boot)
                return .commit
            }
            guard let opening else {
                throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no opening state")
            }
            return opening
        }
    }

    private static func readOpening(_ database: Database, boot: Int64) throws -> Opening {
        func number(_ sql: String) throws -> Int64 { try Int64.fetchOne(database, sql: sql) ?? 0 }
        let positions = try StreamPositions(database: database)
        return Opening(
            boot: boot,
            steadyNanoseconds: try BootRows.steadyNanoseconds(in: database),
            clock: try ClockState(boot: boot, in: database),
            observationRow: positions.observations,
            recentCount: Int(try number("SELECT count(*) FROM recent")),
            rejectionCount: Int(try number("SELECT count(*) FROM rejection")),
            refusedInput: try RefusedInput(database),
            positions: positions, recovery: try LossRecovery(database),
            waitsForClock: try TimeOff.waitsForClock(boot: boot, in: database),
            salvage: try salvageTasks(in: database))
    }
}

/// Runs a Foundation file operation and translates what it throws.
func translatingFile<Value>(
    _ operation: String, _ body: () throws -> Value
) throws(AdapterFailure) -> Value {
    do {
        return try body()
    } catch let error as CocoaError {
        let code: AdapterFailure.Code
        switch error.code {
        case .fileWriteOutOfSpace: code = .exhausted
        case .fileReadCorruptFile, .fileReadUnknown, .fileWriteUnknown: code = .inputOutput
        default: code = .unavailable
        }
        throw AdapterFailure(code, operation: operation, cause: error.localizedDescription)
    } catch {
        throw AdapterFailure(.inputOutput, operation: operation, cause: "\(error)")
    }
}
