import LineSensing
import Testing

@testable import GPIOSource

@Suite struct LossTallyTests {
    private func gap(_ count: UInt64, from: Int64, to: Int64, isAtLeast: Bool = false) -> EdgeGap {
        EdgeGap(
            count: count, isAtLeast: isAtLeast, fromNanoseconds: from, toNanoseconds: to)
    }

    @Test func `the first loss is told at once, later ones together after the interval`() {
        var tally = LossTally(intervalNanoseconds: 10 * second)
        #expect(tally.deadlineNanoseconds == nil)
        tally.add(gap(3, from: 1, to: 2))
        #expect(tally.deadlineNanoseconds.map { $0 <= 0 } == true)
        tally.wasTold(atNanoseconds: 5 * second)
        #expect(tally.deadlineNanoseconds == nil)
        tally.add(gap(4, from: 5 * second, to: 6 * second))
        tally.add(gap(5, from: 7 * second, to: 8 * second))
        #expect(tally.deadlineNanoseconds == 15 * second)
        #expect(
            tally.sum
                == LossTally.Sum(
                    fromNanoseconds: 5 * second, toNanoseconds: 8 * second, count: 9,
                    isAtLeast: false))
    }

    @Test func `one uncertain loss makes the sum a lower bound`() {
        var tally = LossTally(intervalNanoseconds: second)
        tally.add(gap(3, from: 1, to: 2))
        tally.add(gap(1, from: 3, to: 4, isAtLeast: true))
        #expect(tally.sum?.isAtLeast == true)
        #expect(tally.sum?.count == 4)
    }

    @Test func `an outage widens the interval and counts nothing`() {
        var tally = LossTally(intervalNanoseconds: second)
        tally.add(gap(3, from: 10, to: 20))
        tally.addOutage(fromNanoseconds: 5, toNanoseconds: 15)
        #expect(
            tally.sum
                == LossTally.Sum(
                    fromNanoseconds: 5, toNanoseconds: 20, count: 3, isAtLeast: true))
    }
}
