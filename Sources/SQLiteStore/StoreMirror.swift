import Foundation
import GRDB
import GatewayModel
import GatewayPorts

/// What must outlive the database, in a file beside it: alarms as they stand, accounts, the versions of
/// calibrations, and which sensor has which number.
///
/// When the database has to be set aside, nobody is back at the first password, and an alarm that is
/// on stays on without being told again. The file before the newest is kept too. (Devices that were
/// adopted have a file of their own.)
struct StoreMirror {
    /// The version of the written form.
    static let version = 1
    /// More than any pole's alarms and accounts take, and little enough to read whole.
    private static let greatestBytes = 8 << 20

    /// One copy.
    struct Records: Codable, Equatable {
        struct Channel: Codable, Equatable {
            var number: Int64
            var station: String
            var sensor: String
            var kind: String
            var unit: String
            var rawUnit: String
            var offsetSeconds: Int64
        }

        struct Alarm: Codable, Equatable {
            var number: Int64
            var station: String
            var rule: String
            var occurrence: Int64
            var phase: String
            var openedMilliseconds: Int64
            var sinceMilliseconds: Int64
            var peak: Double?
            var isPeakAtLeast: Bool
            var acknowledgedBy: String?
            var comment: String?
            /// Absent in copies of older programs.
            var handling: Handling?
        }

        /// What people and time have made of an alarm. Moments of a boot say nothing here: a shelf
        /// begins anew with the opening and ends by the civil clock at the latest.
        struct Handling: Codable, Equatable {
            var assignedTo: String?
            var shelfBy: String?
            var shelfReason: String?
            var shelfSeconds: Double?
            var shelfUntilMilliseconds: Int64?
            var lastComment: String?
            var lastCommentBy: String?
            var isTold: Bool
            var escalations: Int64
            var isUnknown: Bool
            var steps: Int64
        }

        struct Account: Codable, Equatable {
            var name: String
            var role: String
            var passwordHash: String
        }

        struct Calibration: Codable, Equatable {
            var station: String
            var sensor: String
            var number: Int64
            var validFromMilliseconds: Int64?
            var rawUnit: String
            var lines: String
            var author: String
            var reason: String
            var recordedMilliseconds: Int64
        }

        var channels: [Channel] = []
        /// Of each subject the latest.
        var alarms: [Alarm] = []
        var accounts: [Account] = []
        /// Nil in a copy that an older program has made.
        var calibrations: [Calibration]?
    }

    private struct File: Codable {
        var version: Int
        /// FNV-1a over the records as they are written, for a disk that gives back other bytes.
        var digest: String
        var records: Records
    }

    let directory: String
    var path: String { directory + "/records.json" }
    private var previousPath: String { directory + "/records.previous.json" }

    // MARK: - Writing

    /// Puts a copy in the place of the last one, which stays as the one before.
    func write(_ records: Records) throws(AdapterFailure) {
        let bytes: [UInt8]
        do {
            let encoder = Self.encoder
            encoder.outputFormatting.insert(.prettyPrinted)
            bytes = Array(
                try encoder.encode(
                    File(
                        version: Self.version, digest: try Self.digest(of: records),
                        records: records)))
        } catch {
            throw AdapterFailure(.rejected, operation: "write \(path)", cause: "\(error)")
        }
        // Only a copy that can be read may take the older one's place.
        if case .read = Self.read(path) { try StoreFiles.move(path, to: previousPath) }
        try StoreFiles.write(bytes, to: path, through: path + ".new", mode: 0o600)
    }

    // MARK: - Reading

    private enum Outcome {
        case missing
        case damaged(String)
        case read(Records)
    }

    /// The newest copy that can be read; nil where there is none.
    ///
    /// - Parameters:
    ///   - time: dates the names under which damaged copies are kept.
    ///   - troubles: takes what was found damaged, for people.
    /// - Returns: the records, of the copy before the newest where that is damaged.
    func read(at time: UTCInstant, troubles: inout [String]) -> Records? {
        for path in [path, previousPath] {
            switch Self.read(path) {
            case .missing: continue
            case .read(let records): return records
            case .damaged(let reason):
                let aside = path + StoreFiles(directory: directory).asideSuffix(at: time)
                let isMoved = (try? StoreFiles.move(path, to: aside)) != nil
                troubles.append(
                    "the copy \(path) of alarms and accounts is damaged (\(reason))"
                        + (isMoved ? "; it was set aside as \(aside)" : ""))
            }
        }
        return nil
    }

