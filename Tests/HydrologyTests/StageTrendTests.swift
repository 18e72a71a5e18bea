import GatewayModel
import Hydrology
import Testing

@Suite struct StageTrendTests {
    /// A trend from minutes and centimetres.
    private func trend(_ readings: [(minute: Double, centimetres: Double)]) -> StageTrend {
        var trend = StageTrend()
        for reading in readings {
            trend.record(
                stageMetres: reading.centimetres / 100,
                time: SteadyInstant(
                    milliseconds: 1_699_999_980_000 + Int64(reading.minute * 60_000)))
        }
        return trend
    }

    @Test func `nothing is said before three points span ten minutes`() {
        #expect(trend([]).direction == nil)
        #expect(trend([(0, 100)]).direction == nil)
        #expect(trend([(0, 100), (10, 200)]).direction == nil)
        #expect(trend([(0, 100), (4, 150), (9, 200)]).direction == nil)
        #expect(trend([(0, 100), (5, 150), (10, 200)]).direction == .rising)
    }

    @Test(arguments: [
        ([100.0, 101, 102, 103], StageTrend.Direction.rising, 0.06),
        ([103.0, 102, 101, 100], .falling, -0.06),
        ([100.0, 100, 100, 101], .steady, 0.018),
        ([100.0, 101, 100, 101], .steady, 0.012),
        ([100.0, 120, 150, 190], .rising, 1.8),
        ([-93.0, -93, -93, -93], .steady, 0),
    ])
    func `ten-minute stages give a direction`(
        centimetres: [Double], direction: StageTrend.Direction, metresPerHour: Double
    ) {
        let trend = trend(centimetres.enumerated().map { (Double($0.offset) * 10, $0.element) })
        #expect(trend.direction == direction)
        #expect(trend.metresPerHour == metresPerHour)
    }

    @Test func `irregular intervals lie on the same line`() {
        let regular = trend([(0, 0), (10, 10), (20, 20), (30, 30)])
        let irregular = trend([(0, 0), (1, 1), (17, 17), (17.5, 17.5), (30, 30)])
        #expect(regular.metresPerHour == 0.6)
        #expect(irregular.metresPerHour == 0.6)
    }

    @Test func `a burst within a minute weighs as one reading`() throws {
        var burst: [(Double, Double)] = (0..<60).map { (Double($0) / 61, 150) }
        burst += [(10, 100), (20, 100), (30, 100)]
        let one = trend([(0.5, 150), (10, 100), (20, 100), (30, 100)])
        let single = try #require(one.metresPerHour)
        let many = try #require(trend(burst).metresPerHour)
        #expect(abs(single - many) < 0.01)
    }

    @Test func `what is older than the window is forgotten`() {
        #expect(trend([(0, 900), (40, 100), (50, 100), (60, 100)]).direction == .steady)
        #expect(trend([(0, 900), (120, 100)]).direction == nil)
    }

    @Test func `late readings fall into place, and too late ones are left out`() {
        let inOrder = trend([(0, 0), (10, 5), (20, 10), (30, 15)])
        #expect(trend([(0, 0), (20, 10), (30, 15), (10, 5)]) == inOrder)
        #expect(trend([(0, 0), (10, 5), (20, 10), (30, 15), (-1, 900)]) == inOrder)
    }

    @Test func `what is not finite is left out`() {
        let clean = trend([(0, 0), (4, 2), (10, 5)])
        #expect(trend([(0, 0), (4, 2), (5, .nan), (6, .infinity), (10, 5)]) == clean)
    }

    @Test func `times before 1970 and at the ends of 64 bits do no harm`() {
        var trend = StageTrend()
        trend.record(stageMetres: 1, time: SteadyInstant(milliseconds: .min))
        trend.record(stageMetres: 1, time: SteadyInstant(milliseconds: -600_001))
        trend.record(stageMetres: 1.5, time: SteadyInstant(milliseconds: -300_000))
        trend.record(stageMetres: 2, time: SteadyInstant(milliseconds: -1))
        #expect(trend.direction == .rising)
        trend.record(stageMetres: 1, time: SteadyInstant(milliseconds: .max))
        #expect(trend.direction == nil)
    }

    @Test func `the line says how sure its slope is, and where it ends`() throws {
        let straight = try #require(trend([(0, 100), (10, 110), (20, 120), (30, 130)]).rate)
        #expect(straight.standardErrorMetresPerHour < 1e-6)
        #expect(abs(straight.stageMetres - 1.3) < 1e-9)
        #expect(straight.spanSeconds == 1800 && straight.pointCount == 4)
        // Residuals −0.5, 1.5, −1.5, 0.5 cm about 1.05 m + 0.55 m/h: σ² = 5 cm² ÷ 2, Sxx = 500 min².
        let rough = try #require(trend([(0, 100), (10, 111), (20, 117), (30, 128)]).rate)
        #expect(abs(rough.metresPerHour - 0.54) < 1e-9)
        #expect(abs(rough.standardErrorMetresPerHour - 0.042_426_406_9) < 1e-9)
    }
}
