import GatewayModel
import GatewayPorts
import LineSensing
import SampleRing
import Synchronization
import Testing

@testable import GPIOSource

@Suite struct LineSessionTests {
    private let start = ManualClock.start

    /// A bucket that takes every activation for a tip.
    private func everyActivation() -> TippingBucket {
        TippingBucket(
            .init(minimumGapSeconds: 1e-6, minimumOpenSeconds: 0, stuckSeconds: 86_400))
    }

    /// Several rain lines, each with a pin of its own.
    private func rainRig(
        _ pins: [SimulatedPin], ringCapacity: Int = 1024, stage: any LineStage = TippingBucket()
    ) throws -> LineRig {
        var inputs: [GPIOInput] = []
        var named: [String: SimulatedPin] = [:]
        for (index, pin) in pins.enumerated() {
            inputs.append(
                try lineInput("rain-\(index)", channel: UInt32(index + 1), stage: stage))
            named["rain-\(index)"] = pin
        }
        return try LineRig(inputs, pins: named, ringCapacity: ringCapacity)
    }

    // MARK: Fairness

    @Test func `a line that never falls silent has its share and no more`() throws {
        let noisy = SimulatedPin(generation: 1)
        let quiet = SimulatedPin(generation: 1)
        let rig = try rainRig([noisy, quiet])
        rig.turn()
        _ = rig.taker.samples()
        rig.clock.nanoseconds += second
        noisy.state.withLock { $0.edgesToCome = 100_000 }
        noisy.set(true, at: start + millisecond)
        quiet.set(true, at: start + 2 * millisecond)
        #expect(rig.turn().map { $0 <= rig.now } == true)
        #expect(rig.board.snapshot[0].edgeCount < 300)
        #expect(rig.taker.samples().contains { $0.channel == ChannelIndex(2) })
        // Turn by turn it gets through.
        while noisy.isReadable { rig.turn() }
        #expect(rig.board.snapshot[0].edgeCount == 100_001)
    }

    @Test func `a line that fails costs the others nothing`() throws {
        let pins = (0..<3).map { _ in SimulatedPin() }
        let rig = try rainRig(pins)
        rig.turn()
        pins[1].vanish()
        for tip in 1...100 {
            for pin in pins { pin.close(at: rig.now + millisecond, for: 100 * millisecond) }
            rig.run(until: start + Int64(tip) * second)
        }
        let samples = rig.taker.samples()
        for channel: UInt32 in [1, 3] {
            let own = samples.filter { $0.channel == ChannelIndex(channel) }
            #expect(own.last?.rawValue == 100)
            #expect(own.map(\.sequence) == own.indices.map { UInt32($0 + 1) })
        }
    }

    // MARK: Sleep

    @Test func `nobody wakes up while nothing is due`() throws {
        let rig = try rainRig([SimulatedPin(), SimulatedPin()])
        rig.run(until: start + 600 * second - 1)
        // The start, the count of each minute, and the end of the test.
        #expect(rig.turnCount == 1 + 9 + 1)
        #expect(rig.gate.announced == 10)
    }

    @Test func `a line without a plan asks for no time at all`() throws {
        let rig = try LineRig(
            [try lineInput("idle", stage: UnplannedStage())], pins: ["idle": SimulatedPin()])
        #expect(rig.turn() == nil)
    }

    @Test func `a line that has nothing to say is not asked`() throws {
        let pins = [SimulatedPin(), SimulatedPin()]
        let rig = try rainRig(pins)
        rig.turn()
        let readCount = pins[1].readCount
        for tip in 1...10 {
            pins[0].close(at: rig.now + millisecond, for: 100 * millisecond)
            rig.clock.nanoseconds = start + Int64(tip) * second
            rig.turn()
        }
        #expect(pins[1].readCount == readCount)
    }

    // MARK: Status

