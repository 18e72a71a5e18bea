import Foundation
import GatewayModel
@testable import QualityControl
import Testing

@Suite struct ReadingFilterTests {
    private func filtered(
        _ rule: FilterRule, _ values: [Double], _ seconds: [Double]? = nil
    ) -> [Double] {
        var filter = ReadingFilter(rule)
        return zip(values, seconds ?? values.indices.map { Double($0) * 60 }).map { value, second in
            filter.take(value, at: SteadyInstant(milliseconds: Int64(second * 1000)))
        }
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Readings at intervals from nothing to five minutes, with jumps and equal values.
    private func series(_ count: Int) -> (values: [Double], seconds: [Double]) {
        var state: UInt64 = 7
        func next(_ limit: UInt64) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double((state >> 33) % limit)
        }
        var second = 0.0
        var values: [Double] = []
        var seconds: [Double] = []
        for index in 0..<count {
            second += next(301)
            values.append(1 + next(12) / 100 + (index % 17 == 0 ? 0.9 : 0))
            seconds.append(second)
        }
        return (values, seconds)
    }

    @Test func `the median and Hampel's filter are what their definitions say, at any interval`() {
        let (values, seconds) = series(800)
        let medians = filtered(.median(windowSeconds: 1200), values, seconds)
        let hampel = filtered(
            .hampel(windowSeconds: 1200, deviations: 3, resolution: 0.005), values, seconds)
        var replaced = 0
        for index in values.indices {
            let window = values.indices[...index]
                .filter { seconds[$0] > seconds[index] - 1200 }.map { values[$0] }
            let middle = median(window)
            let spread = max(1.4826 * median(window.map { ($0 - middle).magnitude }), 0.005)
            let isOutlier = (values[index] - middle).magnitude > 3 * spread
            replaced += isOutlier ? 1 : 0
            #expect(medians[index] == middle, "\(index)")
            #expect(hampel[index] == (isOutlier ? middle : values[index]), "\(index)")
        }
        #expect(replaced > 20 && replaced < 200)
    }

    @Test func `the worked example of the literature`() {
        let values = [1.2, 1.21, 1.19, 3.9, 1.22]
        #expect(
            filtered(.hampel(windowSeconds: 600, deviations: 3, resolution: 0), values)
                == [1.2, 1.21, 1.19, 1.205, 1.22])
        #expect(filtered(.median(windowSeconds: 600), values).last == 1.21)
    }

    @Test
    func `the resolution is a floor: of values that stand still, the next step is no outlier`() {
        let values = [1.0, 1, 1, 1, 1.01]
        let rule = { FilterRule.hampel(windowSeconds: 600, deviations: 3, resolution: $0) }
        #expect(filtered(rule(0.01), values).last == 1.01)
        #expect(filtered(rule(0), values).last == 1)
    }

    @Test func `a window forgets what is just as old as it is long`() {
        #expect(filtered(.median(windowSeconds: 120), [9, 1, 2, 2]) == [9, 5, 1.5, 2])
    }

    @Test func `the exponential goes by elapsed time, however often readings come`() {
        let once = filtered(.exponential(timeConstantSeconds: 600), [0, 1], [0, 600])
        let often = filtered(
            .exponential(timeConstantSeconds: 600), [0] + Array(repeating: 1, count: 60),
            (0...60).map { Double($0) * 10 })
        #expect(abs(once[1] - (1 - exp(-1.0))) < 1e-14)
        #expect(abs(once[1] - often[60]) < 1e-12)
        #expect(
            filtered(.exponential(timeConstantSeconds: 1), [0, 1, 3], [0, 1e6, 1e6]) == [0, 1, 1])
    }

    @Test(arguments: [0, 1e-9, 0.01, 0.125, 0.3, 1, 5, 30, 699, 1e9])
    func `the decay is the exponential function`(exponent: Double) {
        let expected = exp(-exponent)
        let found = ReadingFilter.decay(exponent)
        #expect(abs(found - expected) <= expected * 1e-12)
    }

    @Test func `of readings that come very fast the newest are looked at`() {
        let values = (0..<1000).map { Double($0) }
        let found = filtered(.median(windowSeconds: 1e6), values, values.map { $0 / 10 })
        #expect(found[999] == 999 - Double(FilterRule.windowLimit - 1) / 2)
    }
}
