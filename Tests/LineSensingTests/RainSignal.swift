import GatewayModel

@testable import LineSensing

/// The contact of a rain gauge as it really moves, to compare a count with: tips with their
/// bounces, and what either kernel interface makes of them.
struct RainSignal {
    /// One change of the contact.
    struct Change {
        var time: Int64
        var isActive: Bool
        /// Whether it is the beginning of a tip.
        var isTip = false
    }

    private(set) var changes: [Change] = []
    private(set) var tipTimes: [Int64] = []

    /// - Parameters:
    ///   - seed: of everything random in it.
    ///   - tipCount: how many tips.
    ///   - hasBounce: whether the contact bounces for a few milliseconds when it closes and opens.
    init(seed: UInt64, tipCount: Int, hasBounce: Bool) {
        var random = SplitMix(state: seed)
        var time: Int64 = ms(50)
        for _ in 0..<tipCount {
            // A heavy shower with lulls; no real bucket tips faster than every 0.3 s.
            time += ms(300) + Int64(random.next() % UInt64(ms(random.oneIn(3) ? 2500 : 200)))
            tipTimes.append(time)
            changes.append(Change(time: time, isActive: true, isTip: true))
            var end = time
            if hasBounce { bounce(&end, isActive: true, &random) }
            end = max(end, time + ms(50)) + Int64(random.next() % UInt64(ms(100)))
            changes.append(Change(time: end, isActive: false))
            if hasBounce { bounce(&end, isActive: false, &random) }
            time = end
        }
    }

    /// Adds short changes back and forth; some are too short for the kernel to see their level.
    private mutating func bounce(_ time: inout Int64, isActive: Bool, _ random: inout SplitMix) {
        for _ in 0..<(random.next() % 4) {
            time += 10_000 + Int64(random.next() % 2_000_000)
            changes.append(Change(time: time, isActive: !isActive))
            time += 10_000 + Int64(random.next() % (random.oneIn(2) ? 20_000 : 2_000_000))
            changes.append(Change(time: time, isActive: isActive))
        }
    }

    var end: Int64 { (changes.last?.time ?? 0) + ms(1000) }

    /// The contact's state at a time.
    func level(at time: Int64) -> Bool {
        changes.last { $0.time <= time }?.isActive ?? false
    }

    /// The edges as the kernel tells them: the level is read a little after the interrupt.
    func edges(firstNumber: UInt32?) -> [LineEdge] {
        let latency: Int64 = 25_000
        var ahead = 0
        return changes.indices.map { index in
            while ahead + 1 < changes.count,
                changes[ahead + 1].time <= changes[index].time + latency
            {
                ahead += 1
            }
            return LineEdge(
                nanoseconds: changes[index].time,
                sequence: firstNumber.map { $0 &+ UInt32(index) } ?? 0,
                isActive: changes[max(ahead, index)].isActive)
        }
    }
}
