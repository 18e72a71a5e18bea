import GPIO
import GatewayModel
import GatewayPorts
import LineSensing
import Synchronization
import Testing

@testable import GPIOSource

@Suite struct SensedLineTests {
    private let start = ManualClock.start

    private func rainRig(
        _ pin: SimulatedPin, laneCapacity: Int = 64
    ) throws -> LineRig {
        try LineRig(
            [try lineInput("rain-1", stage: TippingBucket())], pins: ["rain-1": pin],
            laneCapacity: laneCapacity)
    }

    // MARK: Readings

    @Test(arguments: [1, 2])
    func `a tip is a sample with the kernel's time, the run and its number`(
        generation: Int
    ) throws {
        let pin = SimulatedPin(generation: generation)
        let rig = try rainRig(pin)
        rig.turn()
        let tip = start + 1_234_567_891
        pin.close(at: tip, for: 100 * millisecond)
        rig.clock.nanoseconds = start + 2 * second
        rig.turn()
        let samples = rig.taker.samples()
        #expect(samples.map(\.rawValue) == [0, 1])
        #expect(samples.map(\.receivedMonotonicNanoseconds) == [start, tip])
        #expect(samples[1].receivedUTC == ManualClock.utcAtStart.advanced(byMilliseconds: 1234))
        #expect(
            samples.map(\.identity) == [
                .sequence(bootCounter: LineRig.runNumber, sequence: 1),
                .sequence(bootCounter: LineRig.runNumber, sequence: 2),
            ])
        #expect(rig.gate.announced == 2)
    }

    @Test func `the state that a line is found in needs no edge`() throws {
        let pin = SimulatedPin()
        pin.set(true, at: 0)
        let rig = try LineRig(
            [try lineInput("float", stage: ContactSwitch(.float))], pins: ["float": pin])
        rig.run(until: start + 20 * second)
        let samples = rig.taker.samples()
        #expect(samples.map(\.rawValue) == [1])
        #expect(samples.map(\.receivedMonotonicNanoseconds) == [start])
        #expect(rig.board.snapshot[0].isActive == true)
    }

    @Test(arguments: [1, 2])
    func `an edge between the level and the next look is neither lost nor taken twice`(
        generation: Int
    ) throws {
        let pin = SimulatedPin(generation: generation)
        pin.state.withLock {
            $0.edgeAfterLevel = LineEdge(
                nanoseconds: start + 5, sequence: generation == 1 ? 0 : 1, isActive: true)
        }
        let rig = try rainRig(pin)
        #expect(rig.turn() == start + 60 * second + 5 - 5)
        #expect(rig.taker.samples().map(\.rawValue) == [0, 1])
        #expect(rig.taker.losses().isEmpty)
        #expect(rig.board.snapshot[0].lostCount == 0)
    }

    @Test func `a bouncing float is one change`() throws {
        let pin = SimulatedPin()
        let rig = try LineRig(
            [try lineInput("float", stage: ContactSwitch(.float))], pins: ["float": pin])
        rig.run(until: start + 10 * second)
        for bounce in 0..<15 {
            pin.set(bounce % 2 == 0, at: start + 10 * second + Int64(bounce) * millisecond)
        }
        rig.run(until: start + 30 * second)
        #expect(rig.taker.samples().map(\.rawValue) == [0, 1])
        #expect(rig.board.snapshot[0].bounceCount == 14)
        #expect(rig.board.snapshot[0].edgeCount == 15)
    }

    @Test func `edges that wait are taken before the time that has passed`() throws {
        let pin = SimulatedPin()
        let rig = try LineRig(
            [try lineInput("float", stage: ContactSwitch(.float))], pins: ["float": pin])
        rig.run(until: start + 10 * second)
        pin.set(true, at: start + 11 * second)
        rig.clock.nanoseconds = start + 11 * second
        rig.turn()
        // It falls before it has settled, and is looked at only afterwards.
        pin.set(false, at: start + 15 * second)
        rig.clock.nanoseconds = start + 17 * second
        rig.turn()
        rig.run(until: start + 30 * second)
        #expect(rig.taker.samples().map(\.rawValue) == [0])
    }

    @Test func `no time has passed for a line whose edges still wait`() throws {
        let pin = SimulatedPin(generation: 1)
        let rig = try LineRig(
            [try lineInput("float", stage: ContactSwitch(.float))], pins: ["float": pin])
        rig.run(until: start + 10 * second)
        // An even number of edges in a few milliseconds, more than one turn takes.
        pin.state.withLock { $0.edgesToCome = 999 }
        pin.set(true, at: start + 11 * second)
        rig.clock.nanoseconds = start + 20 * second
        #expect(rig.turn().map { $0 <= rig.now } == true)
        #expect(rig.board.snapshot[0].edgeCount < 1000)
        #expect(rig.board.snapshot[0].isActive == true)
        rig.run(until: start + 40 * second)
        #expect(rig.board.snapshot[0].edgeCount == 1000)
        // The buffer was full, so that the state had to settle anew: it is the one that was told.
        #expect(rig.taker.samples().map(\.rawValue) == [0])
    }

    // MARK: Losses

    @Test func `numbered edges that were dropped are counted exactly, and no rain is lost`() throws
    {
        let pin = SimulatedPin(capacity: 16)
        let rig = try rainRig(pin)
        rig.turn()
        for tip in 1...20 {
            pin.close(at: start + Int64(tip) * second, for: 100 * millisecond)
        }
        rig.run(until: start + 21 * second)
        #expect(pin.droppedCount == 24)
        // The oldest went: the first edge that was read is the thirteenth tip's.
        #expect(
            rig.taker.losses() == [
                LossRecord(
                    source: "pole-1.rain-1", cause: .edgesLost, from: ManualClock.utc(start),
                    to: ManualClock.utc(start + 13 * second), count: 24)
            ])
        let samples = rig.taker.samples()
        #expect(samples.last?.rawValue == 20)
        #expect(samples.first { $0.marks.contains(.isEstimated) }?.rawValue == 13)
        #expect(rig.board.snapshot[0].lostCount == 24)
        #expect(!rig.board.snapshot[0].isLostAtLeast)
    }

    @Test(arguments: [40, 41])
    func `without numbers a full buffer and the level tell of the loss`(edgeCount: Int) throws {
        let pin = SimulatedPin(generation: 1)
        let rig = try rainRig(pin)
        rig.turn()
        for edge in 0..<edgeCount {
            pin.set(edge % 2 == 0, at: start + Int64(edge + 1) * second)
        }
        rig.clock.nanoseconds = start + 50 * second
        rig.turn()
        #expect(pin.droppedCount == edgeCount - 16)
        let isOdd = edgeCount % 2 == 1
        // An odd number dropped leaves another level; of an even one nothing is certain.
        #expect(
            rig.taker.losses().map(\.count) == [isOdd ? 1 : nil])
        #expect(rig.taker.losses()[0].isAtLeast == isOdd)
        #expect(rig.taker.losses()[0].from == ManualClock.utc(start + 16 * second))
        #expect(rig.taker.losses()[0].to == ManualClock.utc(start + 50 * second))
        #expect(rig.board.snapshot[0].isLostAtLeast)
        let samples = rig.taker.samples()
        #expect(samples.last?.rawValue == (isOdd ? 9 : 8))
        rig.run(until: start + 120 * second)
        // Where nothing certain was added, the next report says that it is estimated.
        #expect((samples + rig.taker.samples()).contains { $0.marks.contains(.isEstimated) })
    }

    @Test func `a storm makes one loss record in ten seconds, and the sum is exact`() throws {
        let pin = SimulatedPin(capacity: 64)
        let rig = try rainRig(pin)
        rig.turn()
        var isActive = false
        var moment = start
        for _ in 0..<300 {
            for _ in 0..<200 {
                isActive.toggle()
                moment += millisecond
                pin.set(isActive, at: moment)
            }
            rig.clock.nanoseconds = moment
            rig.turn()
        }
        rig.finish()
        let losses = rig.taker.losses()
        #expect(losses.count <= 7)
        #expect(losses.allSatisfy { !$0.isAtLeast })
        #expect(losses.compactMap(\.count).reduce(0, +) == UInt64(pin.droppedCount))
        #expect(pin.droppedCount == 300 * (200 - 64))
    }

    // MARK: The end

    @Test func `the end reads what the kernel still keeps`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.turn()
        _ = rig.taker.samples()
        for tip in 1...300 {
            pin.close(at: start + Int64(tip) * second, for: 100 * millisecond)
        }
        rig.clock.nanoseconds = start + 301 * second
        rig.finish()
        #expect(rig.taker.samples().last?.rawValue == 300)
        #expect(!rig.isHeld(0))
        #expect(!pin.state.withLock { $0.isHeld })
        #expect(!rig.board.snapshot[0].isHeld)
    }

    @Test func `a line that is missing at the end leaves its loss behind`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.turn()
        pin.vanish()
        rig.clock.nanoseconds += second
        rig.turn()
        rig.clock.nanoseconds += second
        rig.finish()
        #expect(
            rig.taker.losses() == [
                LossRecord(
                    source: "pole-1.rain-1", cause: .edgesLost,
                    from: ManualClock.utc(start + second), to: ManualClock.utc(start + 2 * second),
                    count: nil)
            ])
    }
}

