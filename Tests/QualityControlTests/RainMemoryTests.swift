import GatewayModel
import QualityControl
import Testing

@Suite struct RainMemoryTests {
    private func at(_ minutes: Int64) -> SteadyInstant {
        SteadyInstant(milliseconds: minutes * 60_000)
    }

    private func sum(
        _ memory: RainMemory, hours: Double, at minute: Int64, age: Double = 3600,
        enough: Double = 1000
    ) -> Double? {
        memory.millimetres(
            ofSeconds: hours * 3600, before: at(minute), greatestAgeSeconds: age, enough: enough)
    }

    @Test func `the rain of the last hours is summed, back to the beginning of a stretch`() {
        var memory = RainMemory(greatestGapSeconds: nil)
        for minute in stride(from: Int64(0), through: 600, by: 10) {
            memory.record(minute < 300 ? 1 : 0.5, at: at(minute))
        }
        #expect(sum(memory, hours: 1, at: 600) == 3.5)
        #expect(sum(memory, hours: 1, at: 605) == 3.5)
        #expect(sum(memory, hours: 6, at: 600) == 6 + 31 * 0.5)
        #expect(sum(memory, hours: 10, at: 600) == 30 + 31 * 0.5)
    }

    @Test func `the last hour is summed by the minute`() {
        var memory = RainMemory(greatestGapSeconds: nil, reach: .hour)
        for minute in Int64(0)...200 { memory.record(minute < 150 ? 1 : 0.5, at: at(minute)) }
        // Nine whole minutes and the newest.
        #expect(sum(memory, hours: 9.0 / 60, at: 200) == 5)
        #expect(sum(memory, hours: 59.0 / 60, at: 200) == 9 + 51 * 0.5)
        memory.record(2, at: at(500))
        #expect(sum(memory, hours: 59.0 / 60, at: 500) == 2, "the stretches between are empty")
    }

    @Test func `what is not all known is not known, unless it suffices`() {
        var memory = RainMemory(greatestGapSeconds: nil)
        memory.record(3, at: at(100))
        memory.record(0, at: at(160))
        #expect(sum(memory, hours: 1, at: 160) == 3)
        #expect(sum(memory, hours: 2, at: 160) == nil)
        #expect(sum(memory, hours: 2, at: 160, enough: 3) == 3)
        #expect(sum(RainMemory(greatestGapSeconds: nil), hours: 1, at: 0) == nil)
    }

    @Test func `a silent gauge says nothing`() {
        var memory = RainMemory(greatestGapSeconds: nil)
        memory.record(0, at: at(0))
        memory.record(9, at: at(60))
        #expect(sum(memory, hours: 1, at: 120) == 9)
        #expect(sum(memory, hours: 1, at: 121) == nil)
    }

    @Test func `after a silence the rain before is unknown, but a count makes up for it`() {
        var memory = RainMemory(greatestGapSeconds: 1800)
        var counted = RainMemory(greatestGapSeconds: nil)
        for minute: Int64 in [0, 30, 100] {
            memory.record(0, at: at(minute))
            counted.record(0, at: at(minute))
        }
        #expect(sum(memory, hours: 1, at: 100) == nil)
        #expect(sum(counted, hours: 1, at: 100) == 0)
        #expect(sum(memory, hours: 1, at: 160) == 0)
        counted.record(nil, at: at(110))
        #expect(sum(counted, hours: 1, at: 115) == nil, "an amount that nobody knows")
        #expect(sum(counted, hours: 1, at: 170) == 0)
    }

    @Test func `two days are held, older rain is let go, and late rain finds its place`() {
        var memory = RainMemory(greatestGapSeconds: nil)
        memory.record(1, at: at(-15))
        memory.record(2, at: at(0))
        memory.record(4, at: at(2880))
        memory.record(8, at: at(2870))
        memory.record(16, at: at(-1000))
        #expect(sum(memory, hours: 48, at: 2880) == 14)
        memory.record(32, at: at(20_000))
        #expect(sum(memory, hours: 48, at: 20_000) == 32)
    }
}
