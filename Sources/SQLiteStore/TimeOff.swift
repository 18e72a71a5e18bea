import GRDB
import GatewayModel
import GatewayPorts

/// The time in which the gateway did not run: found at its start, and entered in the loss ledger once.
///
/// It begins with the last sure sign of life, the newest of what stands on disk anyway: the last start,
/// the last stop in good order, the newest reading and detection. Nothing is written just for it. The
/// start leaves its own sign in the transaction that makes the entry, so that a start that is killed
/// repeats nothing.
enum TimeOff {
    /// What the ledger says of the gateway itself.
    static let source = "gateway"
    /// Shorter times are left out, in milliseconds: a restart of the program alone takes about as long,
    /// and meanwhile the broker keeps what is sent.
    static let shortestMilliseconds: Int64 = 1000

    private static let signKey = "alive"
    private static let waitingPrefix = "off:"

    /// A moment at which the gateway surely ran.
    struct Sign: Equatable {
        var boot: Int64
        var nanoseconds: Int64
        /// The civil time where it was known, else the earliest that it can have been.
        var utc: UTCInstant
        var isKnown: Bool
    }

    /// An interval of civil time, as far as it is known.
    struct Interval: Equatable {
        var from: UTCInstant
        var to: UTCInstant
        var isFromUncertain = false
        var isToUncertain = false
    }

    // MARK: - Signs of life