// MARK: - A line that fails

extension SensedLineTests {
    @Test func `a line that vanishes and returns goes on counting`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.turn()
        pin.close(at: start + second, for: 100 * millisecond)
        rig.run(until: start + 5 * second)
        pin.vanish()
        rig.run(until: start + 8 * second)
        #expect(!rig.isHeld(0))
        #expect(rig.board.snapshot[0].detail.contains("no such chip"))
        #expect(rig.board.snapshot[0].isActive == nil)
        pin.becomeFree()
        pin.set(true, at: start + 9 * second)
        rig.run(until: start + 20 * second)
        #expect(rig.isHeld(0))
        pin.set(false, at: start + 21 * second)
        pin.close(at: start + 25 * second, for: 100 * millisecond)
        rig.run(until: start + 30 * second)
        let samples = rig.taker.samples()
        #expect(samples.map(\.errorCode) == [0, 0, ReadingError.lineUnavailable, 0, 0])
        #expect(samples.map(\.rawValue).filter { !$0.isNaN } == [0, 1, 1, 2])
        #expect(samples[3].marks.contains(.isEstimated))
        #expect(samples.map(\.sequence) == [1, 2, 3, 4, 5])
        // It was lost at 5 s and asked for at 6, 8 and 12 s.
        #expect(
            rig.taker.losses() == [
                LossRecord(
                    source: "pole-1.rain-1", cause: .edgesLost,
                    from: ManualClock.utc(start + 5 * second),
                    to: ManualClock.utc(start + 12 * second), count: nil)
            ])
        #expect(pin.openCount == 4)
        // Seven seconds are no alarm; that all is well was said at the start.
        #expect(rig.taker.conditions().map(\.isFailing) == [false])
    }

    @Test func `a chip that hangs up without an edge is noticed`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.turn()
        pin.vanish()
        rig.clock.nanoseconds += second
        rig.turn()
        #expect(!rig.isHeld(0))
        #expect(rig.taker.samples().last?.errorCode == ReadingError.lineUnavailable)
    }

    @Test func `a chip that hangs up and gives no error is gone too`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.turn()
        pin.state.withLock { $0.isMute = true }
        pin.vanish()
        rig.clock.nanoseconds += second
        rig.turn()
        #expect(!rig.isHeld(0))
        #expect(rig.board.snapshot[0].detail.contains("the chip is gone"))
    }

    @Test func `a busy line is had when it becomes free`() throws {
        let pin = SimulatedPin()
        pin.state.withLock { $0.standing = .busy }
        let rig = try rainRig(pin)
        rig.run(until: start + 5 * second)
        #expect(rig.board.snapshot[0].detail.contains("held by `other`; stop that first"))
        #expect(rig.taker.samples().map(\.errorCode) == [ReadingError.lineUnavailable])
        pin.becomeFree()
        rig.run(until: start + 8 * second)
        #expect(rig.isHeld(0))
        #expect(rig.taker.samples().map(\.rawValue) == [0])
        #expect(rig.taker.losses().map(\.from) == [ManualClock.utc(start)])
    }

    @Test func `a failure of ten seconds is told once, and its end once`() throws {
        let pin = SimulatedPin()
        let rig = try rainRig(pin)
        rig.run(until: start + 100 * second)
        pin.vanish()
        rig.run(until: start + 110 * second - 1)
        #expect(rig.taker.conditions().map(\.isFailing) == [false])
        rig.run(until: start + 300 * second)
        let condition = try #require(rig.taker.conditions().last)
        #expect(rig.taker.conditions().map(\.isFailing) == [false, true])
        #expect(condition.time == ManualClock.utc(start + 100 * second))
        #expect(condition.subject.station.text == "pole-1")
        #expect(condition.subject.rule == "system.line.rain-1")
        #expect(condition.detail.contains("no such chip"))
        #expect(condition.detail.contains("kawamori gpio list"))
        pin.becomeFree()
        rig.run(until: start + 400 * second)
        #expect(rig.taker.conditions().map(\.isFailing) == [false, true, false])
        let end = try #require(rig.taker.conditions().last)
        #expect(end.time.seconds(since: ManualClock.utc(start + 300 * second)) <= 30)
    }

    @Test func `a line whose trigger cannot be had is not held either`() throws {
        let echo = SimulatedPin()
        let trigger = SimulatedPin()
        trigger.state.withLock { $0.standing = .busy }
        let rig = try LineRig(
            [try lineInput("stage-1", stage: EchoSensor(), hasTrigger: true)],
            pins: ["stage-1": echo, "stage-1-trigger": trigger])
        rig.turn()
        #expect(!rig.isHeld(0))
        #expect(!echo.state.withLock { $0.isHeld })
        #expect(rig.board.snapshot.map(\.isHeld) == [false, false])
        trigger.becomeFree()
        rig.run(until: start + second)
        #expect(rig.board.snapshot.map(\.isHeld) == [true, true])
    }
}

