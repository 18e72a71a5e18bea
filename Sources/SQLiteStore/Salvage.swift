import GRDB
import GatewayModel
import GatewayPorts

/// Brings rows of a database that was set aside into the new one, a slice at a time.
///
/// Two walks: the first finds out which pages belong to which table, and reads the small tables that
/// others refer to; the second copies. Rows keep their numbers and the store's new ones begin far
/// above them, so that a row that was copied already, in this run or before a restart, is known by
/// its number and stands once.
struct Salvage {
    /// The file that is read, and the ledger's entry about it.
    struct Task: Equatable {
        var path: String
        /// When it was set aside, in milliseconds of UTC.
        var time: Int64
        /// The highest row that the database in use had; copies begin above it. 0 for a new one.
        var floor: Int64
    }

    private enum Step {
        case survey(page: UInt32)
        case copy(table: Int, index: Int)
        case done
    }

    /// No pole has more; what goes beyond has no name and counts as damage.
    private static let greatestNameCount = 100_000

    let task: Task
    let pages: DatabasePages
    private var step = Step.survey(page: 1)
    private var pagesOfTable: [SalvageTable: [UInt32]] = [:]
    var names = SalvagedNames()
    var coverage = RowCoverage()
    /// What has arrived since, by identity.
    private var arrived = ArrivedIdentities()
    private var sums = SalvagedSums()
    var report: SalvageReport

    init(_ task: Task) {
        self.task = task
        pages = DatabasePages(path: task.path)
        report = SalvageReport(path: task.path)
        report.damageCount += UInt64(pages.cutOffCount)
    }

    /// Whether everything that could be read was.
    var isDone: Bool {
        if case .done = step { true } else { false }
    }

    /// Learns what has arrived since the last slice, so that nothing of it is copied again.
    mutating func noteArrivals(in database: Database, above row: Int64) throws {
        try arrived.extend(from: database, above: row)
    }

    /// Reads one page, and copies what is to be copied of it.
    mutating func next(into database: Database) throws {
        switch step {
        case .survey(let page):
            guard page <= pages.count else {
                try names.enter(into: database, task: task)
                step = .copy(table: 0, index: 0)
                return
            }
            survey(page)
            step = .survey(page: page + 1)
        case .copy(let number, let index):
            let tables = SalvageTable.allCases
            guard number < tables.count else {
                step = .done
                return
            }
            let table = tables[number]
            let waiting = pagesOfTable[table] ?? []
            guard index < waiting.count else {
                step = .copy(table: number + 1, index: 0)
                return
            }
            try copy(waiting[index], of: table, into: database)
            step = .copy(table: number, index: index + 1)
        case .done: break
        }
    }

    // MARK: - The survey

    private mutating func survey(_ page: UInt32) {
        guard !pages.isMap(page), pages.use(of: page) != .free else { return }
        let use = pages.use(of: page)
        let isTree = use == .root || use == .tree
        guard let bytes = pages.read(page) else {
            if isTree || use == nil && !task.path.hasSuffix("-wal") { report.damageCount += 1 }
            return
        }
        guard let found = DatabaseCells(bytes, page: page, overflow: pages.read) else {
            if isTree { report.damageCount += 1 }
            return
        }
        if found.isDamaged { report.damageCount += 1 }
        guard let table = found.cells.lazy.compactMap(SalvageTable.init).first else { return }
        switch table {
        case .meta, .boot, .channel, .progress:
            for cell in found.cells where SalvageTable(cell) == table {
                names.take(cell.values, row: cell.row, of: table)
            }
        // An account's old password may still stand on a page that is no longer used.
        case .account where !isTree && !task.path.hasSuffix("-wal"): break
        default: pagesOfTable[table, default: []].append(page)
        }
    }

    // MARK: - The copy

    private mutating func copy(
        _ page: UInt32, of table: SalvageTable, into database: Database
    ) throws {
        guard let bytes = pages.read(page),
            let found = DatabaseCells(bytes, page: page, overflow: pages.read)
        else {
            report.damageCount += 1
            return
        }
        defer { sums = SalvagedSums() }
        for cell in found.cells {
            // Its first row has named the page; another's row on it is damage.
            guard SalvageTable(cell) == table else {
                report.damageCount += 1
                continue
            }
            do {
                try copy(cell, of: table, into: database)
            } catch let error as DatabaseError
                where [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH].contains(error.resultCode)
            {
                // A value that the schema refuses, or a row whose sensor nobody knows any more.
                report.damageCount += 1
            }
        }
        try sums.write(to: database)
    }

