import Forwarding
import GatewayPorts
import Testing

@Suite struct DeliveryScheduleTests {
    private let settings = DeliverySettings(
        itemLimit: 10, liveWindowRows: 40, backlogIntervalSeconds: 1, backlogRangeLimit: 4)

    // MARK: - Rows that come back

    @Test func `rows that come back behind the cursor are delivered, live ones first`() throws {
        var schedule = DeliverySchedule(
            target: "t", settings: settings,
            restoring: [
                TargetProgress(
                    target: "t", stream: .observations, position: 100, backlog: [50...60])
            ], ends: StreamPositions(observations: 101))
        // What it has not passed yet comes in its turn, once.
        schedule.resume([1...9, 55...70, 101...101])
        #expect(schedule.waitingCount == 1 + 9 + 21)
        guard case .attempt(let live) = schedule.next(nowNanoseconds: 0) else {
            Issue.record("nothing is to be delivered")
            return
        }
        #expect(live.lane == .live)
        schedule.finish(live, .confirmed(count: 1, through: 101), nowNanoseconds: 0)
        let record = try #require(
            schedule.progressToRecord(nowNanoseconds: 0, isStopping: true).last {
                $0.stream == .observations
            })
        #expect(record.backlog == [1...9, 50...70])
        guard case .attempt(let old) = schedule.next(nowNanoseconds: 10_000_000_000) else {
            Issue.record("nothing is left")
            return
        }
        #expect(old.lane == .backlog)
    }

    // MARK: - Whole runs under a seed

    @Test(arguments: UInt64(0)..<30)
    func `without failures every row arrives once, over clean restarts too`(seed: UInt64) {
        var world = SimulatedTarget(seed: seed, settings: settings)
        for _ in 0..<150 {
            addAtRandom(&world)
            for _ in 0..<Int.random(in: 0...6, using: &world.random) { _ = world.turn() }
            // A restart far behind moves rows into the backlog; none of them may go out twice.
            if Int.random(in: 0..<12, using: &world.random) == 0 { world.restart(isCrash: false) }
        }
        drain(&world)
        for stream in DeliveryStream.allCases {
            let arrivals = world.arrivals[stream] ?? [:]
            #expect(Set(arrivals.keys) == Set(world.rows[stream] ?? []))
            // The joining of ranges beyond the limit is the one exception, so it has its own test.
            if world.mostBacklogRanges < settings.backlogRangeLimit {
                #expect(arrivals.values.allSatisfy { $0 == 1 })
            }
        }
        #expect(world.schedule.waitingCount == 0)
        #expect(world.schedule.failedAttemptCount == 0)
    }

    @Test(arguments: UInt64(100)..<140)
    func `over failures, refusals and crashes every row arrives or is counted`(seed: UInt64) {
        var world = SimulatedTarget(seed: seed, settings: settings)
        for _ in 0..<200 {
            addAtRandom(&world)
            let newest = world.ends.observations
            if world.arrivals[.observations]?[newest] == nil,
                Int.random(in: 0..<5, using: &world.random) == 0
            {
                world.poison.insert(newest)
            }
            switch Int.random(in: 0..<10, using: &world.random) {
            case 0: world.behaviour = .isAway
            case 1...4: world.behaviour = .failsAtTimes(share: 0.4)
            default: world.behaviour = .takesAll
            }
            for _ in 0..<Int.random(in: 0...8, using: &world.random) { _ = world.turn() }
            if Int.random(in: 0..<10, using: &world.random) == 0 {
                world.restart(isCrash: Bool.random(using: &world.random))
            }
        }
        world.behaviour = .takesAll
        drain(&world)
        for stream in DeliveryStream.allCases {
            let arrived = Set((world.arrivals[stream] ?? [:]).keys)
            let missing = Set(world.rows[stream] ?? []).subtracting(arrived)
            #expect(missing.subtracting(world.refused).isEmpty)
        }
        let poisoned = world.poison.intersection(world.rows[.observations] ?? [])
        #expect(world.refused == poisoned)
        #expect(world.mostBacklogRanges <= settings.backlogRangeLimit)
        #expect(world.schedule.waitingCount == 0)
    }

    @Test
    func `after ten days away the newest reading goes first and the rest follows at its pace`()
        throws
    {
        let settings = DeliverySettings(itemLimit: 100, backlogIntervalSeconds: 2)
        var world = SimulatedTarget(seed: 7, settings: settings)
        world.add(observations: 5)
        drain(&world)
        world.behaviour = .isAway
        let outageRows = 20 * 60 * 24 * 10 / 20
        for _ in 0..<outageRows / 20 {
            world.add(observations: 20)
            _ = world.turn()
        }
        world.behaviour = .takesAll
        let before = world.log.count
        while world.log.count == before {
            let goesOn = world.turn()
            try #require(goesOn)
        }
        #expect(world.log.last?.lane == .live)
        #expect(world.log.last?.rows.last == world.ends.observations)

        // One backlog delivery is out; an alarm and a reading that come now go before the next.
        while world.log.last?.lane != .backlog {
            let goesOn = world.turn()
            try #require(goesOn)
        }
        #expect(world.log.last?.rows.first == 6)
        world.add(observations: 1, transitions: 1)
        _ = world.turn()
        _ = world.turn()
        #expect(world.log.suffix(2).map(\.lane) == [.alarms, .live])

        drain(&world)
        #expect(Set((world.arrivals[.observations] ?? [:]).keys).count == outageRows + 6)
        let times = world.log.filter { $0.lane == .backlog }.map(\.nanoseconds)
        #expect((outageRows / 100 - 1...outageRows / 100 + 1).contains(times.count))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 2_000_000_000 })
    }

    @Test func `a target slower than its river keeps few ranges and gets everything in the end`() {
        var world = SimulatedTarget(seed: 11, settings: settings)
        for _ in 0..<200 {
            world.add(observations: 60)
            _ = world.turn()
        }
        world.restart(isCrash: false)
        #expect(world.mostBacklogRanges <= 4)
        drain(&world)
        #expect(
            Set((world.arrivals[.observations] ?? [:]).keys)
                == Set(world.rows[.observations] ?? []))
    }

    // MARK: - Single promises

    @Test func `a new target begins at the present end, and that is recorded at once`() throws {
        let ends = StreamPositions(observations: 900, transitions: 8, detections: 3)
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: [], ends: ends)
        let recorded = schedule.progressToRecord(nowNanoseconds: 5)
        #expect(recorded.map(\.position) == [8, 3, 900, 0])
        expectWait(&schedule, at: 5, until: nil)
        schedule.extend(to: StreamPositions(observations: 901, transitions: 8, detections: 3))
        let attempt = try attempt(&schedule, at: 6)
        #expect(attempt.rows == 901...901 && attempt.lane == .live)
    }

    @Test func `a new target gets everything where its settings say so`() throws {
        var settings = settings
        settings.startsFromBeginning = true
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: [],
            ends: StreamPositions(observations: 30, transitions: 8))
        let first = try attempt(&schedule, at: 0)
        #expect(first.rows == 1...8)
        #expect(schedule.waitingCount == 38)
    }

    @Test func `rows that are gone stall nothing`() {
        var world = SimulatedTarget(seed: 1, settings: settings)
        world.add(observations: 3)
        world.add(observations: 2, untold: 5, gap: 1_000_000_000_000)
        world.add(observations: 1, gap: 70)
        drain(&world, turnLimit: 30)
        #expect(world.arrivals[.observations]?.count == 6)
        #expect(world.schedule.waitingCount == 0)
    }

    @Test func `a retry holds the same rows though more have come`() throws {
        var schedule = schedule(ends: StreamPositions())
        schedule.extend(to: StreamPositions(observations: 3))
        let first = try attempt(&schedule, at: 0)
        schedule.finish(first, .failed(through: 3, jitter: 0.5), nowNanoseconds: 0)
        schedule.extend(to: StreamPositions(observations: 9))
        expectWait(&schedule, at: 0, until: 500_000_000)
        #expect(!schedule.isReachable)
        let second = try attempt(&schedule, at: 500_000_000)
        #expect(second.rows == 1...3)
        schedule.finish(second, .confirmed(count: 3, through: 3), nowNanoseconds: 600_000_000)
        #expect(schedule.isReachable)
        let third = try attempt(&schedule, at: 600_000_000)
        #expect(third.rows == 4...9)
    }

    @Test func `on a slow line the backlog goes in pieces that a live reading can wait for`() throws
    {
        let second: Int64 = 1_000_000_000
        var schedule = DeliverySchedule(
            target: "city", settings: settings,
            restoring: [
                TargetProgress(
                    target: "city", stream: .observations, position: 1000, backlog: [1...500])
            ], ends: StreamPositions(observations: 1001))
        var now: Int64 = 0
        /// Carries one attempt out, in so many seconds for each row and one for the way.
        func carryOut(secondsPerRow: Double) throws -> DeliveryAttempt {
            now += 2 * second
            let next = try attempt(&schedule, at: now)
            let rows = min(Int64(next.limit), next.rows.upperBound - next.rows.lowerBound + 1)
            now += second + Int64(Double(rows) * secondsPerRow * 1e9)
            schedule.finish(
                next, .confirmed(count: Int(rows), through: next.rows.lowerBound + rows - 1),
                nowNanoseconds: now)
            return next
        }
        #expect(try carryOut(secondsPerRow: 0.2).lane == .live)
        let slow = try (0..<6).map { _ in try carryOut(secondsPerRow: 0.2).limit }
        #expect(slow == [10, 5, 2, 2, 2, 2], "0.4 s more than a live reading are no harm")
        let failed = try attempt(&schedule, at: now + 2 * second)
        let end = failed.rows.lowerBound + 1
        schedule.finish(failed, .failed(through: end, jitter: 0), nowNanoseconds: now + 2 * second)
        let again = try attempt(&schedule, at: now + 4 * second)
        #expect(again.rows == failed.rows.lowerBound...end, "what is in doubt goes out as it was")
        let fast = try (0..<4).map { _ in try carryOut(secondsPerRow: 0.001).limit }
        #expect(fast == [10, 4, 8, 10])
    }

    @Test func `a delivery in doubt stays the same when it becomes backlog`() throws {
        var schedule = schedule(ends: StreamPositions())
        schedule.extend(to: StreamPositions(observations: 3))
        let doubtful = try attempt(&schedule, at: 0)
        schedule.finish(doubtful, .failed(through: 3, jitter: 0), nowNanoseconds: 0)
        schedule.extend(to: StreamPositions(observations: 1000))
        let live = try attempt(&schedule, at: 0)
        #expect(live.lane == .live && live.rows == 991...1000)
        schedule.finish(live, .confirmed(count: 10, through: 1000), nowNanoseconds: 0)
        let backlog = try attempt(&schedule, at: 0)
        #expect(backlog.lane == .backlog && backlog.rows == 1...3)
    }

    @Test func `one refused item costs itself and nothing else`() {
        var world = SimulatedTarget(seed: 3, settings: settings)
        world.poison = [4]
        world.add(observations: 10)
        drain(&world)
        #expect(world.schedule.refusedCount == 1)
        #expect(world.schedule.deliveredCount == 9)
        #expect(world.arrivals[.observations]?.keys.sorted() == [1, 2, 3, 5, 6, 7, 8, 9, 10])
    }

    @Test(arguments: [(0, 1.0), (1, 2), (3, 8), (5, 32), (6, 60), (40, 60)])
    func `the ceiling of the back-off doubles and ends at a minute`(
        earlierFailures: Int, ceilingSeconds: Double
    ) throws {
        var schedule = schedule(ends: StreamPositions())
        schedule.extend(to: StreamPositions(transitions: 1))
        for _ in 0..<earlierFailures {
            let attempt = try attempt(&schedule, at: 0)
            schedule.finish(attempt, .failed(through: 1, jitter: 0), nowNanoseconds: 0)
        }
        let last = try attempt(&schedule, at: 0)
        schedule.finish(last, .failed(through: 1, jitter: 0.75), nowNanoseconds: 0)
        let expected = Int64(ceilingSeconds * 0.75 * 1e9)
        expectWait(&schedule, at: 0, until: expected)
        #expect(schedule.failedAttemptCount == UInt64(earlierFailures + 1))
    }

    @Test func `an archive that cannot be read says nothing about the target`() throws {
        var schedule = schedule(ends: StreamPositions())
        schedule.extend(to: StreamPositions(transitions: 1))
        let attempt = try attempt(&schedule, at: 0)
        schedule.finish(attempt, .unread(jitter: 0.5), nowNanoseconds: 0)
        #expect(schedule.isReachable && schedule.failedAttemptCount == 0)
        expectWait(&schedule, at: 0, until: 500_000_000)
    }

    @Test func `a restart goes on exactly where the record stands`() throws {
        let progress = [
            TargetProgress(target: "city", stream: .transitions, position: 4),
            TargetProgress(target: "city", stream: .detections, position: 0),
            TargetProgress(
                target: "city", stream: .observations, position: 100,
                backlog: [11...20, 31...35]),
            TargetProgress(target: "city", stream: .losses, position: 2),
            TargetProgress(target: "other", stream: .transitions, position: 1),
        ]
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: progress,
            ends: StreamPositions(observations: 102, transitions: 4, losses: 2))
        let record1 = schedule.progressToRecord(nowNanoseconds: 0)
        #expect(record1.isEmpty)
        #expect(schedule.waitingCount == 17)
        var seen: [ClosedRange<Int64>] = []
        var now: Int64 = 0
        while seen.count < 3 {
            let attempt = try attempt(&schedule, at: now)
            seen.append(attempt.rows)
            schedule.finish(
                attempt, .confirmed(count: attempt.rows.count, through: attempt.rows.upperBound),
                nowNanoseconds: now)
            now += 1_000_000_000
        }
        #expect(seen == [101...102, 11...20, 31...35])
        let last = schedule.progressToRecord(nowNanoseconds: now)
        #expect(last == [TargetProgress(target: "city", stream: .observations, position: 102)])
        expectWait(&schedule, at: now, until: nil)
    }

    @Test func `a record beyond the end of the store is held at it`() throws {
        let progress = [
            TargetProgress(
                target: "city", stream: .observations, position: 500, backlog: [3...6, 40...50])
        ]
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: progress,
            ends: StreamPositions(observations: 5))
        #expect(schedule.waitingCount == 3)
        schedule.extend(to: StreamPositions(observations: 6))
        let next = try attempt(&schedule, at: 0)
        #expect(next.rows == 6...6)
    }

    @Test func `progress is recorded at intervals, and whole at the stop`() throws {
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: [], ends: StreamPositions())
        let record2 = schedule.progressToRecord(nowNanoseconds: 0)
        #expect(record2.count == 4)
        for row in Int64(1)...3 {
            schedule.extend(to: StreamPositions(transitions: row))
            let attempt = try attempt(&schedule, at: row)
            schedule.finish(attempt, .confirmed(count: 1, through: row), nowNanoseconds: row)
            let record3 = schedule.progressToRecord(nowNanoseconds: row)
            #expect(record3.isEmpty)
        }
        expectWait(&schedule, at: 4, until: 5_000_000_000)
        var stopped = schedule
        let expected = [TargetProgress(target: "city", stream: .transitions, position: 3)]
        let record4 = stopped.progressToRecord(nowNanoseconds: 4, isStopping: true)
        #expect(record4 == expected)
        let record5 = schedule.progressToRecord(nowNanoseconds: 5_000_000_000)
        #expect(record5 == expected)
        let record6 = schedule.progressToRecord(nowNanoseconds: 9_999_999_999)
        #expect(record6.isEmpty)
    }

    // MARK: -

    private func schedule(ends: StreamPositions) -> DeliverySchedule {
        var schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: [], ends: ends)
        _ = schedule.progressToRecord(nowNanoseconds: -1_000_000_000_000)
        return schedule
    }

    private func attempt(
        _ schedule: inout DeliverySchedule, at now: Int64
    ) throws -> DeliveryAttempt {
        guard case .attempt(let attempt) = schedule.next(nowNanoseconds: now) else {
            throw NothingToAttempt()
        }
        return attempt
    }

    private func expectWait(
        _ schedule: inout DeliverySchedule, at now: Int64, until moment: Int64?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let step = schedule.next(nowNanoseconds: now)
        #expect(step == .wait(untilNanoseconds: moment), sourceLocation: sourceLocation)
    }

    private func drain(
        _ world: inout SimulatedTarget, turnLimit: Int = 200_000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isDrained = world.drain(turnLimit: turnLimit)
        #expect(isDrained, sourceLocation: sourceLocation)
    }

    private func addAtRandom(_ world: inout SimulatedTarget) {
        let count = Int.random(in: 0...30, using: &world.random)
        world.add(
            observations: Int.random(in: 0..<20, using: &world.random) == 0 ? count * 10 : count,
            transitions: Int.random(in: 0..<8, using: &world.random) == 0 ? 2 : 0,
            detections: Int.random(in: 0..<8, using: &world.random) == 0 ? 1 : 0,
            untold: Int.random(in: 0...2, using: &world.random),
            losses: Int.random(in: 0..<6, using: &world.random) == 0 ? 3 : 0,
            gap: count > 0 && Int.random(in: 0..<10, using: &world.random) == 0 ? 25 : 0)
    }
}

private struct NothingToAttempt: Error {
}
