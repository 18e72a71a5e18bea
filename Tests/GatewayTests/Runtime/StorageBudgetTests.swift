import GatewayPorts
import Testing

@testable import Gateway

@Suite struct StorageBudgetTests {
    private let mega: Int64 = 1_000_000

    private func sample(_ hours: Double, stored: Int64, written: Int64?, free: Int64)
        -> StorageBudget.Sample
    {
        StorageBudget.Sample(
            monotonicNanoseconds: Int64(hours * 3_600e9), storedBytes: stored * mega,
            writtenBytes: written.map { $0 * mega }, freeBytes: free * mega)
    }

    @Test func `rates are unknown for ten minutes, then say what a day brings`() throws {
        var budget = StorageBudget()
        #expect(budget.figures == StorageFigures())
        budget.take(sample(0, stored: 100, written: 10, free: 1000))
        budget.take(sample(0.1, stored: 101, written: 12, free: 999))
        #expect(budget.figures.storedBytesPerDay == nil && budget.figures.runwayDays == nil)
        #expect(budget.figures.freeBytes == 999 * mega)
        budget.take(sample(12, stored: 105, written: 30, free: 995))
        let figures = budget.figures
        #expect(figures.storedBytesPerDay == 10e6)
        #expect(figures.writtenBytesPerDay == 40e6)
        #expect(figures.runwayDays == 99.5)
        #expect(figures.measuredSeconds == 12 * 3600)
    }

    @Test func `a store that does not grow has no end, and a kernel may not tell`() {
        var budget = StorageBudget()
        budget.take(sample(0, stored: 100, written: nil, free: 1000))
        budget.take(sample(2, stored: 99, written: nil, free: 1000))
        #expect(budget.figures.runwayDays == nil)
        #expect(budget.figures.writtenBytesPerDay == nil)
        #expect((budget.figures.storedBytesPerDay ?? 0) < 0)
    }

    @Test func `only the last day counts`() throws {
        var budget = StorageBudget()
        for hour in 0...100 {
            // It grows for fifty hours and then no more.
            budget.take(
                sample(
                    Double(hour), stored: Int64(min(hour, 50)) * 10, written: Int64(hour), free: 5))
        }
        #expect(budget.figures.storedBytesPerDay == 0)
        #expect(budget.figures.measuredSeconds <= 25 * 3600)
        #expect(abs((budget.figures.writtenBytesPerDay ?? 0) - 24e6) < 1)
    }
}
