import Testing

@testable import Gateway

@Suite struct BackoffTests {
    @Test func `the ceiling doubles up to a minute and no further`() {
        var backoff = Backoff()
        let ceilings = (0..<9).map { _ in backoff.next(chance: 1) }
        #expect(ceilings == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        backoff.reset()
        #expect(backoff.next(chance: 1) == 1)
    }

    @Test(arguments: [0, 0.01, 0.5, 1]) func `chance chooses below the ceiling`(chance: Double) {
        var backoff = Backoff()
        for ceiling in [1.0, 2, 4, 8, 16, 32, 60, 60] {
            #expect(backoff.next(chance: chance) == max(0.05, ceiling * chance))
        }
    }
}