// MARK: - Triggered sensors

extension SensedLineTests {
    private func echoRig(
        _ echo: SimulatedPin, _ trigger: SimulatedPin, pingCount: Int = 1
    ) throws -> LineRig {
        try LineRig(
            [
                try lineInput(
                    "stage-1", stage: EchoSensor(.init(pingCount: pingCount)), hasTrigger: true)
            ], pins: ["stage-1": echo, "stage-1-trigger": trigger])
    }

    @Test(arguments: [1, 2])
    func `a burst triggers each ping and takes the echoes' widths`(generation: Int) throws {
        let echo = SimulatedPin(generation: generation)
        let trigger = SimulatedPin()
        let rig = try echoRig(echo, trigger, pingCount: 3)
        var deadline = rig.turn()
        for (ping, microseconds) in [5_000, 9_000, 6_000].enumerated() {
            // The first turn has opened the line and sent the first ping.
            while trigger.pulses.count <= ping, let next = deadline {
                rig.clock.nanoseconds = max(next, rig.now)
                deadline = rig.turn()
            }
            let rise = rig.now + 500_000
            echo.close(at: rise, for: Int64(microseconds) * 1000)
            rig.clock.nanoseconds = rise + 10 * millisecond
            deadline = rig.turn()
        }
        #expect(trigger.pulses == [12, 12, 12])
        let samples = rig.taker.samples()
        #expect(samples.map(\.rawValue) == [6_000])
        #expect(samples.first?.burst?.validCount == 3)
        #expect(rig.taker.losses().isEmpty)
    }

