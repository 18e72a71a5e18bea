import Foundation
import GRDB
import GatewayModel
import GatewayPorts

/// How devices, their boots and their commands stand in their rows.
enum DeviceTable {
    /// The most commands that are kept of a device; the oldest go first.
    private static let commandsPerDevice = 64

    /// Brings the tables to what a commit says.
    static func apply(_ rows: DeviceRows, to database: Database) throws {
        for id in rows.forgotten { try remove(id, from: database) }
        for id in rows.records.keys.sorted() {
            if let record = rows.records[id] { try save(record, in: database) }
        }
        for command in rows.commands.values { try save(command, in: database) }
        for device in Set(rows.commands.values.map(\.device)) {
            try database.execute(
                sql: """
                    DELETE FROM device_command WHERE device = ?1 AND counter <= (
                        SELECT counter FROM device_command WHERE device = ?1
                        ORDER BY counter DESC LIMIT 1 OFFSET \(commandsPerDevice))
                    """, arguments: [key(device)])
        }
    }

    private static func remove(_ id: DeviceID, from database: Database) throws {
        for (table, column) in [
            ("device_track", "device"), ("device_command", "device"), ("device", "id"),
        ] {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE \(column) = ?", arguments: [key(id)])
        }
    }

    private static func save(_ record: DeviceRecord, in database: Database) throws {
        let counters = record.counters
        let statement = try database.cachedStatement(sql: saving)
        let report = try record.report.map { report in
            String(decoding: try JSONEncoder().encode(StoredReport(report)), as: UTF8.self)
        }
        var arguments: StatementArguments = [
            key(record.id), record.state.rawValue, record.adoptedAs?.description,
            record.places.map(\.description).joined(separator: " "),
            record.firstHeard.milliseconds, record.lastHeard.milliseconds,
            Int64(record.bootCounter), Int64(record.highestSequence),
            Int64(record.batteryMillivolts), Int64(record.signalStrength),
            record.keyID.map { Int64($0) }, Int64(record.commandCounter),
        ]
        arguments += StatementArguments(
            [
                counters.frames, counters.duplicates, counters.conflicts,
                counters.authenticationFailed, counters.quarantined, counters.refused,
                counters.missing, counters.filled, counters.lost,
            ].map { Int64(clamping: $0) })
        arguments += [report]
        try statement.execute(arguments: arguments)
        try database.cachedStatement(sql: "DELETE FROM device_track WHERE device = ?")
            .execute(arguments: [key(record.id)])
        for (place, track) in record.tracks.enumerated() {
            try save(track, of: record.id, place: place, in: database)
        }
    }

