import GRDB
package import GatewayModel
package import GatewayPorts

/// Reckoning the past anew by later versions of calibrations, while new readings come in.
///
/// Readings that came before the recomputation was asked for stand in `recent` or in the archive, and
/// compaction only moves them from there to here: first the one is gone through, then the other.
/// Whoever is met twice stands already as it should.
extension SQLiteStore {
    /// Rows that are changed before the clock is looked at.
    private static let recalibratedChunk = 256
    /// Rows of all channels in arrival order among which one chunk is looked for.
    private static let scannedChunk = 20_000

    /// Reckons one slice of the stored readings anew, and has targets get again what has changed.
    package func recalibrate(
        by recalibrator: any Recalibrator
    ) throws(AdapterFailure) -> RecalibrationSlice? {
        // What still comes over from another database would be missed.
        guard !isSalvaging,
            try read("look for recomputations", { try CalibrationRows.task(in: $0) }) != nil
        else { return nil }
        return try write("reckon readings anew") { database in
            guard var task = try CalibrationRows.task(in: database) else { return nil }
            let changed = try self.recalibrate(&task, by: recalibrator, in: database)
            try CalibrationRows.save(task, in: database)
            if !changed.isEmpty { try RecordRows.giveBack(changed, in: database) }
            return RecalibrationSlice(changed: changed, progress: task.progress)
        }
    }

    private func recalibrate(
        _ task: inout CalibrationRows.Task, by recalibrator: any Recalibrator, in database: Database
    ) throws -> [ClosedRange<Int64>] {
        let deadline = ContinuousClock.now + .milliseconds(limits.sliceMilliseconds)
        let sensor = task.progress.order.sensor
        guard let channel = try Self.channel(of: sensor, in: database) else {
            task.progress.isDone = true
            return []
        }
        let past = CompanionPast(database)
        var changed: [Int64] = []
        repeat {
            var step = RecalibrationStep(
                sensor: sensor, channel: channel, recalibrator: recalibrator, past: past)
            if task.recentRow != nil {
                try goThroughRecent(&task, &step, in: database)
            } else {
                try goThroughArchive(&task, &step, in: database)
            }
            task.progress.seenCount += Int64(step.seenCount)
            task.progress.changedCount += Int64(step.changed.count)
            changed += step.changed
        } while !task.progress.isDone && ContinuousClock.now < deadline
        return Self.ranges(of: changed)
    }