    /// Leaves a sign of life; in a transaction that writes `meta` anyway.
    static func leaveSign(at now: GatewayInstant, boot: Int64, in database: Database) throws {
        let words = [
            boot, now.monotonicNanoseconds, now.utc.milliseconds, Int64(now.quality.rawValue),
        ]
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            arguments: [signKey, words.map { "\($0)" }.joined(separator: " ")])
    }

    /// The last sure sign of life, and whether the gateway was then stopped in good order; nil in a
    /// database that is new.
    ///
    /// To be asked before the present start has written anything.
    static func lastSign(in database: Database) throws -> (sign: Sign, wasStopped: Bool)? {
        var rows = try [
            "SELECT boot, received_ns, received_ms, clock FROM recent ORDER BY row DESC LIMIT 1",
            "SELECT boot, received_ns, received_ms, clock FROM detection ORDER BY row DESC LIMIT 1",
            "SELECT id, monotonic_ns, started_ms, clock FROM boot ORDER BY id DESC LIMIT 1",
        ].compactMap { try Row.fetchOne(database, sql: $0).map(Self.numbers) }
        rows += try Row.fetchAll(
            database,
            sql: """
                SELECT a.boot, a.received_ns, a.received_ms, a.clock FROM channel c
                JOIN archive a ON a.channel = c.number AND a.time_ms = (
                    SELECT max(time_ms) FROM archive WHERE channel = c.number)
                """
        ).map(Self.numbers)
        let left = try String.fetchOne(
            database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [signKey]
        ).map { $0.split(separator: " ").compactMap { Int64($0) } }.flatMap {
            $0.count == 4 ? $0 : nil
        }
        if let left { rows.append(left) }
        // Boots whose rows a salvage brought are newer by number only.
        guard let boot = left?.first ?? rows.first?[0] else { return nil }
        guard
            let newest = rows.filter({ $0[0] == boot }).max(by: { $0[1] < $1[1] })
        else { return nil }
        let isClosed = try Int64.fetchOne(
            database, sql: "SELECT value FROM meta WHERE key = 'closed'")
        return (try sign(newest, in: database), isClosed == 1)
    }

    private static func numbers(_ row: Row) -> [Int64] {
        (0..<4).map { RecordRows.number(row, $0) }
    }

    private static func sign(_ numbers: [Int64], in database: Database) throws -> Sign {
        var sign = Sign(
            boot: numbers[0], nanoseconds: numbers[1], utc: UTCInstant(milliseconds: numbers[2]),
            isKnown: numbers[3] != Int64(ClockQuality.unknown.rawValue))
        let anchor = try Row.fetchOne(
            database,
            sql: "SELECT anchor_ns, anchor_ms FROM boot WHERE id = ? AND NOT is_bounded",
            arguments: [sign.boot])
        if let nanoseconds = anchor?[0] as Int64?, let utc = anchor?[1] as Int64? {
            // Somebody may have moved the civil clock since it was set right.
            sign.utc = UTCInstant(milliseconds: utc)
                .advanced(byMilliseconds: (sign.nanoseconds &- nanoseconds) / 1_000_000)
            sign.isKnown = true
        }
        if !sign.isKnown, let earliest = try earliest(sign, in: database) { sign.utc = earliest }
        return sign
    }

    /// The earliest civil time that a moment of a boot can have had: the newest known one, and what
    /// surely passed since.
    private static func earliest(_ sign: Sign, in database: Database) throws -> UTCInstant? {
        let steady = try BootRows.steadyNanoseconds(in: database)
        guard let own = steady[sign.boot] else { return nil }
        let known = try Row.fetchAll(
            database,
            sql: """
                SELECT id, monotonic_ns, started_ms FROM boot WHERE clock > 0
                UNION ALL SELECT id, anchor_ns, anchor_ms FROM boot
                    WHERE anchor_ns IS NOT NULL AND NOT is_bounded
                UNION ALL SELECT * FROM (SELECT boot, received_ns, received_ms FROM (
                    SELECT * FROM recent ORDER BY row DESC LIMIT 20000)
                    WHERE clock > 0 ORDER BY row DESC LIMIT 1)
                """)
        return known.compactMap { row -> UTCInstant? in
            guard let other = steady[RecordRows.number(row, 0)] else { return nil }
            let passed = sign.nanoseconds &+ own &- RecordRows.number(row, 1) &- other
            guard passed >= 0 else { return nil }
            return RecordRows.instant(row, 2).advanced(byMilliseconds: passed / 1_000_000)
        }.max()
    }

    // MARK: - The entry

    /// The time from a sign of life to a start; nil where it is too short to speak of.
    ///
    /// Within one boot the monotonic clock tells its length. Over a reboot the civil clock must, and
    /// the time that the machine has been up is the least of it.
    static func interval(from sign: Sign, to start: GatewayInstant, boot: Int64) -> Interval? {
        let isStartKnown = start.quality != .unknown
        let least = start.monotonicNanoseconds / 1_000_000
        var interval = Interval(
            from: sign.utc, to: start.utc, isFromUncertain: !sign.isKnown,
            isToUncertain: !isStartKnown)
        if sign.boot == boot {
            let length = (start.monotonicNanoseconds - sign.nanoseconds) / 1_000_000
            guard length >= shortestMilliseconds else { return nil }
            if isStartKnown {
                interval.from = start.utc.advanced(byMilliseconds: -length)
                interval.isFromUncertain = false
            } else {
                interval.to = sign.utc.advanced(byMilliseconds: length)
                interval.isToUncertain = !sign.isKnown
            }
            return interval
        }
        guard isStartKnown else {
            interval.to = sign.utc.advanced(byMilliseconds: least)
            return interval
        }
        interval.holdLeast(least)
        return interval
    }

    /// Enters the time off before a start, and remembers an end that is only a bound.
    static func enter(
        _ last: (sign: Sign, wasStopped: Bool), until start: GatewayInstant, boot: Int64,
        in database: Database
    ) throws {
        let sign = last.sign
        guard let interval = interval(from: sign, to: start, boot: boot) else { return }
        let row = try LossRows.insert(
            LossRecord(
                source: source, cause: last.wasStopped ? .offStopped : .offCut,
                from: interval.from, to: interval.to, count: nil,
                isFromUncertain: interval.isFromUncertain, isToUncertain: interval.isToUncertain),
            into: database)
        guard interval.isToUncertain else { return }
        let length = sign.boot == boot ? start.monotonicNanoseconds - sign.nanoseconds : -1
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            arguments: [
                "\(waitingPrefix)\(row)", "\(boot) \(start.monotonicNanoseconds) \(length)",
            ])
    }

    // MARK: - Once the civil time is known

    /// Whether entries of this boot wait for the civil time; forgets those of boots that are over.
    static func waitsForClock(boot: Int64, in database: Database) throws -> Bool {
        var waits = false
        for (key, numbers) in try waiting(in: database) {
            if numbers.first == boot {
                waits = true
            } else {
                try database.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [key])
            }
        }
        return waits
    }

    private static func waiting(in database: Database) throws -> [(key: String, numbers: [Int64])] {
        try Row.fetchAll(
            database, sql: "SELECT key, value FROM meta WHERE key LIKE '\(waitingPrefix)%'"
        ).map { row in
            let numbers = RecordRows.text(row, 1).split(separator: " ").compactMap { Int64($0) }
            return (RecordRows.text(row, 0), numbers)
        }
    }

    /// Puts the true times into the entries of this boot that wait for them.
    ///
    /// - Parameters:
    ///   - now: a moment of this boot with known civil time.
    ///   - boot: this boot.
    ///   - database: where they stand.
    /// - Throws: what SQLite throws.
    static func settle(at now: GatewayInstant, boot: Int64, in database: Database) throws {
        for (key, numbers) in try waiting(in: database) where numbers.first == boot {
            try database.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [key])
            let id = Int64(key.dropFirst(waitingPrefix.count))
            let row = try Row.fetchOne(
                database,
                sql: "SELECT \(LossRows.columns) FROM loss WHERE row = ?1 OR first_row = ?1",
                arguments: [id])
            guard numbers.count == 3, let stored = try row.map(LossRows.stored) else { continue }
            let passed = (now.monotonicNanoseconds - numbers[1]) / 1_000_000
            var interval = Interval(
                from: stored.record.from, to: now.utc.advanced(byMilliseconds: -passed),
                isFromUncertain: stored.record.isFromUncertain)
            if numbers[2] >= 0 {
                interval.from = interval.to.advanced(byMilliseconds: -numbers[2] / 1_000_000)
                interval.isFromUncertain = false
            } else {
                interval.holdLeast(numbers[1] / 1_000_000)
            }
            // Readings of devices that know the time came before the gateway knew it.
            try database.execute(
                sql: """
                    UPDATE loss SET from_ms = ?1, to_ms = ?2, uncertain = ?3,
                    recovered = max(recovered, (SELECT count(*) FROM recent WHERE boot = ?4
                        AND received_ns >= ?5 AND device_ms IS NOT NULL
                        AND time_ms > ?1 AND time_ms < ?2)) WHERE row = ?6
                    """,
                arguments: [
                    interval.from.milliseconds, interval.to.milliseconds,
                    interval.isFromUncertain ? 1 : 0, boot, numbers[1], stored.row,
                ])
            try LossRows.renew(stored.row, in: database)
        }
    }
}

extension TimeOff.Interval {
    /// Clocks that contradict each other: the time is as long as the machine has surely been up.
    fileprivate mutating func holdLeast(_ milliseconds: Int64) {
        let earliest = to.advanced(byMilliseconds: -milliseconds)
        guard from > earliest else { return }
        from = earliest
        isFromUncertain = true
    }
}
