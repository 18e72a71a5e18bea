import GRDB
import GatewayModel
import GatewayPorts

/// What the numbers in a salvaged row stand for, and which numbers the new database uses for it.
struct SalvagedNames {
    /// The highest row that the old database had moved out of arrival order.
    private(set) var movedRow: Int64 = 0
    /// The new database's channel and boot of each old one.
    private var channels: [Int64: Int64] = [:]
    private var boots: [Int64: Int64] = [:]
    /// The new database's alarm of each old one.
    var alarms: [Int64: Int64] = [:]
    /// Each new channel's offset from UTC in seconds.
    private(set) var offsets: [Int64: Int64] = [:]
    /// How far the targets had come.
    private(set) var progress: [TargetProgress] = []

    private var sensors: [Int64: SalvagedRow] = [:]
    private var bootRows: [Int64: SalvagedRow] = [:]
    private var suffix = ""
    /// Whether the new database gave the sensors their old numbers, from the mirror.
    private var keepsNumbers = false

    /// Takes a row of one of the small tables.
    mutating func take(_ values: [DatabaseCells.Value], row: Int64?, of table: SalvageTable) {
        let row = SalvagedRow(table: table, cell: DatabaseCells.Cell(row: row, values: values))
        switch table {
        case .meta where row.text("key") == "moved_row":
            movedRow = max(movedRow, row.integer("value") ?? 0)
        case .boot: row.integer("id").map { bootRows[$0] = row }
        case .channel: row.integer("number").map { sensors[$0] = row }
        case .progress:
            guard let target = row.text("target"), let position = row.integer("position"),
                let stream = row.text("stream").flatMap(DeliveryStream.init),
                let backlog = try? RecordRows.ranges(of: row.text("backlog") ?? "")
            else { return }
            progress.removeAll { $0.target == target && $0.stream == stream }
            progress.append(
                TargetProgress(
                    target: target, stream: stream, position: position, backlog: backlog))
        default: break
        }
    }

    /// Enters sensors and boots where the new database does not have them, and learns its numbers.
    mutating func enter(into database: Database, task: Salvage.Task) throws {
        suffix = String(task.path.suffix(24))
        for (number, row) in sensors.sorted(by: { $0.key < $1.key }) {
            guard let station = row.text("station").flatMap(StationID.init),
                SensorID(station: station, local: row.text("sensor") ?? "") != nil
            else { continue }
            // The number may be another sensor's by now; the names decide.
            if try !row.insert(into: database) {
                var other = row
                other["number"] = .null
                try other.insert(into: database)
            }
            channels[number] = try Int64.fetchOne(
                database, sql: "SELECT number FROM channel WHERE station = ? AND sensor = ?",
                arguments: [row["station"], row["sensor"]])
        }
        for (number, row) in bootRows {
            var row = row
            row["id"] = .null
            // The new database has a steady time of its own.
            row["steady_ns"] = .null
            row["first_row"] = .null
            try row.insert(into: database)
            boots[number] = try Int64.fetchOne(
                database, sql: "SELECT id FROM boot WHERE boot_id = ?", arguments: [row["boot_id"]])
        }
        for row in try Row.fetchAll(database, sql: "SELECT number, offset_s FROM channel") {
            offsets[RecordRows.number(row, 0)] = RecordRows.number(row, 1)
        }
        // A log alone belongs to the database in use, and so do its numbers.
        let isOwn = task.floor > 0
        if isOwn {
            for id in try Int64.fetchAll(database, sql: "SELECT id FROM boot") { boots[id] = id }
        }
        keepsNumbers =
            try isOwn
            || Int64.fetchOne(
                database, sql: "SELECT value FROM meta WHERE key = 'channels_kept'") == 1
        // A boot whose row is lost still has to differ from all others.
        unknownBoot = try Int64.fetchOne(
            database,
            sql: """
                INSERT INTO boot (boot_id, started_ms, monotonic_ns, clock) VALUES (?, ?, 0, 0)
                ON CONFLICT (boot_id) DO UPDATE SET clock = 0 RETURNING id
                """, arguments: ["lost-\(suffix)", task.time])
    }

    private var unknownBoot: Int64?

    /// Brings a row's numbers to the new database's.
    ///
    /// - Returns: false where nobody knows any more what the row is about.
    func translate(_ row: inout SalvagedRow) -> Bool {
        switch row.table {
        case .archive, .recent, .rollup:
            guard let old = row.integer("channel") else { return false }
            let known = channels[old] ?? (keepsNumbers && offsets[old] != nil ? old : nil)
            guard let known else { return false }
            row["channel"] = known.databaseValue
        case .transition:
            guard let alarm = row.integer("alarm").flatMap({ alarms[$0] }) else { return false }
            row["alarm"] = alarm.databaseValue
        default: break
        }
        if [.archive, .recent, .detection].contains(row.table) {
            guard let boot = row.integer("boot").flatMap({ boots[$0] }) ?? unknownBoot else {
                return false
            }
            row["boot"] = boot.databaseValue
        }
        return true
    }
}
