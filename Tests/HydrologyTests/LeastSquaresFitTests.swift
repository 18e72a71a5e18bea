import Hydrology
import Testing

@Suite struct LeastSquaresFitTests {
    private func points(_ values: [(Double, Double)]) -> [LeastSquaresFit.Point] {
        values.map { LeastSquaresFit.Point(raw: $0.0, value: $0.1) }
    }

    private func isNear(_ found: Double?, _ expected: Double, _ relative: Double = 1e-9) -> Bool {
        guard let found else { return false }
        return (found - expected).magnitude <= relative * max(1e-12, expected.magnitude)
    }

    /// Reckoned by hand: Sxx = 10, Sxy = 6, mean (3, 4), residuals −0.8, 0.6, 1, −0.6, −0.2.
    @Test func `a line through five points, as in the textbook`() throws {
        let fit = try #require(
            LeastSquaresFit(points([(1, 2), (2, 4), (3, 5), (4, 4), (5, 5)]), degree: 1))
        #expect(isNear(fit.coefficients[0], 2.2) && isNear(fit.coefficients[1], 0.6))
        for (found, expected) in zip(fit.residuals, [-0.8, 0.6, 1, -0.6, -0.2]) {
            #expect((found - expected).magnitude < 1e-12)
        }
        let deviation = 0.8.squareRoot()
        #expect(isNear(fit.residualStandardDeviation, deviation))
        let errors = try #require(fit.standardErrors)
        #expect(isNear(errors[1], deviation / 10.squareRoot()))
        #expect(isNear(errors[0], deviation * (1.0 / 5 + 9.0 / 10).squareRoot()))
        #expect(fit.degreesOfFreedom == 3 && fit.rawRange == 1...5)
        // t of 3 degrees is 3.1824.
        #expect(isNear(fit.curveHalfWidth(raw: 3), 3.1824 * deviation * 0.2.squareRoot()))
        #expect(isNear(fit.curveHalfWidth(raw: 5), 3.1824 * deviation * 0.6.squareRoot()))
        #expect(isNear(fit.pointHalfWidth(raw: 5), 3.1824 * deviation * 1.6.squareRoot()))
    }

    @Test(arguments: 1...3)
    func `a polynomial's own points give its coefficients again`(degree: Int) throws {
        let truth = Array([3.2, -0.001, 2e-8, -3e-12].prefix(degree + 1))
        let values = stride(from: 300.0, through: 4300, by: 250).map { raw in
            (raw, truth.reversed().reduce(0) { $0 * raw + $1 })
        }
        let fit = try #require(LeastSquaresFit(points(values), degree: degree))
        for (found, expected) in zip(fit.coefficients, truth) {
            #expect(isNear(found, expected, 1e-6))
        }
        #expect(try #require(fit.residualStandardDeviation) < 1e-12)
        for (raw, value) in values { #expect((fit.value(raw: raw) - value).magnitude < 1e-12) }
    }

    /// The 95 % interval of the line holds the truth in 95 of 100 experiments.
    @Test func `the interval is as wide as it says`() throws {
        var numbers = SplitMix(state: 20_261_122)
        var hits = 0
        for _ in 0..<2000 {
            let values = (0..<8).map { index in
                let raw = 500 * Double(index)
                let noise = (0..<12).reduce(-6.0) { sum, _ in
                    sum + Double.random(in: 0..<1, using: &numbers)
                }
                return (raw, 3.2 - 0.001 * raw + 0.01 * noise)
            }
            let fit = try #require(LeastSquaresFit(points(values), degree: 1))
            let half = try #require(fit.curveHalfWidth(raw: 3000))
            if (fit.value(raw: 3000) - 0.2).magnitude <= half { hits += 1 }
        }
        #expect((1860...1940).contains(hits), "\(hits) of 2000")
    }

    @Test func `just enough points say nothing of the error, and fewer make no fit`() throws {
        let exact = try #require(LeastSquaresFit(points([(1, 2), (2, 4)]), degree: 1))
        #expect(exact.standardErrors == nil && exact.residualStandardDeviation == nil)
        #expect(exact.curveHalfWidth(raw: 1) == nil && exact.pointHalfWidth(raw: 1) == nil)
        #expect(exact.coefficients.count == 2 && isNear(exact.value(raw: 3), 6))
        #expect(LeastSquaresFit(points([(1, 2), (1, 4)]), degree: 1) == nil)
        #expect(LeastSquaresFit(points([(1, 2), (2, 4), (2, 3)]), degree: 2) == nil)
        #expect(LeastSquaresFit([], degree: 1) == nil)
    }
}

/// A repeatable source of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