    private static func save(
        _ track: SequenceTrack, of device: DeviceID, place: Int, in database: Database
    ) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO device_track (\(trackColumns)) VALUES (?,?,?,?,?,?,?,?,?)")
        try statement.execute(arguments: [
            key(device), track.sensor.description, Int64(track.bootCounter), place,
            Int64(track.floor),
            track.isContested ? contestedFloor : track.isFloorSettled ? 1 : 0,
            Int64(track.next), track.newestTime.milliseconds, text(of: track.missing),
        ])
    }

    private static func save(_ command: DeviceCommand, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO device_command (\(commandColumns))
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
                """)
        try statement.execute(arguments: [
            key(command.device), Int64(command.counter), command.order.name,
            command.order.arguments.map(String.init).joined(separator: " "), command.author,
            command.created.milliseconds, command.expires.milliseconds, command.state.rawValue,
            command.sent?.milliseconds, Int64(command.sentCount), command.settled?.milliseconds,
            command.reason,
        ])
    }

    // MARK: - Reading

    private static let recordColumns = """
        id, state, adopted_as, places, first_ms, last_ms, boot, sequence, battery_mv, signal_dbm,
        key_id, command_counter, frames, duplicates, conflicts, authentication_failed, quarantined,
        refused, missing, filled, lost, report
        """
    /// Made once: every commit with a reading of a device saves its row.
    private static let saving: String = {
        let columns = recordColumns.split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let marks = columns.map { _ in "?" }.joined(separator: ",")
        let changes = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO device (\(recordColumns)) VALUES (\(marks))
            ON CONFLICT (id) DO UPDATE SET \(changes)
            """
    }()
    private static let trackColumns =
        "device, sensor, boot, place, floor, floor_settled, next, newest_ms, missing"
    /// Stands for `floor_settled` where numbers came twice: nothing is settled by them any more.
    private static let contestedFloor: Int64 = 2
    private static let commandColumns = """
        device, counter, name, arguments, author, created_ms, expires_ms, state, sent_ms,
        sent_count, settled_ms, reason
        """

    /// Every device with its boots.
    static func records(_ database: Database) throws -> [DeviceRecord] {
        var tracks: [DeviceID: [SequenceTrack]] = [:]
        let rows = try Row.fetchAll(
            database, sql: "SELECT \(trackColumns) FROM device_track ORDER BY device, place")
        for row in rows { tracks[device(row, 0), default: []].append(try track(row)) }
        return try Row.fetchAll(database, sql: "SELECT \(recordColumns) FROM device ORDER BY id")
            .map { row in
                var record = try self.record(row)
                record.tracks = tracks[record.id] ?? []
                return record
            }
    }

    /// Every command, by device and counter.
    static func commands(_ database: Database) throws -> [DeviceCommand] {
        try Row.fetchAll(
            database, sql: "SELECT \(commandColumns) FROM device_command ORDER BY device, counter"
        ).map(command)
    }

    private static func record(_ row: Row) throws -> DeviceRecord {
        var record = DeviceRecord(
            id: device(row, 0), state: try RecordRows.word(row, 1),
            adoptedAs: (row[2] as String?).flatMap(SensorID.init),
            places: RecordRows.text(row, 3).split(separator: " ").compactMap {
                SensorID(String($0))
            },
            firstHeard: RecordRows.instant(row, 4), lastHeard: RecordRows.instant(row, 5),
            bootCounter: word32(row, 6), highestSequence: word32(row, 7),
            batteryMillivolts: UInt16(clamping: RecordRows.number(row, 8)),
            signalStrength: Int8(clamping: RecordRows.number(row, 9)),
            keyID: (row[10] as Int64?).map { UInt8(clamping: $0) })
        record.commandCounter = word32(row, 11)
        let counts = (12...20).map { UInt64(clamping: RecordRows.number(row, $0)) }
        record.counters.frames = counts[0]
        record.counters.duplicates = counts[1]
        record.counters.conflicts = counts[2]
        record.counters.authenticationFailed = counts[3]
        record.counters.quarantined = counts[4]
        record.counters.refused = counts[5]
        record.counters.missing = counts[6]
        record.counters.filled = counts[7]
        record.counters.lost = counts[8]
        record.report = (row[21] as String?).flatMap { text in
            try? JSONDecoder().decode(StoredReport.self, from: Data(text.utf8)).report
        }
        return record
    }

    private static func track(_ row: Row) throws -> SequenceTrack {
        let sensor = RecordRows.text(row, 1)
        guard let id = SensorID(sensor) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "“\(sensor)” is no sensor")
        }
        return SequenceTrack(
            sensor: id, bootCounter: word32(row, 2), floor: word32(row, 4),
            isFloorSettled: RecordRows.number(row, 5) == 1, next: word32(row, 6),
            newestTime: RecordRows.instant(row, 7), missing: try holes(of: RecordRows.text(row, 8)),
            isContested: RecordRows.number(row, 5) == contestedFloor)
    }

    private static func command(_ row: Row) throws -> DeviceCommand {
        let name = RecordRows.text(row, 2)
        let arguments = RecordRows.text(row, 3).split(separator: " ").compactMap { UInt32($0) }
        guard let order = DeviceOrder(name: name, arguments: arguments) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "“\(name)” with \(arguments) is no command")
        }
        return DeviceCommand(
            device: device(row, 0), counter: word32(row, 1), order: order,
            author: RecordRows.text(row, 4), created: RecordRows.instant(row, 5),
            expires: RecordRows.instant(row, 6), state: try RecordRows.word(row, 7),
            sent: (row[8] as Int64?).map { UTCInstant(milliseconds: $0) },
            sentCount: word32(row, 9),
            settled: (row[10] as Int64?).map { UTCInstant(milliseconds: $0) },
            reason: row[11] as String?)
    }

    // MARK: - Columns

    private static func key(_ id: DeviceID) -> Int64 { Int64(bitPattern: id.number) }

    private static func device(_ row: Row, _ column: Int) -> DeviceID {
        DeviceID(UInt64(bitPattern: RecordRows.number(row, column)))
    }

    private static func word32(_ row: Row, _ column: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: RecordRows.number(row, column))
    }

    /// The written form of holes: `first+count,from_ms,to_ms,waited_s,asked,given_up` with a blank
    /// between.
    static func text(of holes: [SequenceTrack.Missing]) -> String {
        holes.map { hole in
            "\(hole.first)+\(hole.count),\(hole.from.milliseconds),\(hole.to.milliseconds),"
                + "\(hole.waitedSeconds),\(hole.askedCount),\(hole.isGivenUp ? 1 : 0)"
        }.joined(separator: " ")
    }

    /// Reads the written form.
    static func holes(of text: String) throws -> [SequenceTrack.Missing] {
        try text.split(separator: " ").map { part in
            let numbers = part.split { $0 == "+" || $0 == "," }.compactMap { Int64($0) }
            guard numbers.count == 7 else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "“\(text)” is no list of holes")
            }
            return SequenceTrack.Missing(
                first: UInt32(truncatingIfNeeded: numbers[0]),
                count: UInt32(truncatingIfNeeded: numbers[1]),
                from: UTCInstant(milliseconds: numbers[2]),
                to: UTCInstant(milliseconds: numbers[3]),
                waitedSeconds: UInt32(truncatingIfNeeded: numbers[4]),
                askedCount: UInt32(truncatingIfNeeded: numbers[5]),
                isGivenUp: numbers[6] != 0)
        }
    }
}

/// A device's status as its row keeps it.
private struct StoredReport: Codable {
    var presence: String
    var firmware: String
    var boot: UInt32
    var uptime: UInt32
    var next: UInt32
    var lost: UInt32
    var held: UInt16
    var flood: Bool
    var receivedMilliseconds: Int64
    var retained: Bool

    init(_ report: DeviceReport) {
        presence = report.presence.rawValue
        firmware = report.firmwareVersion
        boot = report.bootCounter
        uptime = report.uptimeSeconds
        next = report.nextContactSeconds
        lost = report.lostReadings
        held = report.heldReadings
        flood = report.isInFloodMode
        receivedMilliseconds = report.received.milliseconds
        retained = report.isRetained
    }

    var report: DeviceReport? {
        DeviceReport.Presence(rawValue: presence).map {
            DeviceReport(
                presence: $0, firmwareVersion: firmware, bootCounter: boot, uptimeSeconds: uptime,
                nextContactSeconds: next, lostReadings: lost, heldReadings: held,
                isInFloodMode: flood,
                received: UTCInstant(milliseconds: receivedMilliseconds), isRetained: retained)
        }
    }
}
