import GatewayPorts
import Testing

@Suite struct TargetProgressTests {
    @Test func `rows that touch become one range`() {
        #expect([5...6, 1...2, 3...3, 6...9].joined(atMost: 9) == [1...3, 5...9])
        #expect([ClosedRange<Int64>]().joined(atMost: 2) == [])
    }

    @Test func `beyond the limit those with the fewest rows between them become one`() {
        #expect([1...1, 3...3, 10...10, 12...14].joined(atMost: 2) == [1...3, 10...14])
        #expect([1...1, 3...3, 10...10, 12...14].joined(atMost: 3) == [1...3, 10...10, 12...14])
        let many = (0..<1000).map { Int64($0 * 3)...Int64($0 * 3) }
        let joined = many.joined(atMost: 10)
        #expect(joined.count == 10)
        #expect(many.allSatisfy { range in joined.contains { $0.contains(range.lowerBound) } })
    }
}
