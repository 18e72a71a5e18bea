package import GatewayModel
package import GatewayPorts
import GRDB

/// What the pipeline asks after a start, and when its own memory does not reach back far enough.
extension SQLiteStore {
    /// The newest identities of every channel, oldest first.
    ///
    /// - Complexity: one pass over `recent`, newest first, which ends where every channel has enough,
    ///   and `limitPerChannel` rows of each channel's end of the archive.
    package func newestIdentities(
        limitPerChannel: Int
    ) throws(AdapterFailure) -> [StoredIdentity] {
        guard limitPerChannel > 0 else { return [] }
        return try read("read the newest identities") { database in
            let channels = try Int64.fetchAll(database, sql: "SELECT number FROM channel")
            var found: [Int64: [(row: Int64, identity: StoredIdentity)]] = [:]
            var unfilledCount = channels.count
            func take(_ row: Row) {
                // Most rows are passed over after a long outage of a target: two columns tell.
                let number = RecordRows.number(row, 1)
                guard RecordRows.number(row, 14) != 0,
                    found[number, default: []].count < limitPerChannel
                else { return }
                let observation = ObservationRow.observation(row)
                guard observation.identity != .none else { return }
                let identity = StoredIdentity(
                    channel: observation.channel, identity: observation.identity,
                    contentDigest: observation.contentDigest, deviceID: observation.deviceID,
                    time: observation.time)
                found[number, default: []].append((RecordRows.number(row, 0), identity))
                if found[number]?.count == limitPerChannel { unfilledCount -= 1 }
            }
            let columns = ObservationRow.columns
            let arrived = try Row.fetchCursor(
                database, sql: "SELECT \(columns) FROM recent ORDER BY row DESC")
            while unfilledCount > 0, let row = try arrived.next() { take(row) }
            for number in channels {
                let missing = limitPerChannel - (found[number]?.count ?? 0)
                guard missing > 0 else { continue }
                let moved = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT \(columns) FROM archive WHERE channel = ? AND identity != 0
                        ORDER BY time_ms DESC, row DESC LIMIT ?
                        """, arguments: [number, missing])
                while let row = try moved.next() { take(row) }
            }
            return found.values.joined().sorted { $0.row < $1.row }.map(\.identity)
        }
    }

    /// The highest identity of the kind and boot of a reading that its channel has.
    ///
    /// - Complexity: as `lookUp`; asked once for each boot of a device.
    package func highestIdentity(
        like observation: Observation
    ) throws(AdapterFailure) -> ReadingIdentity? {
        let channel = Int64(observation.channel.number)
        let column: String
        let condition: String
        var arguments: StatementArguments = [channel]
        switch observation.identity {
        case .none: return nil
        case .deviceTime: (column, condition) = ("device_ms", "identity = 2")
        case .sequence(let boot, _):
            (column, condition) = ("id_sequence", "identity = 1 AND id_boot = ?")
            arguments += [Int64(boot)]
        }
        let newest = """
            (SELECT * FROM archive WHERE channel = ?
            ORDER BY time_ms DESC, row DESC LIMIT \(limits.identityScanRows))
            """
        let highest = try read("look the highest identity of a channel up") { database in
            try [
                "SELECT max(\(column)) FROM recent WHERE channel = ? AND \(condition)",
                "SELECT max(\(column)) FROM \(newest) WHERE \(condition)",
            ].compactMap { try Int64.fetchOne(database, sql: $0, arguments: arguments) }.max()
        }
        switch observation.identity {
        case .none: return nil
        case .deviceTime: return highest.map { .deviceTime(UTCInstant(milliseconds: $0)) }
        case .sequence(let boot, _):
            return highest.map {
                .sequence(bootCounter: boot, sequence: UInt32(truncatingIfNeeded: $0))
            }
        }
    }

    /// What is stored of a reading's identity.
    ///
    /// - Complexity: one pass over `recent`, and in the archive: for a device time one search by
    ///   key; for a sequence number, and for a device time that was refused, a walk over the
    ///   channel's newest `StoreLimits.identityScanRows` rows. A reading that comes again after
    ///   more than that many others is not recognised and is stored again.
    package func lookUp(_ observation: Observation) throws(AdapterFailure) -> IdentityLookup {
        let identity = ObservationRow.columns(of: observation.identity)
        guard identity.kind != 0 else { return .absent }
        let channel = Int64(observation.channel.number)
        let columns = ObservationRow.columns
        let same: String
        let arguments: StatementArguments
        if case .deviceTime(let time) = observation.identity {
            same = "identity = 2 AND device_ms = ?"
            arguments = [channel, time.milliseconds]
        } else {
            same = "identity = 1 AND id_boot = ? AND id_sequence = ?"
            arguments = [channel, identity.boot, identity.sequence]
        }
        return try read("look a reading up") { database in
            var lookup = IdentityLookup.absent
            /// Whether the search is over: a reading with the same content was found.
            func search(_ source: String, _ arguments: StatementArguments) throws -> Bool {
                let sql = "SELECT \(columns) FROM \(source)"
                let rows = try Row.fetchCursor(
                    database.cachedStatement(sql: sql), arguments: arguments)
                while let row = try rows.next() {
                    let known = ObservationRow.observation(row)
                    if known.contentDigest == observation.contentDigest {
                        lookup = .stored
                        return true
                    }
                    lookup = .conflicting
                }
                return false
            }
            if try search("recent WHERE channel = ? AND \(same)", arguments) { return lookup }
            if case .deviceTime(let time) = observation.identity {
                let key: StatementArguments = [channel, time.milliseconds, time.milliseconds]
                if try search("archive WHERE channel = ? AND time_ms = ? AND \(same)", key) {
                    return lookup
                }
                guard observation.marks.contains(.deviceTimeRefused) else { return lookup }
            }
            let newest = """
                (SELECT \(columns) FROM archive WHERE channel = ?
                ORDER BY time_ms DESC, row DESC LIMIT \(self.limits.identityScanRows))
                """
            _ = try search("\(newest) WHERE \(same)", arguments)
            return lookup
        }
    }

    /// The newest observation of each channel: the last to arrive of those that were not late, else
    /// by the readings' own time.
    ///
    /// Readings of an earlier boot come with their monotonic clock moved into this boot's: the
    /// pipeline measures intervals with it.
    package func newestObservations() throws(AdapterFailure) -> [Observation] {
        try read("read the newest observations") { database in
            var newest: [ChannelIndex: (row: Int64, boot: Int64, observation: Observation)] = [:]
            func take(_ row: Row) {
                let observation = ObservationRow.observation(row)
                let number = RecordRows.number(row, 0)
                func rank(_ row: Int64, _ observation: Observation) -> (Int64, UTCInstant, Int64) {
                    (observation.marks.contains(.late) ? 0 : row, observation.time, row)
                }
                if let known = newest[observation.channel],
                    rank(known.row, known.observation) > rank(number, observation)
                {
                    return
                }
                newest[observation.channel] = (number, RecordRows.number(row, 2), observation)
            }
            let columns = ObservationRow.columns
            let channels = try Int64.fetchAll(database, sql: "SELECT number FROM channel")
            // Newest first: behind a channel's first row that was not late nothing of it counts.
            var settled: Set<Int64> = []
            let arrived = try Row.fetchCursor(
                database, sql: "SELECT \(columns) FROM recent ORDER BY row DESC")
            while settled.count < channels.count, let row = try arrived.next() {
                let number = RecordRows.number(row, 1)
                guard !settled.contains(number) else { continue }
                take(row)
                let marks = ObservationMarks(
                    rawValue: UInt16(truncatingIfNeeded: RecordRows.number(row, 17)))
                if !marks.contains(.late) { settled.insert(number) }
            }
            let last = """
                SELECT \(columns) FROM archive WHERE channel = ?
                ORDER BY time_ms DESC, row DESC LIMIT 1
                """
            for number in channels {
                try Row.fetchOne(database, sql: last, arguments: [number]).map(take)
            }
            return newest.values.sorted { $0.observation.channel < $1.observation.channel }
                .map { entry in
                    var observation = entry.observation
                    observation.received = self.inThisBoot(observation.received, boot: entry.boot)
                    return observation
                }
        }
    }

    /// A channel's observations from `since` on that were not late, in order of arrival, at most
    /// 2000: what a trend needs to go on after a restart.
    package func observations(
        of channel: ChannelIndex, since: UTCInstant
    ) throws(AdapterFailure) -> [Observation] {
        let columns = ObservationRow.columns
        let sql = """
            SELECT \(columns) FROM recent WHERE channel = ?1 AND time_ms >= ?2
            UNION ALL SELECT \(columns) FROM archive WHERE channel = ?1 AND time_ms >= ?2
            ORDER BY row DESC LIMIT 2000
            """
        return try read("read a channel's newest observations") { database in
            let rows = try Row.fetchCursor(
                database, sql: sql, arguments: [Int64(channel.number), since.milliseconds])
            var observations: [Observation] = []
            while let row = try rows.next() {
                var observation = ObservationRow.observation(row)
                guard !observation.marks.contains(.late) else { continue }
                observation.received = self.inThisBoot(
                    observation.received, boot: RecordRows.number(row, 2))
                observations.append(observation)
            }
            return observations.reversed()
        }
    }

    /// So many archived readings are looked through for the last word of a sensor that has failed since:
    /// ten weeks at one a minute.
    private static let wordScanRows = 100_000

    /// What a channel has last said of the level: its newest observation that has a value and is neither
    /// suspect, failed nor late, and of the suspect ones since then the highest, in order of arrival.
    ///
    /// - Complexity: one pass over `recent`, and of the archive at most the newest 100 000 rows of the
    ///   channel; it ends with the first reading that is good.
    package func lastWords(of channel: ChannelIndex) throws(AdapterFailure) -> [Observation] {
        let columns = ObservationRow.columns
        let usable = """
            value IS NOT NULL AND flag NOT IN (\(QualityFlag.fail.rawValue), \
            \(QualityFlag.missing.rawValue)) AND marks & \(ObservationMarks.late.rawValue) = 0
            """
        let sources = [
            "SELECT \(columns) FROM recent WHERE channel = ? AND \(usable) ORDER BY row DESC",
            """
            SELECT \(columns) FROM (SELECT * FROM archive WHERE channel = ?
                ORDER BY time_ms DESC, row DESC LIMIT \(Self.wordScanRows))
            WHERE \(usable) ORDER BY time_ms DESC, row DESC
            """,
        ]
        return try read("read what a channel said last") { database in
            var highest: Observation?
            for sql in sources {
                let rows = try Row.fetchCursor(
                    database, sql: sql, arguments: [Int64(channel.number)])
                while let row = try rows.next() {
                    var observation = ObservationRow.observation(row)
                    observation.received = self.inThisBoot(
                        observation.received, boot: RecordRows.number(row, 2))
                    guard observation.flag == .suspect else {
                        return [observation, highest].compactMap(\.self)
                    }
                    if observation.marks.bound != .below,
                        highest?.value.map({ $0 < observation.value ?? 0 }) ?? true
                    {
                        highest = observation
                    }
                }
            }
            return [highest].compactMap(\.self)
        }
    }

    /// The observations of a channel that came last, in order of arrival, at most `limit`: what a
    /// counter needs to go on after a restart, for a clock that was set back has no say in it.
    ///
    /// Of archived rows, those with the newest times are searched.
    package func newestArrivals(
        of channel: ChannelIndex, limit: Int
    ) throws(AdapterFailure) -> [Observation] {
        let columns = ObservationRow.columns
        let sql = """
            SELECT * FROM (
                SELECT * FROM (SELECT \(columns) FROM recent WHERE channel = ?1
                    ORDER BY row DESC LIMIT ?2)
                UNION ALL
                SELECT * FROM (SELECT \(columns) FROM archive WHERE channel = ?1
                    ORDER BY time_ms DESC, row DESC LIMIT ?2)
                ORDER BY row DESC LIMIT ?2)
            ORDER BY row
            """
        return try read("read what a channel sent last") { database in
            try Row.fetchAll(
                database, sql: sql, arguments: [Int64(channel.number), max(0, limit)]
            ).map { ObservationRow.observation($0) }
        }
    }

    /// The alarms that have ever been raised, each in its latest occurrence.
    package func alarmStates() throws(AdapterFailure) -> [AlarmState] {
        try read("read the alarms") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(AlarmRows.alarmColumns), hold_boot, hold_ms FROM alarm AS a
                    WHERE occurrence = (SELECT max(occurrence) FROM alarm
                        WHERE station = a.station AND rule = a.rule) ORDER BY station, rule
                    """
            ).map { row in
                var state = try AlarmRows.alarm(row).state
                if let boot = row["hold_boot"] as Int64?, let since = row["hold_ms"] as Int64? {
                    state.holdSince = self.inThisBoot(
                        SteadyInstant(milliseconds: since), boot: boot)
                }
                // Row 0 is no boot: what the copy outside the database restored begins now.
                let boot = AlarmRows.handlingBoot(row) ?? 0
                state.handling = state.handling.moved { self.inThisBoot($0, boot: boot) }
                return state
            }
        }
    }

    /// The newest notified detection of each camera and species.
    ///
    /// Detections of an earlier boot come with their monotonic clock moved into this boot's, so
    /// that a cooldown goes on over a restart of the machine.
    package func newestNotifiedDetections() throws(AdapterFailure) -> [Detection] {
        try read("read the newest detections") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(DetectionRows.columns) FROM detection WHERE row IN (
                        SELECT max(row) FROM detection WHERE verdict = ? GROUP BY camera, species)
                    ORDER BY row
                    """, arguments: [DetectionVerdict.notified.rawValue]
            ).map { row in
                var detection = try DetectionRows.stored(row).detection
                detection.received = self.inThisBoot(
                    detection.received, boot: RecordRows.number(row, 15))
                return detection
            }
        }
    }

    /// Every device that is remembered, with what is missing of it.
    package func deviceRecords() throws(AdapterFailure) -> [DeviceRecord] {
        try read("read the devices") { try DeviceTable.records($0) }
    }

    /// The commands of the devices.
    package func deviceCommands() throws(AdapterFailure) -> [DeviceCommand] {
        try read("read the devices' commands") { try DeviceTable.commands($0) }
    }
}
