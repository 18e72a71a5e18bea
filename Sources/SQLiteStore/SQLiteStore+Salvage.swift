import GRDB
import GatewayModel
package import GatewayPorts

/// Bringing rows over from a database that had to be set aside, while the new one is in use.
extension SQLiteStore {
    private static let keyPrefix = "salvage:"

    /// What is still to be read, oldest first.
    static func salvageTasks(in database: Database) throws -> [Salvage.Task] {
        try Row.fetchAll(
            database,
            sql: "SELECT key, value FROM meta WHERE key LIKE '\(keyPrefix)%' ORDER BY key"
        ).compactMap { row in
            let numbers = RecordRows.text(row, 1).split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 2 else { return nil }
            return Salvage.Task(
                path: String(RecordRows.text(row, 0).dropFirst(keyPrefix.count)),
                time: numbers[0], floor: numbers[1])
        }
    }

    /// Enters files that are to be read, and makes room for their rows below all that come.
    ///
    /// The number of any row of theirs tells where that is: each database numbers its rows within a
    /// range of its own.
    static func enter(_ tasks: [Salvage.Task], in database: Database) throws {
        guard !tasks.isEmpty else { return }
        let known = try StreamPositions(database: database)
        let rows = tasks.compactMap { Salvage.anyRow(in: DatabasePages(path: $0.path)) }
        let highest = ([known.observations] + rows).max() ?? 0
        let generation = highest / RowCoverage.rowsPerGeneration + 1
        let base = generation * RowCoverage.rowsPerGeneration
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES ('row_base', ?)", arguments: [base])
        for table in ["alarm_transition", "detection", "loss", "audit", "rejection"] {
            try database.execute(
                sql: "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
                arguments: [table, base])
            if database.changesCount == 0 {
                try database.execute(
                    sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                    arguments: [table, base])
            }
        }
        for task in tasks {
            try database.execute(
                sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                arguments: [keyPrefix + task.path, "\(task.time) \(task.floor)"])
        }
    }

    /// Whether rows of an older database are still to come.
    package var isSalvaging: Bool { salvageState.current != nil || !salvageState.waiting.isEmpty }

    /// What the last salvage that ended brought over; asking takes it back.
    package func takeSalvageReport() -> SalvageReport? {
        salvageState.reports.isEmpty ? nil : salvageState.reports.removeFirst()
    }

    /// Does one slice.
    ///
    /// - Returns: whether there was something to do.
    func salvage() throws(AdapterFailure) -> Bool {
        if salvageState.current == nil, !salvageState.waiting.isEmpty {
            salvageState.current = Salvage(salvageState.waiting.removeFirst())
        }
        // Taken out while it changes, so that its tables are not copied.
        guard var current = salvageState.current else { return false }
        salvageState.current = nil
        do {
            try write("read \(current.task.path)") { database in
                try self.advance(&current, in: database)
            }
        } catch {
            // Nothing of the slice stands. What was copied before it is known by its number.
            salvageState.waiting.insert(current.task, at: 0)
            throw error
        }
        if current.isDone {
            salvageState.reports.append(current.report)
            recentCount = try read("count the rows") { database in
                try Int.fetchOne(database, sql: "SELECT count(*) FROM recent") ?? 0
            }
        } else {
            salvageState.current = current
        }
        return true
    }

    private func advance(_ salvage: inout Salvage, in database: Database) throws {
        let deadline = ContinuousClock.now + .milliseconds(limits.sliceMilliseconds)
        let base =
            try Int64.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'row_base'") ?? 0
        try salvage.noteArrivals(in: database, above: base)
        repeat {
            try salvage.next(into: database)
            if salvage.isDone { return try finish(&salvage, in: database) }
        } while ContinuousClock.now < deadline
    }

    /// Puts what is really lost in the place of what was feared.
    private func finish(_ salvage: inout Salvage, in database: Database) throws {
        let losses = salvage.losses(rawDays: limits.rawDays)
        try database.execute(
            sql: """
                DELETE FROM loss WHERE cause = ? AND count IS NULL AND from_ms = ?2 AND to_ms = ?2
                """, arguments: [LossRecord.Cause.storeSetAside.rawValue, salvage.task.time])
        for loss in losses { try LossRows.insert(loss, into: database) }
        if salvage.names.movedRow > 0, salvage.task.floor == 0 {
            try database.execute(
                sql: "INSERT OR IGNORE INTO meta VALUES ('moved_row', ?)",
                arguments: [salvage.names.movedRow])
        }
        try database.execute(
            sql: "DELETE FROM meta WHERE key = ?",
            arguments: [Self.keyPrefix + salvage.task.path])
        salvage.report.observationCount = salvage.coverage.count
        salvage.report.losses = losses
        salvage.report.undelivered = salvage.undelivered
    }
}

/// The files that are still to be read, and what came of the others.
struct SalvageState {
    var waiting: [Salvage.Task] = []
    var current: Salvage?
    var reports: [SalvageReport] = []
}

extension Salvage {
    /// How many pages are looked at for one that tells where a file's rows are numbered.
    private static let searchedPages: UInt32 = 4096

    /// The number of some observation; nil where the newest pages hold none.
    static func anyRow(in pages: DatabasePages) -> Int64? {
        guard !pages.isEmpty else { return nil }
        for page in stride(from: pages.count, to: 0, by: -1).prefix(Int(searchedPages)) {
            guard let bytes = pages.read(page),
                let found = DatabaseCells(bytes, page: page, limit: 1, overflow: { _ in nil }),
                let cell = found.cells.first, let table = SalvageTable(cell),
                table == .recent || table == .archive
            else { continue }
            if let row = SalvagedRow(table: table, cell: cell).integer("row"), row > 0 {
                return row
            }
        }
        return nil
    }

    /// The rows that the targets had not confirmed, by target; under an empty name where nobody
    /// knows how far they had come.
    var undelivered: [String: [ClosedRange<Int64>]] {
        guard let highest = coverage.highestRow, let lowest = coverage.lowestRow else { return [:] }
        // Of a database that stays in use, the cursors are its own; these rows came behind them.
        guard task.floor == 0, !names.progress.isEmpty else { return ["": [lowest...highest]] }
        var undelivered: [String: [ClosedRange<Int64>]] = [:]
        for progress in names.progress where progress.stream == .observations {
            var ranges = progress.backlog
            if progress.position < highest { ranges.append(progress.position + 1...highest) }
            if !ranges.isEmpty { undelivered[progress.target] = ranges }
        }
        return undelivered
    }
}
