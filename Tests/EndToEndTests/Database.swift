import Foundation
import GRDB
import TestSupport

/// A second connection to the gateway's database, which only reads.
struct Database: Sendable {
    /// One reading, as it stands on disk.
    struct Reading: FetchableRecord, Sendable, Equatable {
        var sensor: String
        var timeMilliseconds: Int64
        var deviceMilliseconds: Int64?
        var raw: Double?
        var value: Double?
        var flag: Int
        var identity: Int
        var boot: Int64?
        var sequence: Int64?
        var errorCode: Int
        var marks: Int

        init(row: Row) {
            sensor = row["station"] + "." + row["sensor"]
            timeMilliseconds = row["time_ms"]
            deviceMilliseconds = row["device_ms"]
            raw = row["raw"]
            value = row["value"]
            flag = row["flag"]
            identity = row["identity"]
            boot = row["id_boot"]
            sequence = row["id_sequence"]
            errorCode = row["error"]
            marks = row["marks"]
        }
    }

    /// One step of an alarm, as it stands on disk.
    struct Transition: FetchableRecord, Sendable, Hashable {
        var station: String
        var rule: String
        var occurrence: Int
        var phase: String
        var timeMilliseconds: Int64
        var stage: Double?
        var cause: String

        init(row: Row) {
            station = row["station"]
            rule = row["rule"]
            occurrence = row["occurrence"]
            phase = row["to_phase"]
            timeMilliseconds = row["time_ms"]
            stage = row["stage"]
            cause = row["cause"]
        }
    }

    /// Readings wherever they lie: in the order of arrival, or already moved into the archive.
    private static let readings = """
        (SELECT * FROM (
            SELECT channel, time_ms, device_ms, raw, value, flag, identity, id_boot, id_sequence,
                error, marks, row FROM recent
            UNION ALL
            SELECT channel, time_ms, device_ms, raw, value, flag, identity, id_boot, id_sequence,
                error, marks, row FROM archive)
        JOIN channel ON channel.number = channel)
        """

    let path: String
    private let queue: DatabaseQueue

    /// Opens the file, which a daemon may be using.
    ///
    /// - Throws: SQLite's error.
    init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Opens a copy of what a killed daemon has left behind, its log included.
    ///
    /// A copy, because a reader cannot repair the log, and a writer would do the next start's work.
    init(copyOf path: String, in directory: TemporaryDirectory, name: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(
                atPath: path + suffix, toPath: directory.file(name + suffix))
        }
        self.path = directory.file(name)
        queue = try DatabaseQueue(path: self.path)
    }

    /// The first column of a query's first row, as a number; 0 where there is none.
    func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: sql, arguments: arguments) ?? 0 }
    }

    /// How many readings are on disk, of one sensor or of all.
    func readingCount(sensor: String? = nil) throws -> Int {
        try count(
            "SELECT count(*) FROM \(Self.readings) WHERE ?1 IS NULL OR station || '.' || sensor = ?1",
            [sensor])
    }

    /// How many readings fulfil a condition on the columns of the store.
    func readingCount(where condition: String, _ arguments: StatementArguments = []) throws -> Int {
        try count("SELECT count(*) FROM \(Self.readings) WHERE \(condition)", arguments)
    }

    /// How many readings repeat the identity of another one.
    func repeatedIdentityCount() throws -> Int {
        try count(
            """
            SELECT coalesce(sum(n - 1), 0) FROM (
                SELECT count(*) AS n FROM \(Self.readings) WHERE identity = 1
                GROUP BY channel, id_boot, id_sequence
                UNION ALL
                SELECT count(*) AS n FROM \(Self.readings) WHERE identity = 2
                GROUP BY channel, device_ms)
            """)
    }

    /// The readings in the order of arrival, of one sensor or of all.
    func readings(sensor: String? = nil) throws -> [Reading] {
        try queue.read { database in
            try Reading.fetchAll(
                database,
                sql: """
                    SELECT * FROM \(Self.readings)
                    WHERE ?1 IS NULL OR station || '.' || sensor = ?1 ORDER BY row
                    """, arguments: [sensor])
        }
    }

    /// Boot counter and sequence of every reading that has them.
    func sequences() throws -> Set<ReadingName> {
        try queue.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT station || '.' || sensor AS name, id_boot, id_sequence
                    FROM \(Self.readings) WHERE identity = 1
                    """)
            return Set(rows.map { ReadingName(sensor: $0[0], boot: $0[1], sequence: $0[2]) })
        }
    }

    /// All steps of all alarms, in their order.
    func transitions() throws -> [Transition] {
        try queue.read { database in
            try Transition.fetchAll(
                database,
                sql: """
                    SELECT a.station, a.rule, a.occurrence, t.to_phase, t.time_ms, t.stage, t.cause
                    FROM alarm_transition AS t JOIN alarm AS a ON a.number = t.alarm ORDER BY t.row
                    """)
        }
    }
}

/// What makes a firmware reading the same reading.
struct ReadingName: Hashable, Sendable {
    var sensor: String
    var boot: UInt32
    var sequence: UInt32
}
