import GatewayModel
import Testing

@testable import LineSensing

@Suite struct ContactSwitchTests {
    private var float = StageBench(ContactSwitch(.float))

    private func reading(
        _ value: Double, at time: Double, isEstimated: Bool = false
    ) -> LineReading {
        LineReading(
            rawValue: value, nanoseconds: ms(time), marks: isEstimated ? .isEstimated : [])
    }

    // MARK: Settling

    @Test(arguments: [false, true])
    mutating func `the state at the start is told when it has settled`(isActive: Bool) {
        #expect(float.stage.deadlineNanoseconds == nil)
        float.level(isActive, at: ms(100))
        float.run(to: ms(5099))
        #expect(float.readings.isEmpty)
        #expect(float.stage.deadlineNanoseconds == ms(5100))
        float.run(to: ms(5100))
        #expect(float.readings == [reading(isActive ? 1 : 0, at: 100)])
    }

    @Test mutating func `a float switch bounces once`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.edge(false, at: ms(20_400))
        float.edge(true, at: ms(21_000))
        float.run(to: ms(25_999))
        #expect(float.values == [0])
        float.run(to: ms(26_000))
        // The state that lasted began with the third edge; the other two of the change are bounce.
        #expect(float.readings == [reading(0, at: 0), reading(1, at: 21_000)])
        #expect(float.bounceCount == 2)
    }

    @Test mutating func `a wave that does not last is no change`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.edge(false, at: ms(24_999))
        float.run(to: ms(100_000))
        #expect(float.values == [0])
        #expect(float.bounceCount == 1)
        #expect(float.stage.deadlineNanoseconds == ms(605_000))
    }

    @Test mutating func `a wave that lasts is a change there and back`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.edge(false, at: ms(25_000))
        float.run(to: ms(100_000))
        #expect(
            float.readings == [
                reading(0, at: 0), reading(1, at: 20_000), reading(0, at: 25_000),
            ])
        #expect(float.bounceCount == 0)
    }

    @Test mutating func `edges of one direction begin the wait anew, and the state goes on`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.edge(true, at: ms(24_000))
        float.run(to: ms(28_999))
        #expect(float.values == [0])
        float.run(to: ms(29_000))
        #expect(float.readings.last == reading(1, at: 20_000))
        float.edge(true, at: ms(40_000))
        float.run(to: ms(60_000))
        #expect(float.values == [0, 1], "the same state is no news")
    }

    @Test mutating func `a door needs fifty milliseconds`() {
        var door = StageBench(ContactSwitch(.door))
        door.level(false, at: 0)
        for step in 0...4 { door.edge(step.isMultiple(of: 2), at: ms(1000 + 2 * Double(step))) }
        door.run(to: ms(1058))
        #expect(door.readings == [reading(0, at: 0), reading(1, at: 1008)])
        #expect(door.bounceCount == 4)
    }

    // MARK: Heartbeat

    @Test mutating func `the state is repeated every ten minutes after it was told`() {
        float.level(true, at: 0)
        float.run(to: ms(1_300_000))
        #expect(
            float.readings == [
                reading(1, at: 0), reading(1, at: 605_000), reading(1, at: 1_205_000),
            ])
    }

    @Test mutating func `of heartbeats that were slept over only the newest is told`() {
        float.level(true, at: 0)
        float.run(to: ms(5000))
        float.step(at: ms(2_000_000))
        #expect(float.readings == [reading(1, at: 0), reading(1, at: 1_805_000)])
        #expect(float.stage.deadlineNanoseconds == ms(2_405_000))
    }

    @Test mutating func `a heartbeat waits until a change is decided`() {
        float.level(false, at: 0)
        float.run(to: ms(5000))
        float.edge(true, at: ms(604_000))
        float.run(to: ms(609_000))
        #expect(float.readings == [reading(0, at: 0), reading(1, at: 604_000)])
        #expect(float.stage.deadlineNanoseconds == ms(1_209_000))
    }

    // MARK: Restlessness

    @Test mutating func `a float without rest is told to be up, once, and then what it settles to`()
    {
        float.level(false, at: 0)
        for step in 0..<40 {
            float.edge(step.isMultiple(of: 2), at: ms(10_000 + 3000 * Double(step)))
        }
        #expect(
            float.readings == [reading(0, at: 0), reading(1, at: 70_000, isEstimated: true)])
        float.run(to: ms(150_000))
        #expect(float.readings.last == reading(0, at: 127_000))
        #expect(float.readings.count == 3)
    }

    @Test mutating func `a float that settles up after all is told to be up for certain`() {
        float.level(false, at: 0)
        for step in 0...40 {
            float.edge(step.isMultiple(of: 2), at: ms(10_000 + 3000 * Double(step)))
        }
        float.run(to: ms(150_000))
        #expect(float.values == [0, 1, 1])
        #expect(float.readings.last == reading(1, at: 130_000))
    }

    @Test mutating func `restlessness without end is repeated as an estimate`() {
        float.level(false, at: 0)
        for step in 0..<400 {
            float.edge(step.isMultiple(of: 2), at: ms(10_000 + 4000 * Double(step)))
        }
        #expect(
            float.readings == [
                reading(0, at: 0), reading(1, at: 70_000, isEstimated: true),
                reading(1, at: 670_000, isEstimated: true),
                reading(1, at: 1_270_000, isEstimated: true),
            ])
    }

    // MARK: Losses

    @Test mutating func `after lost edges the state begins with what is known`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.gap(3, from: ms(20_000), to: ms(22_000))
        float.edge(true, at: ms(22_000))
        float.run(to: ms(30_000))
        #expect(float.readings.last == reading(1, at: 22_000))
    }

    @Test mutating func `a level that was read after a loss begins the wait`() {
        float.level(false, at: 0)
        float.run(to: ms(5000))
        float.gap(0, isAtLeast: true, from: ms(20_000), to: ms(22_000))
        float.level(true, at: ms(22_000))
        float.run(to: ms(26_999))
        #expect(float.values == [0])
        float.run(to: ms(27_000))
        #expect(float.readings.last == reading(1, at: 22_000))
        #expect(float.bounceCount == 0)
    }

    @Test mutating func `a level that says nothing new begins nothing`() {
        float.level(false, at: 0)
        float.edge(true, at: ms(20_000))
        float.level(true, at: ms(22_000))
        float.run(to: ms(25_000))
        #expect(float.readings.last == reading(1, at: 20_000))
    }

    @Test mutating func `a lost line is told once, and the state anew when it is back`() {
        float.level(true, at: 0)
        float.run(to: ms(5000))
        float.edge(false, at: ms(6000))
        float.loseLine(at: ms(7000))
        float.loseLine(at: ms(8000))
        float.edge(true, at: ms(9000))
        float.step(at: ms(2_000_000))
        #expect(float.stage.deadlineNanoseconds == nil)
        #expect(float.readings.count == 2)
        #expect(float.readings.last?.errorCode == ReadingError.lineUnavailable)
        #expect(float.readings.last?.rawValue.isNaN == true)
        #expect(float.invalidCount == 1)
        float.level(true, at: ms(2_000_000))
        float.run(to: ms(2_005_000))
        #expect(float.readings.last == reading(1, at: 2_000_000))
    }

    // MARK: Against a model

    /// A switch that looks once every millisecond, and knows only what it sees there.
    private struct TickModel {
        let settle: Int
        let restless: Int
        let heartbeat: Int
        var readings: [LineReading] = []
        private var told: Double?
        private var wasEstimated = false
        private var newestStamp = 0
        private var ticksToHeartbeat = Int.max

        init(settle: Int, restless: Int, heartbeat: Int) {
            self.settle = settle
            self.restless = restless
            self.heartbeat = heartbeat
        }

        private mutating func tell(_ value: Double, at tick: Int, isEstimated: Bool = false) {
            told = value
            wasEstimated = isEstimated
            newestStamp = max(newestStamp, tick)
            ticksToHeartbeat = heartbeat
            readings.append(
                LineReading(
                    rawValue: value, nanoseconds: ms(Double(newestStamp)),
                    marks: isEstimated ? .isEstimated : []))
        }

        mutating func run(start: Bool, edges: [Int: [Bool]], end: Int) {
            var level = start
            var levelTicks = 0
            var quietTicks = 0
            var unrestTicks: Int? = 0
            var isOver = false
            for tick in 1...end {
                levelTicks += 1
                quietTicks += 1
                unrestTicks = unrestTicks.map { $0 + 1 }
                if ticksToHeartbeat < .max { ticksToHeartbeat -= 1 }
                if unrestTicks != nil, quietTicks == settle {
                    unrestTicks = nil
                    isOver = false
                    let value: Double = level ? 1 : 0
                    if value != told || wasEstimated { tell(value, at: tick - levelTicks) }
                } else if unrestTicks == restless, !isOver {
                    isOver = true
                    tell(1, at: tick, isEstimated: true)
                }
                if ticksToHeartbeat <= 0, unrestTicks == nil || isOver, let told {
                    let late = ticksToHeartbeat
                    tell(told, at: tick + late, isEstimated: wasEstimated)
                    ticksToHeartbeat += late
                }
                for isActive in edges[tick] ?? [] {
                    if isActive != level { levelTicks = 0 }
                    level = isActive
                    quietTicks = 0
                    if unrestTicks == nil { unrestTicks = 0 }
                }
            }
        }
    }

    /// Edges in restless and quiet times, some of them in the same direction as the one before.
    private func edges(seed: UInt64, end: Int) -> [(tick: Int, isActive: Bool)] {
        var random = SplitMix(state: seed)
        var tick = 1
        var isActive = false
        var edges: [(tick: Int, isActive: Bool)] = []
        while tick < end {
            let isRestless = random.oneIn(2)
            for _ in 0..<(random.next() % (isRestless ? 60 : 4)) where tick < end {
                if !random.oneIn(6) { isActive.toggle() }
                edges.append((tick, isActive))
                // Fifty is exactly the time to settle.
                let longest: UInt64 = isRestless ? 49 : 90
                tick += random.oneIn(40) ? 50 : 1 + Int(random.next() % longest)
            }
            tick += Int(random.next() % 400)
        }
        return edges
    }

    @Test(arguments: 1...60)
    func `it says what a switch says that looks every millisecond`(seed: UInt64) {
        let settings = ContactSwitch.Settings(
            settleSeconds: 0.05, reportSeconds: 0.7, restlessSeconds: 0.6)
        let edges = edges(seed: seed, end: 20_000)
        var model = TickModel(settle: 50, restless: 600, heartbeat: 700)
        model.run(
            start: false,
            edges: Dictionary(grouping: edges, by: \.tick).mapValues {
                $0.map(\.isActive)
            }, end: 21_000)
        var bench = StageBench(ContactSwitch(settings))
        bench.level(false, at: 0)
        for edge in edges {
            bench.run(to: ms(Double(edge.tick)))
            bench.edge(edge.isActive, at: ms(Double(edge.tick)))
        }
        bench.run(to: ms(21_000))
        #expect(bench.readings == model.readings)
        #expect(Set(bench.values) == [0, 1])
        #expect(bench.readings.contains { $0.marks == .isEstimated })
    }

    @Test(arguments: 1...60)
    func `steps that come late change nothing`(seed: UInt64) {
        let settings = ContactSwitch.Settings(
            settleSeconds: 0.05, reportSeconds: 1e6, restlessSeconds: 0.6)
        var random = SplitMix(state: seed)
        var prompt = StageBench(ContactSwitch(settings))
        var late = StageBench(ContactSwitch(settings))
        prompt.level(false, at: 0)
        late.level(false, at: 0)
        for edge in edges(seed: seed, end: 20_000) {
            let time = ms(Double(edge.tick))
            prompt.run(to: time)
            prompt.edge(edge.isActive, at: time)
            late.edge(edge.isActive, at: time)
            if random.oneIn(9) { late.step(at: time + Int64(random.next() % 1_000_000)) }
        }
        prompt.run(to: ms(21_000))
        late.step(at: ms(21_000))
        #expect(prompt.readings == late.readings)
        #expect(prompt.bounceCount == late.bounceCount && prompt.bounceCount > 100)
    }

    @Test func `settings that make no sense are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = ContactSwitch.Settings(settleSeconds: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = ContactSwitch.Settings(settleSeconds: 5, reportSeconds: 4)
        }
        await #expect(processExitsWith: .failure) {
            _ = ContactSwitch.Settings(settleSeconds: 5, restlessSeconds: 5)
        }
    }
}