    @Test func `the status names the lines that are missing`() throws {
        let pins = (0..<3).map { _ in SimulatedPin() }
        pins[2].state.withLock { $0.standing = .busy }
        let rig = try rainRig(pins)
        rig.run(until: start + 10 * second)
        pins[2].becomeFree()
        rig.run(until: start + 20 * second)
        pins[0].vanish()
        rig.run(until: start + 30 * second)
        rig.finish()
        let statuses = rig.taker.statuses()
        #expect(
            statuses.map(\.detail) == [
                "1 of 3 lines cannot be read: pole-1.rain-2", "all 3 lines are held",
                "1 of 3 lines cannot be read: pole-1.rain-0", "stopped",
            ])
        #expect(statuses.map(\.isConnected) == [false, true, false, false])
        #expect(statuses.allSatisfy { $0.name == "gpio" })
    }

    @Test func `a status that found no room is told later`() throws {
        let rig = try LineRig(
            [try lineInput("idle", stage: UnplannedStage())], pins: ["idle": SimulatedPin()],
            laneCapacity: 1)
        // The line's own news takes the only place.
        #expect(rig.turn() == start + second)
        #expect(rig.taker.conditions().map(\.isFailing) == [false])
        rig.run(until: start + second)
        #expect(rig.taker.statuses().map(\.detail) == ["the line is held"])
        #expect(rig.taker.lane.takeRefusals() == nil)
        #expect(rig.turn() == nil)
    }

    // MARK: Load

    /// Toggles all pins evenly for ten seconds, with a turn every millisecond.
    private func load(_ rig: LineRig, _ pins: [SimulatedPin], edgesPerSecond: Int) {
        rig.turn()
        let gap = second / Int64(edgesPerSecond)
        var isActive = [Bool](repeating: false, count: pins.count)
        var nextTurn = start + millisecond
        for edge in 0..<10 * edgesPerSecond {
            let moment = start + Int64(edge + 1) * gap
            while nextTurn <= moment {
                rig.clock.nanoseconds = nextTurn
                rig.turn()
                nextTurn += millisecond
            }
            let line = edge % pins.count
            isActive[line].toggle()
            pins[line].set(isActive[line], at: moment)
        }
        rig.clock.nanoseconds = start + 10 * second
        rig.turn()
    }

    @Test(arguments: [1, 2])
    func `2 000 edges a second for ten seconds of a stalled store lose nothing`(
        generation: Int
    ) throws {
        let pins = (0..<4).map { _ in SimulatedPin(generation: generation) }
        let rig = try rainRig(pins, ringCapacity: 32_768, stage: everyActivation())
        load(rig, pins, edgesPerSecond: 2_000)
        #expect(rig.taker.refusals() == nil)
        #expect(rig.taker.losses().isEmpty)
        let samples = rig.taker.samples()
        #expect(samples.count == 4 + 10_000)
        for channel in 1...4 {
            let own = samples.filter { $0.channel == ChannelIndex(UInt32(channel)) }
            #expect(own.map(\.rawValue) == (0...2_500).map(Double.init))
        }
    }

    @Test(arguments: [1, 2])
    func `20 000 edges a second and a stalled store lose no rain, and every refusal is counted`(
        generation: Int
    ) throws {
        let pins = (0..<4).map { _ in SimulatedPin(generation: generation) }
        let rig = try rainRig(pins, ringCapacity: 32_768, stage: everyActivation())
        load(rig, pins, edgesPerSecond: 20_000)
        #expect(rig.taker.losses().isEmpty)
        // Each line keeps its newest reading back.
        let refusals = try #require(rig.taker.refusals())
        #expect(refusals.count == 4 + 100_000 - 32_768 - 4)
        let stored = rig.taker.samples()
        #expect(stored.count == 32_768)
        #expect(refusals.first >= stored[32_767].receivedUTC)
        #expect(refusals.first.seconds(since: stored[32_767].receivedUTC) < 0.01)
        #expect(refusals.last.seconds(since: ManualClock.utc(start + 10 * second)).magnitude < 0.01)
        // The store is back: the next look hands over the truth.
        rig.run(until: start + 12 * second)
        let last = rig.taker.samples()
        #expect(last.map(\.channel.number).sorted() == [1, 2, 3, 4])
        #expect(last.map(\.rawValue) == [25_000, 25_000, 25_000, 25_000])
        #expect(rig.taker.refusals() == nil)
    }
}

/// A stage that makes nothing of anything and plans nothing.
private struct UnplannedStage: LineStage {
    func take(_ edge: LineEdge, _ output: inout LineOutput) {}
    func take(_ gap: EdgeGap, _ output: inout LineOutput) {}
    func take(level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput) {}
    func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput) {}
    func step(atNanoseconds now: Int64, _ output: inout LineOutput) {}
    var deadlineNanoseconds: Int64? { nil }
}