    private mutating func copy(
        _ cell: DatabaseCells.Cell, of table: SalvageTable, into database: Database
    ) throws {
        var row = SalvagedRow(table: table, cell: cell)
        guard names.translate(&row) else {
            report.damageCount += 1
            return
        }
        switch table {
        case .recalibration: try copyRecalibration(row, into: database)
        case .archive, .recent: try copyReading(row, of: table, into: database)
        case .alarm: try copyAlarm(row, into: database)
        case .rollup: try copySums(row, into: database)
        default:
            if try row.insert(into: database) { report.recordCount += 1 }
        }
    }

    /// Where it stood says nothing of rows that are only now coming over: it begins anew.
    private mutating func copyRecalibration(
        _ row: SalvagedRow, into database: Database
    ) throws {
        var row = row
        row["recent_row"] = Int64(0).databaseValue
        row["time_ms"] = (row.integer("from_ms") ?? .min).databaseValue
        row["row"] = Int64(0).databaseValue
        if try row.insert(into: database) { report.recordCount += 1 }
    }

    private mutating func copyReading(
        _ row: SalvagedRow, of table: SalvageTable, into database: Database
    ) throws {
        guard let number = row.integer("row"), let received = row.integer("received_ms") else {
            return
        }
        var row = row
        // A page that compaction has emptied may still show what stands in the archive by now.
        if table == .recent, number <= names.movedRow { return }
        if task.floor > 0 {
            guard number > task.floor else { return }
            // The archive's rows came before all that the database in use still has in order.
            row = row.moved(to: .recent)
        }
        coverage.insert(row: number, received: received)
        // A sensor may have sent it again before it was found here.
        if arrived.contains(row) { return }
        guard try row.insert(into: database) else { return }
        if row.table == .archive { sums.add(row, number: number, offsets: names.offsets) }
    }

    private mutating func copyAlarm(_ row: SalvagedRow, into database: Database) throws {
        guard let number = row.integer("number"),
            names.alarms.count < Self.greatestNameCount
        else { return }
        var row = row
        // Its boot has another number here, and another steady time: the hold begins anew.
        row["hold_boot"] = .null
        row["handling_boot"] = .null
        let isNew = try row.insert(into: database)
        if isNew { report.recordCount += 1 }
        let standing = try Int64.fetchOne(
            database,
            sql: "SELECT number FROM alarm WHERE station = ? AND rule = ? AND occurrence = ?",
            arguments: [row["station"], row["rule"], row["occurrence"]])
        if let standing {
            names.alarms[number] = standing
            return
        }
        // Another alarm has its number by now.
        var other = row
        other["number"] = .null
        if try other.insert(into: database) {
            report.recordCount += 1
            names.alarms[number] = database.lastInsertedRowID
        }
    }

    /// Sums over readings that retention has deleted stand nowhere else; those over readings that
    /// were copied were made anew, and count for more wherever all of them were.
    private mutating func copySums(_ row: SalvagedRow, into database: Database) throws {
        guard task.floor == 0 else { return }
        let columns = SalvageTable.rollup.columns
        let changes = columns.dropFirst(3).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        try row.insert(
            into: database,
            orElse: """
                ON CONFLICT (channel, resolution, start_ms) DO UPDATE SET \(changes)
                WHERE excluded.total > rollup.total
                """)
        if database.changesCount > 0 { report.recordCount += 1 }
    }

    // MARK: - The end

    /// What is lost, for the ledger, once everything is copied.
    ///
    /// - Parameter rawDays: the days that readings are kept in order; nil for ever.
    /// - Returns: an entry for each interval; one with a count of 0 where nothing is lost.
    func losses(rawDays: Int?) -> [LossRecord] {
        let name = task.path.split(separator: "/").last.map(String.init) ?? task.path
        func loss(_ from: Int64, _ to: Int64, _ count: UInt64?, isAtLeast: Bool) -> LossRecord {
            LossRecord(
                source: name, cause: .storeSetAside, from: UTCInstant(milliseconds: from),
                to: UTCInstant(milliseconds: max(from, to)), count: count, isAtLeast: isAtLeast)
        }
        let isWhole = report.damageCount == 0 && !pages.isEmpty
        guard let newest = coverage.newest else {
            return [loss(task.time, task.time, isWhole ? 0 : nil, isAtLeast: false)]
        }
        let oldest = rawDays.map { newest - Int64($0 - 1) * 86_400_000 } ?? .min
        var losses = RowCoverage.merged(
            coverage.gaps(from: task.floor + 1, notBefore: oldest), atMost: 16
        ).map { loss($0.from, $0.to, $0.count, isAtLeast: false) }
        // Nobody knows what came behind the newest row that can be read.
        if !isWhole { losses.append(loss(newest, task.time, nil, isAtLeast: false)) }
        return losses.isEmpty ? [loss(task.time, task.time, 0, isAtLeast: false)] : losses
    }
}