    private static func read(_ path: String) -> Outcome {
        guard let size = StoreFiles.byteCount(of: path) else { return .missing }
        guard size <= greatestBytes, let data = FileManager.default.contents(atPath: path) else {
            return .damaged("it cannot be read")
        }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else {
            return .damaged("it is cut off, or no JSON of ours")
        }
        guard file.version == version else { return .damaged("its version is \(file.version)") }
        guard (try? digest(of: file.records)) == file.digest else {
            return .damaged("its digest does not fit")
        }
        return .read(file.records)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return encoder
    }

    private static func digest(of records: Records) throws -> String {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in try encoder.encode(records) {
            digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return String(digest, radix: 16)
    }
}

extension StoreMirror.Records {
    /// Reads what is to be copied.
    init(database: Database) throws {
        channels = try Row.fetchAll(
            database,
            sql: """
                SELECT number, station, sensor, kind, unit, raw_unit, offset_s FROM channel
                ORDER BY number
                """
        ).map { row in
            Channel(
                number: RecordRows.number(row, 0), station: RecordRows.text(row, 1),
                sensor: RecordRows.text(row, 2), kind: RecordRows.text(row, 3),
                unit: RecordRows.text(row, 4), rawUnit: RecordRows.text(row, 5),
                offsetSeconds: RecordRows.number(row, 6))
        }
        alarms = try Row.fetchAll(
            database,
            sql: """
                SELECT \(AlarmRows.alarmColumns) FROM alarm AS a WHERE occurrence = (
                    SELECT max(occurrence) FROM alarm
                    WHERE station = a.station AND rule = a.rule) ORDER BY number
                """
        ).map { row in
            Alarm(
                number: RecordRows.number(row, 0), station: RecordRows.text(row, 1),
                rule: RecordRows.text(row, 2), occurrence: RecordRows.number(row, 3),
                phase: RecordRows.text(row, 4), openedMilliseconds: RecordRows.number(row, 5),
                sinceMilliseconds: RecordRows.number(row, 6), peak: row[7] as Double?,
                isPeakAtLeast: RecordRows.number(row, 10) != 0,
                acknowledgedBy: row[8] as String?, comment: row[9] as String?,
                handling: Handling(AlarmRows.handling(row, 11)))
        }
        accounts = try Row.fetchAll(
            database, sql: "SELECT name, role, password_hash FROM account ORDER BY name"
        ).map { row in
            Account(
                name: RecordRows.text(row, 0), role: RecordRows.text(row, 1),
                passwordHash: RecordRows.text(row, 2))
        }
        calibrations = try CalibrationRows.records(in: database).map { record in
            Calibration(
                station: record.sensor.station.text, sensor: record.sensor.local,
                number: Int64(record.number), validFromMilliseconds: record.validFrom?.milliseconds,
                rawUnit: record.rawUnit, lines: record.lines, author: record.author,
                reason: record.reason, recordedMilliseconds: record.recorded.milliseconds)
        }
    }

    /// The versions of calibrations; those of sensors that no longer make sense are left out.
    var calibrationRecords: [CalibrationRecord] {
        (calibrations ?? []).compactMap { copy in
            guard let station = StationID(copy.station),
                let sensor = SensorID(station: station, local: copy.sensor),
                let number = UInt32(exactly: copy.number)
            else { return nil }
            return CalibrationRecord(
                sensor: sensor, number: number,
                validFrom: copy.validFromMilliseconds.map { UTCInstant(milliseconds: $0) },
                rawUnit: copy.rawUnit, lines: copy.lines, author: copy.author,
                reason: copy.reason, recorded: UTCInstant(milliseconds: copy.recordedMilliseconds))
        }
    }

    /// Brings a database that began anew, or lost its last commits, to what the copy says.
    ///
    /// - Parameters:
    ///   - database: the new database, in its first transaction.
    ///   - isNew: whether it began anew; then sensors get their old numbers too.
    /// - Throws: what SQLite throws.
    func restore(to database: Database, isNew: Bool) throws {
        if isNew { try restoreChannels(to: database) }
        for alarm in alarms where AlarmPhase(rawValue: alarm.phase) != nil {
            try restore(alarm, to: database)
        }
        for account in accounts {
            guard let role = GatewayPorts.Account.Role(rawValue: account.role) else { continue }
            try RecordRows.save(
                GatewayPorts.Account(
                    name: account.name, role: role, passwordHash: account.passwordHash),
                into: database)
        }
        for record in calibrationRecords { try CalibrationRows.insert(record, into: database) }
    }

