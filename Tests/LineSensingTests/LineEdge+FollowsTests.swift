import GatewayModel
import Testing

@testable import LineSensing

/// That no width comes from anything but two edges next to each other, tried on lines that lie.
@Suite struct LineEdgeFollowsTests {
    private func edge(_ number: UInt32) -> LineEdge {
        LineEdge(nanoseconds: 0, sequence: number, isActive: true)
    }

    @Test func `numbers in a row follow each other, over the wrap too`() {
        #expect(edge(8).follows(edge(7)))
        #expect(edge(0).follows(edge(.max)))
        #expect(edge(1).follows(edge(0)))
        #expect(edge(0).follows(edge(0)), "without numbers nothing speaks against it")
        #expect(!edge(9).follows(edge(7)))
        #expect(!edge(7).follows(edge(7)))
        #expect(!edge(1).follows(edge(.max)))
        #expect(!edge(7).follows(edge(0)))
    }

    /// An echo line with everything that goes wrong: no echo, no end, glitches, pulses whose level
    /// is read too late, late rises.
    private struct FaultyLine {
        var random: SplitMix
        private(set) var number: UInt32 = .max - 500
        /// Every edge that happened, in order, whether or not it is delivered.
        private(set) var edges: [LineEdge] = []

        init(seed: UInt64) { random = SplitMix(state: seed) }

        private mutating func add(_ isActive: Bool, at time: Int64) {
            guard time > edges.last?.nanoseconds ?? .min else { return }
            edges.append(LineEdge(nanoseconds: time, sequence: number, isActive: isActive))
            number &+= 1
        }

        /// Adds what a trigger causes, and gives its edges.
        mutating func answer(to trigger: Int64) -> [LineEdge] {
            let first = edges.count
            var time = trigger - ms(3) + Int64(random.next() % UInt64(ms(4)))
            if random.oneIn(5) {
                add(!random.oneIn(3), at: time)
                time += 1 + Int64(random.next() % UInt64(ms(3)))
                add(random.oneIn(3), at: time)
            }
            time = max(time, trigger) + Int64(random.next() % UInt64(ms(random.oneIn(6) ? 40 : 4)))
            if !random.oneIn(8) { add(!random.oneIn(10), at: time) }
            time += 1 + Int64(random.next() % UInt64(ms(random.oneIn(6) ? 60 : 20)))
            if !random.oneIn(8) { add(random.oneIn(10), at: time) }
            return Array(edges[first...])
        }
    }

    @Test(arguments: 1...30)
    func `every echo is a rise in time after its trigger and the very next edge`(seed: UInt64) {
        let settings = EchoSensor.Settings(pingCount: 1, intervalSeconds: 0.07)
        var line = FaultyLine(seed: seed)
        var random = SplitMix(state: seed &* 31)
        var bench = StageBench(EchoSensor(settings))
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        _ = continuity.take(
            LineEdge(nanoseconds: -1, sequence: line.number &- 1, isActive: false))
        bench.level(false, at: 0)
        var now: Int64 = 0
        var waiting: [LineEdge] = []
        while now < ms(60_000) {
            let before = bench.triggers.count
            bench.step(at: now)
            if bench.triggers.count > before { waiting += line.answer(to: now) }
            // The machine looks in again whenever it likes, and finds what has happened until then.
            now += 1 + Int64(random.next() % UInt64(ms(random.oneIn(5) ? 200 : 30)))
            let arrived = waiting.prefix { $0.nanoseconds <= now }
            waiting.removeFirst(arrived.count)
            for edge in arrived where !random.oneIn(25) {
                if let gap = continuity.take(edge) { bench.gap(gap) }
                bench.edge(edge)
            }
        }
        let measured = bench.readings.filter { $0.errorCode == 0 && $0.marks.isEmpty }
        #expect(measured.count > 50)
        for reading in measured {
            let trigger = bench.triggers.last { $0 <= reading.nanoseconds } ?? .min
            let after = line.edges.filter { $0.nanoseconds >= trigger }.prefix(2).map { $0 }
            #expect(after.count == 2 && after[0].nanoseconds == reading.nanoseconds)
            #expect(after[0].isActive && !after[1].isActive)
            #expect(reading.nanoseconds - trigger <= ms(20))
            #expect(after[1].nanoseconds - trigger < ms(70))
            #expect(
                reading.rawValue == Double(after[1].nanoseconds - after[0].nanoseconds) / 1000)
        }
        // Each ping that has ended is told once, and each failed one is counted.
        #expect(bench.triggers.count - bench.readings.count <= 1)
        let failed = bench.readings.count { $0.errorCode == ReadingError.echoLost }
        #expect(bench.invalidCount == UInt64(failed))
        #expect(
            EchoSensor.PingFailure.allCases.map(bench.stage.failureCount).reduce(0, +)
                == UInt64(failed))
        for failure in EchoSensor.PingFailure.allCases {
            #expect(bench.stage.failureCount(failure) > 0, "\(failure)")
        }
    }

    @Test(arguments: 1...30)
    func `every pulse is a rise after a fall and the very next edge`(seed: UInt64) {
        var random = SplitMix(state: seed)
        // One pulse in each interval at most, so that each reading is one pulse.
        let settings = PulseWidthSensor.Settings(intervalSeconds: 0.01)
        var bench = StageBench(PulseWidthSensor(settings))
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        var edges = [LineEdge(nanoseconds: -1, sequence: .max - 500, isActive: false)]
        var time: Int64 = 0
        while edges.count < 2000 {
            let last = edges[edges.count - 1]
            // Most pulses are what the sensor sends; some lines lie.
            let isActive = random.oneIn(12) ? last.isActive : !last.isActive
            time += isActive ? ms(11) : ms(0.4) + Int64(random.next() % UInt64(ms(4.5)))
            edges.append(
                LineEdge(nanoseconds: time, sequence: last.sequence &+ 1, isActive: isActive))
        }
        _ = continuity.take(edges[0])
        bench.level(false, at: 0)
        for edge in edges.dropFirst() where !random.oneIn(20) {
            if let gap = continuity.take(edge) { bench.gap(gap) }
            bench.edge(edge)
            if random.oneIn(4) { bench.run(to: edge.nanoseconds) }
        }
        let measured = bench.readings.filter { $0.errorCode == 0 }
        #expect(measured.count > 300)
        for reading in measured {
            let place = edges.firstIndex { $0.nanoseconds == reading.nanoseconds } ?? 0
            #expect(place > 0 && place + 1 < edges.count)
            guard place > 0, place + 1 < edges.count else { continue }
            #expect(!edges[place - 1].isActive && edges[place].isActive)
            #expect(!edges[place + 1].isActive)
            let width = edges[place + 1].nanoseconds - edges[place].nanoseconds
            #expect(reading.rawValue == Double(width) / 1000)
        }
    }

    @Test(arguments: 1...20)
    func `the same edges give the same readings`(seed: UInt64) {
        func run() -> [LineReading] {
            var line = FaultyLine(seed: seed)
            var bench = StageBench(EchoSensor())
            bench.level(false, at: 0)
            for _ in 0..<200 {
                let before = bench.triggers.count
                guard let next = bench.stage.deadlineNanoseconds else { break }
                bench.step(at: next)
                if bench.triggers.count > before {
                    for edge in line.answer(to: next) { bench.edge(edge) }
                }
            }
            return bench.readings
        }
        let first = run()
        #expect(first.areSame(as: run()))
        #expect(!first.isEmpty)
    }
}