    @Test(arguments: [1, 2])
    func `edges that wait when a ping is due are thrown away`(generation: Int) throws {
        let echo = SimulatedPin(generation: generation)
        let trigger = SimulatedPin()
        let rig = try echoRig(echo, trigger)
        rig.run(until: start + second)
        _ = rig.taker.samples()
        #expect(trigger.pulses.count == 1)
        // The second burst is due at 60 s. The stage has its trigger's time by then, and a late
        // echo that the kernel stamps after it has come in before the pulse.
        rig.clock.nanoseconds = start + 60 * second
        let late = start + 60 * second + 1000
        echo.state.withLock { state in
            state.edgesAfterEmptyRead = [
                LineEdge(nanoseconds: late, sequence: generation == 1 ? 0 : 1, isActive: true),
                LineEdge(
                    nanoseconds: late + 3 * millisecond, sequence: generation == 1 ? 0 : 2,
                    isActive: false),
            ]
        }
        rig.turn()
        #expect(trigger.pulses.count == 2)
        #expect(rig.taker.samples().isEmpty)
        echo.close(at: start + 60_010 * millisecond, for: 7 * millisecond)
        rig.clock.nanoseconds = start + 60_030 * millisecond
        rig.turn()
        #expect(rig.taker.samples().map(\.rawValue) == [7_000])
        #expect(rig.taker.losses().isEmpty)
    }

    @Test func `a sensor that never answers says so, and nothing waits for it`() throws {
        let trigger = SimulatedPin()
        let rig = try echoRig(SimulatedPin(), trigger, pingCount: 7)
        rig.run(until: start + 10 * second)
        #expect(trigger.pulses.count == 7)
        #expect(rig.taker.samples().map(\.errorCode) == [ReadingError.echoLost])
        #expect(rig.board.snapshot[0].invalidCount == 7)
    }
}