    private func restoreChannels(to database: Database) throws {
        for channel in channels {
            try database.execute(
                sql: "INSERT OR IGNORE INTO channel VALUES (?,?,?,?,?,?,?)",
                arguments: [
                    channel.number, channel.station, channel.sensor, channel.kind, channel.unit,
                    channel.rawUnit, channel.offsetSeconds,
                ])
        }
        try database.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('channels_kept', 1)")
    }

    private func restore(_ alarm: Alarm, to database: Database) throws {
        let key: StatementArguments = [alarm.station, alarm.rule, alarm.occurrence]
        let rest: StatementArguments = [
            alarm.phase, alarm.openedMilliseconds, alarm.sinceMilliseconds, alarm.peak,
            alarm.isPeakAtLeast, alarm.acknowledgedBy, alarm.comment,
        ]
        let columns = """
            station, rule, occurrence, phase, opened_ms, since_ms, peak, peak_at_least,
            acknowledged_by, comment, number
            """
        // Its own number where that is free, else the next one.
        var isRestored = false
        for number in [alarm.number, nil] {
            try database.execute(
                sql: "INSERT OR IGNORE INTO alarm (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                arguments: key + rest + [number])
            isRestored = isRestored || database.changesCount > 0
        }
        try database.execute(
            sql: """
                UPDATE alarm SET (phase, opened_ms, since_ms, peak, peak_at_least, acknowledged_by,
                    comment) = (?4, ?5, ?6, ?7, ?8, ?9, ?10)
                WHERE station = ?1 AND rule = ?2 AND occurrence = ?3
                AND (since_ms < ?6 OR since_ms = ?6 AND steps < ?11)
                """, arguments: key + rest + [alarm.handling?.steps ?? 0])
        isRestored = isRestored || database.changesCount > 0
        guard isRestored, let handling = alarm.handling else { return }
        try database.execute(
            sql: """
                UPDATE alarm SET (assigned_to, shelf_by, shelf_reason, shelf_ms, shelf_seconds,
                    shelf_until_ms, last_comment, last_comment_by, is_told, escalations,
                    unknown_ms, steps) = (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
                WHERE station = ?1 AND rule = ?2 AND occurrence = ?3
                """,
            arguments: key + [
                handling.assignedTo, handling.shelfBy, handling.shelfReason,
                handling.shelfBy == nil ? nil : 0, handling.shelfSeconds,
                handling.shelfUntilMilliseconds, handling.lastComment, handling.lastCommentBy,
                handling.isTold, handling.escalations, handling.isUnknown ? 0 : nil,
                handling.steps,
            ])
    }
}

extension StoreMirror.Records.Handling {
    init(_ handling: AlarmHandling) {
        assignedTo = handling.assignedTo
        shelfBy = handling.shelf?.actor
        shelfReason = handling.shelf?.reason
        shelfSeconds = handling.shelf?.seconds
        shelfUntilMilliseconds = handling.shelf?.until.milliseconds
        lastComment = handling.lastComment
        lastCommentBy = handling.lastCommentBy
        isTold = handling.isTold
        escalations = Int64(handling.escalationCount)
        isUnknown = handling.unknownSince != nil
        steps = Int64(handling.stepCount)
    }

    /// What a run without a store knows of it. It has no moments, so nothing is put aside there, and
    /// what nobody knows of has been so since the machine started: a lamp must not go out for it, and
    /// a reminder comes too soon rather than not at all.
    var withoutMoments: AlarmHandling {
        var handling = AlarmHandling()
        handling.assignedTo = assignedTo
        handling.lastComment = lastComment
        handling.lastCommentBy = lastCommentBy
        handling.isTold = isTold
        handling.escalationCount = UInt8(clamping: escalations)
        handling.stepCount = UInt32(clamping: steps)
        handling.unknownSince = isUnknown ? SteadyInstant(milliseconds: 0) : nil
        return handling
    }
}
