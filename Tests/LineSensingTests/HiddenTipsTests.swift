import GatewayModel
import Testing

@testable import LineSensing

/// What the count promises after a loss of edges, by example and against rain that is known.
@Suite struct HiddenTipsTests {
    private var bench = StageBench(TippingBucket())

    // MARK: Exact gaps

    /// Levels and numbers around a gap, and the activations that it must have held.
    @Test(arguments: [
        (before: false, lost: 1, next: false, hidden: 1.0),
        (before: false, lost: 2, next: true, hidden: 1),
        (before: false, lost: 7, next: false, hidden: 4),
        (before: true, lost: 1, next: true, hidden: 0),
        (before: true, lost: 2, next: false, hidden: 1),
        (before: true, lost: 7, next: true, hidden: 3),
        // The levels contradict the number: one of them was read too late.
        (before: false, lost: 1, next: true, hidden: 1),
        (before: true, lost: 1, next: false, hidden: 1),
        (before: true, lost: 2, next: true, hidden: 1),
    ])
    mutating func `a counted gap tells its activations`(
        before: Bool, lost: UInt64, next: Bool, hidden: Double
    ) {
        bench.level(before, at: 0)
        bench.gap(lost, from: 0, to: ms(50_000))
        bench.edge(next, at: ms(50_000))
        #expect(bench.values.last == hidden + (next ? 1 : 0))
        #expect(bench.readings.last?.marks == (hidden > 0 ? .isEstimated : []))
        bench.run(to: ms(60_000))
        #expect(bench.readings.last?.marks == [])
    }

    @Test mutating func `no more tips are added than fit into the time`() {
        bench.level(false, at: 0)
        bench.gap(1000, from: ms(1000), to: ms(1950))
        bench.edge(true, at: ms(1950))
        // At 1.0, 1.1 … 1.9 s.
        #expect(bench.values == [0, 10])
        #expect(bench.bounceCount == 491)
    }