    private static func channel(of sensor: SensorID, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT number FROM channel WHERE station = ? AND sensor = ?",
            arguments: [sensor.station.text, sensor.local])
    }

    private func goThroughRecent(
        _ task: inout CalibrationRows.Task, _ step: inout RecalibrationStep, in database: Database
    ) throws {
        let first = task.recentRow ?? 0
        let end = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(row) FROM (SELECT row FROM recent WHERE row > ? ORDER BY row
                LIMIT \(Self.scannedChunk))
                """, arguments: [first])
        guard let end else {
            task.recentRow = nil
            return
        }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT \(ObservationRow.columns) FROM recent WHERE row > ?1 AND row <= ?2
                AND channel = ?3 AND time_ms >= ?4 ORDER BY row LIMIT \(Self.recalibratedChunk)
                """,
            arguments: [
                first, end, step.channel, task.progress.order.from?.milliseconds ?? .min,
            ])
        for row in rows { try step.take(row, of: "recent", in: database) }
        let isFull = rows.count == Self.recalibratedChunk
        task.recentRow = isFull ? rows.last.map { RecordRows.number($0, 0) } : end
    }

    private func goThroughArchive(
        _ task: inout CalibrationRows.Task, _ step: inout RecalibrationStep, in database: Database
    ) throws {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT \(ObservationRow.columns) FROM archive
                    WHERE channel = ? AND (time_ms, row) > (?, ?)
                    ORDER BY time_ms, row LIMIT \(Self.recalibratedChunk)
                    """), arguments: [step.channel, task.time, task.row])
        var times: Set<Int64> = []
        for row in rows where try step.take(row, of: "archive", in: database) {
            times.insert(RecordRows.number(row, 7))
        }
        if !times.isEmpty {
            try RollUpRows.sumAnew(
                channel: step.channel, around: times, keepsPartial: true, in: database)
        }
        if let last = rows.last {
            (task.time, task.row) = (RecordRows.number(last, 7), RecordRows.number(last, 0))
        }
        task.progress.isDone = rows.count < Self.recalibratedChunk
    }

    /// Rows as ranges.
    static func ranges(of rows: [Int64]) -> [ClosedRange<Int64>] {
        rows.map { $0...$0 }.joined(atMost: .max)
    }
}

/// Some rows of a recomputation.
private struct RecalibrationStep {
    let sensor: SensorID
    let channel: Int64
    let recalibrator: any Recalibrator
    let past: CompanionPast
    private(set) var seenCount = 0
    /// The rows that say something else now.
    private(set) var changed: [Int64] = []

    init(
        sensor: SensorID, channel: Int64, recalibrator: any Recalibrator, past: CompanionPast
    ) {
        self.sensor = sensor
        self.channel = channel
        self.recalibrator = recalibrator
        self.past = past
    }

    /// Reckons one row anew.
    ///
    /// - Returns: whether it says something else now. Where only the number of the version is another
    ///   one, nobody needs to get it again.
    @discardableResult
    mutating func take(
        _ row: Row, of table: String, in database: Database
    ) throws -> Bool {
        seenCount += 1
        let before = ObservationRow.observation(row)
        guard
            var after = try recalibrator.anew(
                before, of: sensor, companion: { try past.value(of: $0, at: $1) })
        else { return false }
        let number = RecordRows.number(row, 0)
        var sameNumber = before
        sameNumber.calibrationVersion = after.calibrationVersion
        let isChanged = after != sameNumber
        if isChanged {
            let count = before.recalibrationCount
            after.recalibrationCount = count == .max ? count : count + 1
            changed.append(number)
        }
        let place = table == "recent" ? "row = ?7" : "row = ?7 AND channel = ?9 AND time_ms = ?10"
        var arguments: StatementArguments = [
            after.value, Int64(after.flag.rawValue), Int64(bitPattern: after.report.packed),
            Int64(after.calibrationVersion), Int64(after.marks.rawValue),
            after.recalibrationCount == 0 ? nil : Int64(after.recalibrationCount), number,
            (after.finalReport?.packed).map { Int64(bitPattern: $0) },
        ]
        if table != "recent" { arguments += [channel, before.time.milliseconds] }
        try database.cachedStatement(
            sql: """
                UPDATE \(table) SET value = ?1, flag = ?2, report = ?3, calibration = ?4, marks = ?5,
                    recalibrations = ?6, final_report = ?8
                WHERE \(place)
                """
        ).execute(arguments: arguments)
        return isChanged
    }
}

/// What the sensors beside said at times gone by.
///
/// Live, a reading goes by what its companion said last before it came; here by what it said last
/// before the reading's own time, or where that is too long ago, by what it said first afterwards.
private final class CompanionPast {
    private static let usable = """
        value IS NOT NULL
        AND flag NOT IN (\(QualityFlag.suspect.rawValue), \(QualityFlag.fail.rawValue))
        AND marks & \(ObservationMarks([.atLeast, .below]).rawValue) = 0
        """

    private let database: Database
    private var channels: [SensorID: Int64?] = [:]
    /// What stands in arrival order, by time; read once a slice, for there is no index.
    private var arrived: [Int64: [(time: Int64, value: Double)]] = [:]

    init(_ database: Database) { self.database = database }

    /// The value at a time; nil where there is none of that age.
    func value(of source: Companion.Source, at time: UTCInstant) throws -> Double? {
        guard let channel = try channel(of: source.sensor) else { return nil }
        let age = Int64((source.greatestAgeSeconds * 1000).rounded())
        let moment = time.milliseconds
        let recent = try readArrived(channel)
        let place = recent.partitioningIndex { $0.time > moment }
        let before = [
            try archived(channel, "time_ms BETWEEN ?3 AND ?2", "DESC", moment, moment - age),
            place > 0 ? recent[place - 1] : nil,
        ].compactMap(\.self).max { $0.time < $1.time }
        if let before, moment - before.time <= age { return before.value }
        let after = [
            try archived(channel, "time_ms > ?2 AND time_ms <= ?3", "ASC", moment, moment + age),
            place < recent.count ? recent[place] : nil,
        ].compactMap(\.self).min { $0.time < $1.time }
        if let after, after.time - moment <= age { return after.value }
        return nil
    }

    private func channel(of sensor: SensorID) throws -> Int64? {
        if let known = channels[sensor] { return known }
        let number = try Int64.fetchOne(
            database, sql: "SELECT number FROM channel WHERE station = ? AND sensor = ?",
            arguments: [sensor.station.text, sensor.local])
        channels[sensor] = .some(number)
        return number
    }

    private func readArrived(_ channel: Int64) throws -> [(time: Int64, value: Double)] {
        if let known = arrived[channel] { return known }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT time_ms, value FROM recent WHERE channel = ? AND \(Self.usable)
                ORDER BY time_ms, row
                """, arguments: [channel]
        ).map { (RecordRows.number($0, 0), ($0[1] as Double?) ?? 0) }
        arrived[channel] = rows
        return rows
    }

    private func archived(
        _ channel: Int64, _ condition: String, _ direction: String, _ moment: Int64, _ end: Int64
    ) throws -> (time: Int64, value: Double)? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT time_ms, value FROM archive
                    WHERE channel = ?1 AND \(condition) AND \(Self.usable)
                    ORDER BY time_ms \(direction), row \(direction) LIMIT 1
                    """), arguments: [channel, moment, end]
        ).map { (RecordRows.number($0, 0), ($0[1] as Double?) ?? 0) }
    }
}

extension [(time: Int64, value: Double)] {
    /// The first place whose element fulfils a condition that all behind it fulfil too.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
