import GatewayModel
import Testing

@testable import LineSensing

@Suite struct EdgeContinuityTests {
    private var continuity = EdgeContinuity(openedAtNanoseconds: 5)

    private func edge(_ isActive: Bool, at time: Int64, _ number: UInt32 = 0) -> LineEdge {
        LineEdge(nanoseconds: time, sequence: number, isActive: isActive)
    }

    private func gap(_ count: UInt64, isAtLeast: Bool, _ from: Int64, _ to: Int64) -> EdgeGap {
        EdgeGap(count: count, isAtLeast: isAtLeast, fromNanoseconds: from, toNanoseconds: to)
    }

    // MARK: With numbers

    @Test mutating func `numbers in order are no loss, whatever the directions say`() {
        #expect(continuity.take(edge(true, at: 10, 1)) == nil)
        #expect(continuity.take(edge(true, at: 20, 2)) == nil)
        #expect(continuity.take(edge(false, at: 30, 3)) == nil)
    }

    @Test mutating func `missing numbers are counted exactly`() {
        #expect(continuity.take(edge(true, at: 10, 1)) == nil)
        #expect(
            continuity.take(edge(true, at: 20, 5)) == gap(3, isAtLeast: false, 10, 20))
        #expect(continuity.take(edge(false, at: 30, 6)) == nil)
    }

    @Test mutating func `edges before the first one that was read are counted from the opening`() {
        #expect(
            continuity.take(edge(true, at: 20, 17)) == gap(16, isAtLeast: false, 5, 20))
    }

    @Test mutating func `the numbers go on over their wrap, and zero is one of them`() {
        _ = continuity.take(edge(true, at: 10, .max))
        #expect(continuity.take(edge(false, at: 20, 0)) == nil)
        #expect(continuity.take(edge(true, at: 30, 1)) == nil)
        _ = continuity.take(edge(false, at: 40, .max - 1))
        #expect(
            continuity.take(edge(true, at: 50, 2)) == gap(3, isAtLeast: false, 40, 50))
    }

    @Test(arguments: [7, 6, 1] as [UInt32])
    mutating func `a number that goes back is a gap of unknown size`(number: UInt32) {
        _ = continuity.take(edge(true, at: 10, 7))
        #expect(
            continuity.take(edge(false, at: 20, number)) == gap(0, isAtLeast: true, 10, 20))
    }

    @Test mutating func `a level says nothing where edges are numbered`() {
        _ = continuity.take(edge(true, at: 10, 1))
        #expect(continuity.take(level: false, atNanoseconds: 20, isAfterFullRead: true) == nil)
        #expect(continuity.take(edge(false, at: 30, 2)) == nil)
    }

    // MARK: Without numbers

    @Test mutating func `two edges of one direction had another between them`() {
        #expect(continuity.take(edge(true, at: 10)) == nil)
        #expect(continuity.take(edge(false, at: 20)) == nil)
        #expect(continuity.take(edge(false, at: 30)) == gap(1, isAtLeast: true, 20, 30))
        #expect(continuity.take(edge(true, at: 40)) == nil)
    }

    @Test mutating func `the first edge is measured against the level at the opening`() {
        #expect(continuity.take(level: false, atNanoseconds: 8, isAfterFullRead: false) == nil)
        #expect(continuity.take(edge(false, at: 20)) == gap(1, isAtLeast: true, 8, 20))
    }

    @Test mutating func `an edge from before the level was read is no loss`() {
        #expect(continuity.take(level: true, atNanoseconds: 8, isAfterFullRead: false) == nil)
        #expect(continuity.take(edge(true, at: 7)) == nil)
        #expect(continuity.take(edge(true, at: 9)) == gap(1, isAtLeast: true, 7, 9))
    }

    @Test mutating func `a full buffer and another level mean at least one`() {
        _ = continuity.take(edge(true, at: 10))
        #expect(
            continuity.take(level: false, atNanoseconds: 20, isAfterFullRead: true)
                == gap(1, isAtLeast: true, 10, 20))
        // From here on the level is what the edges go on from.
        #expect(continuity.take(edge(true, at: 30)) == nil)
    }

    @Test mutating func `a full buffer and the same level mean none or more`() {
        _ = continuity.take(edge(true, at: 10))
        #expect(
            continuity.take(level: true, atNanoseconds: 20, isAfterFullRead: true)
                == gap(0, isAtLeast: true, 10, 20))
        #expect(continuity.take(edge(true, at: 30)) == gap(1, isAtLeast: true, 20, 30))
    }

    @Test mutating func `a buffer that was not full and the same level mean nothing`() {
        _ = continuity.take(edge(true, at: 10))
        #expect(continuity.take(level: true, atNanoseconds: 20, isAfterFullRead: false) == nil)
        #expect(
            continuity.take(level: false, atNanoseconds: 25, isAfterFullRead: false)
                == gap(1, isAtLeast: true, 20, 25))
    }

    @Test(arguments: 1...20)
    func `whatever numbered edges are dropped, the counts add up`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var number = UInt32.max - 200
        var continuity = EdgeContinuity(openedAtNanoseconds: 0)
        _ = continuity.take(edge(false, at: 0, number))
        var dropped: UInt64 = 0
        var told: UInt64 = 0
        var pending: UInt64 = 0
        for time in 1...400 {
            number &+= 1
            if random.oneIn(3) {
                pending += 1
                continue
            }
            dropped += pending
            let gap = continuity.take(edge(random.oneIn(2), at: Int64(time), number))
            #expect(gap?.isAtLeast ?? false == false)
            #expect((gap == nil) == (pending == 0))
            told += gap?.count ?? 0
            pending = 0
        }
        #expect(told == dropped && told > 50)
    }
}
