import CAllocationCount
import Testing

@testable import QualityControl

@Suite struct SlidingWindowTests {
    /// Values that a sum would be spoilt by, on times with bursts and gaps.
    private func readings(_ count: Int) -> [(value: Double?, time: Int64)] {
        var random = SystemOfNumbers(seed: 7)
        var time: Int64 = 0
        return (0..<count).map { index in
            time += index % 97 == 0 ? 40_000 : Int64(random.next() % 3000)
            let value = Double(random.next() % 2000) / 1000 + (index % 50 == 3 ? 1e9 : 0)
            return (index % 11 == 5 ? nil : value, time)
        }
    }

    @Test func `the summary is that of the readings in the window, added up anew`() {
        let all = readings(4000)
        var window = SlidingWindow(lengthMilliseconds: 60_000)
        for (index, reading) in all.enumerated() {
            window.append(reading.value, at: reading.time)
            window.drop(before: reading.time - 60_000)
            let held = all[...index].filter { $0.time >= reading.time - 60_000 }
            let values = held.compactMap(\.value)
            let summary = window.summary
            #expect(summary.readingCount == held.count && summary.count == values.count)
            #expect(window.oldest == held[0].time)
            guard !values.isEmpty else { continue }
            #expect(summary.low == values.min() && summary.high == values.max())
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let expected = (squares / Double(values.count)).squareRoot()
            let deviation = summary.standardDeviation ?? -1
            #expect((deviation - expected).magnitude <= 1e-9 * max(expected, 1e-3))
        }
    }

    @Test func `a spike that has left the window leaves no trace`() {
        var window = SlidingWindow(lengthMilliseconds: 1000)
        for time in 0..<5000 {
            window.append(time == 100 ? 1e15 : 0.1, at: Int64(time))
            window.drop(before: Int64(time) - 1000)
        }
        #expect(window.summary.standardDeviation == 0)
    }

    @Test func `readings that come too fast share places, and no memory grows`() {
        var window = SlidingWindow(lengthMilliseconds: 604_800_000)
        var most = 0
        for second in 0..<2_000_000 {
            window.append(Double(second), at: Int64(second) * 1000)
            window.drop(before: Int64(second) * 1000 - 604_800_000)
            most = max(most, window.placeCount)
        }
        #expect(most <= 2 * SlidingWindow.exactCount + 2)
        let oldest = 1_999_999_000 - (window.oldest ?? 0)
        #expect(oldest >= 604_800_000 && oldest < 604_800_000 + 604_800_000 / 4096 + 1000)
        #expect(window.summary.low * 1000 == Double(window.oldest ?? 0))
    }

    @Test(.enabled(if: allocations_are_counted(), "the sanitizer counts in our place"))
    func `a full window allocates nothing`() {
        var window = SlidingWindow(lengthMilliseconds: 600_000)
        func run(_ seconds: Range<Int64>) {
            // A loop over a range allocates in debug builds.
            var second = seconds.lowerBound
            while second < seconds.upperBound {
                window.append(Double(second % 17), at: second * 1000)
                window.drop(before: second * 1000 - 600_000)
                second += 1
            }
        }
        run(0..<2000)
        let before = allocation_count()
        run(2000..<20_000)
        #expect(allocation_count() == before)
        window.removeAll()
        #expect(window.oldest == nil && window.summary == ValueSpread())
    }
}

/// Numbers that look random and are the same on every run.
struct SystemOfNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// - Source: S. Vigna, SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