    @Test mutating func `a gap right after a tip leaves no room for another`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000))
        bench.gap(6, from: ms(1000), to: ms(1050))
        bench.edge(false, at: ms(1050))
        #expect(bench.values == [0, 1])
        #expect(bench.bounceCount == 3)
        bench.edge(true, at: ms(1100))
        #expect(bench.values == [0, 1, 2])
    }

    @Test mutating func `gaps in a row are one`() {
        bench.level(false, at: 0)
        bench.gap(2, from: 0, to: ms(10_000))
        bench.gap(2, from: ms(10_000), to: ms(20_000))
        bench.edge(true, at: ms(20_000))
        #expect(bench.values == [0, 3])
    }

    // MARK: Gaps known from below

    @Test(arguments: [
        (before: false, count: 1, level: true, tips: 1.0),
        (before: true, count: 1, level: false, tips: 0),
        (before: false, count: 0, level: false, tips: 0),
        (before: true, count: 0, level: true, tips: 0),
        (before: false, count: 0, level: true, tips: 1),
        (before: false, count: 1, level: false, tips: 1),
    ])
    mutating func `a gap known from below adds what is certain`(
        before: Bool, count: UInt64, level: Bool, tips: Double
    ) {
        bench.level(before, at: 0)
        bench.gap(count, isAtLeast: true, from: 0, to: ms(5000))
        bench.level(level, at: ms(5000))
        bench.run(to: ms(60_000))
        #expect(bench.values.last == tips)
        // Whether or not it added something, the next reading says that it may be too little.
        #expect(bench.readings[1].marks == .isEstimated)
    }

    @Test mutating func `edges of one direction without numbers prove one closure`() {
        bench.level(false, at: 0)
        bench.edge(true, at: ms(1000))
        bench.edge(false, at: ms(1080))
        bench.gap(1, isAtLeast: true, from: ms(1080), to: ms(5000))
        bench.edge(false, at: ms(5000))
        bench.gap(1, isAtLeast: true, from: ms(5000), to: ms(5001))
        bench.edge(false, at: ms(5001))
        // The second one leaves room for a tip too, for the first may have been much earlier.
        #expect(bench.values == [0, 1, 2, 3])
    }

    // MARK: Rain that is known

    @Test(arguments: 1...60)
    func `without a loss every tip is counted, and only tips`(seed: UInt64) {
        let rain = RainSignal(seed: seed, tipCount: 200, hasBounce: true)
        var bench = StageBench(TippingBucket())
        bench.level(false, at: 0)
        for edge in rain.edges(firstNumber: .max - 300) { bench.edge(edge) }
        #expect(bench.stage.tipCount == 200)
        let tips = zip(bench.readings.dropFirst(), bench.readings).filter { new, old in
            new.rawValue > old.rawValue
        }.map(\.0.nanoseconds)
        // The kernel may have read the very first closure too late, and a bounce tells the tip.
        let delays = zip(tips, rain.tipTimes).map { $0 - $1 }
        #expect(delays.allSatisfy { (0...ms(10)).contains($0) })
        #expect(delays.count { $0 == 0 } > 180)
        #expect(bench.bounceCount > 100)
        expectMonotone(bench)
    }

    /// What a buffer of `size` gives that keeps the newest, and is read now and then.
    private func numberedReads(
        _ edges: [LineEdge], size: Int, _ random: inout SplitMix
    ) -> (kept: [LineEdge], dropped: [Int]) {
        var kept: [LineEdge] = []
        var dropped: [Int] = []
        var start = 0
        while start < edges.count {
            let burst = random.oneIn(4) ? size * 3 : size / 2
            let end = min(edges.count, start + 1 + Int(random.next() % UInt64(burst)))
            let first = max(start, end - size)
            dropped += start..<first
            kept += edges[first..<end]
            start = end
        }
        return (kept, dropped)
    }

    @Test(arguments: 1...60)
    func `with numbers the total is never short, and over by hidden bounce at most`(seed: UInt64) {
        var random = SplitMix(state: seed &* 77)
        let rain = RainSignal(seed: seed, tipCount: 200, hasBounce: true)
        let edges = rain.edges(firstNumber: .max - 300)
        let (kept, dropped) = numberedReads(edges, size: 16, &random)
        var bench = StageBench(TippingBucket())
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        // The kernel numbers from 1; here the line has run for long.
        _ = continuity.take(
            LineEdge(nanoseconds: 0, sequence: .max - 301, isActive: false))
        bench.level(false, at: 0)
        var gapCount = 0
        for edge in kept {
            if let gap = continuity.take(edge) {
                gapCount += 1
                bench.gap(gap)
            }
            bench.edge(edge)
        }
        let droppedChanges = dropped.map { rain.changes[$0] }
        let hiddenBounce = droppedChanges.count { $0.isActive && !$0.isTip }
        #expect(droppedChanges.count { $0.isTip } > 10, "tips must be lost for this to mean much")
        // The last edges may be lost with nothing after them; the rain ends with the last one kept.
        let last = kept.last?.nanoseconds ?? 0
        let truth = rain.tipTimes.count { $0 <= last }
        let count = Int(bench.stage.tipCount)
        #expect(count >= truth)
        #expect(count <= truth + hiddenBounce + 2 * gapCount)
        #expect(bench.readings.contains { $0.marks == .isEstimated })
        expectMonotone(bench)
    }

    @Test(arguments: 1...60)
    func `with numbers and without bounce the total is exact`(seed: UInt64) {
        var random = SplitMix(state: seed &* 78)
        let rain = RainSignal(seed: seed, tipCount: 200, hasBounce: false)
        let (kept, dropped) = numberedReads(rain.edges(firstNumber: 1), size: 4, &random)
        var bench = StageBench(TippingBucket())
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        bench.level(false, at: 0)
        for edge in kept {
            if let gap = continuity.take(edge) { bench.gap(gap) }
            bench.edge(edge)
        }
        #expect(dropped.count > 50)
        #expect(bench.stage.tipCount == 200)
        expectMonotone(bench)
    }

    /// Edges at any distance, of which any run is lost: the count can only be over what the same
    /// stage counts when nothing is lost.
    @Test(arguments: 1...100)
    func `whatever numbered edges are lost, no more is missing than never was`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let settings = TippingBucket.Settings(minimumOpenSeconds: 0, stuckSeconds: 1e6)
        var whole = StageBench(TippingBucket(settings))
        var torn = StageBench(TippingBucket(settings))
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        whole.level(false, at: 0)
        torn.level(false, at: 0)
        var time: Int64 = 0
        var losing = 0
        var hidden = 0
        var gapCount = 0
        for number in 1...600 {
            time += Int64(random.next() % UInt64(ms(random.oneIn(2) ? 30 : 300))) + 1
            let isActive = !number.isMultiple(of: 2)
            let edge = LineEdge(
                nanoseconds: time, sequence: UInt32(number), isActive: isActive)
            whole.edge(edge)
            if losing == 0, random.oneIn(12) { losing = 1 + Int(random.next() % 9) }
            if losing > 0, number < 600 {
                losing -= 1
                if isActive { hidden += 1 }
                continue
            }
            if let gap = continuity.take(edge) {
                gapCount += 1
                torn.gap(gap)
            }
            torn.edge(edge)
        }
        #expect(torn.stage.tipCount >= whole.stage.tipCount)
        #expect(Int(torn.stage.tipCount) <= Int(whole.stage.tipCount) + hidden + gapCount)
        #expect(gapCount > 15)
    }

    @Test(arguments: 1...60)
    func `without numbers the total is short by the tips of the gaps at most`(seed: UInt64) {
        var random = SplitMix(state: seed &* 79)
        let rain = RainSignal(seed: seed, tipCount: 200, hasBounce: true)
        var waiting = rain.edges(firstNumber: nil)[...]
        var bench = StageBench(TippingBucket())
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        bench.level(false, at: 0)
        var gaps: [EdgeGap] = []
        func pass(_ gap: EdgeGap?, _ bench: inout StageBench<TippingBucket>) {
            guard let gap else { return }
            gaps.append(gap)
            bench.gap(gap)
        }
        var now: Int64 = 0
        while !waiting.isEmpty {
            now += Int64(random.next() % UInt64(ms(random.oneIn(3) ? 9000 : 600)))
            let arrived = waiting.prefix { $0.nanoseconds <= now }
            waiting = waiting.dropFirst(arrived.count)
            // The kernel keeps the oldest sixteen.
            for edge in arrived.prefix(16) {
                pass(continuity.take(edge), &bench)
                bench.edge(edge)
            }
            guard arrived.count >= 16 else { continue }
            let level = rain.level(at: now)
            pass(
                continuity.take(level: level, atNanoseconds: now, isAfterFullRead: true), &bench)
            bench.level(level, at: now)
        }
        let hiddenTips = rain.tipTimes.count { tip in
            gaps.contains { $0.fromNanoseconds <= tip && tip <= $0.toNanoseconds }
        }
        let count = Int(bench.stage.tipCount)
        #expect(count >= 200 - hiddenTips)
        #expect(count <= 200 + gaps.count)
        #expect(gaps.contains { $0.count == 0 } && hiddenTips > 5)
        expectMonotone(bench)
    }

    private func expectMonotone(_ bench: StageBench<TippingBucket>) {
        #expect(zip(bench.values, bench.values.dropFirst()).allSatisfy { $0 <= $1 })
        let times = bench.readings.map(\.nanoseconds)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
