import GatewayModel
import Hydrology
import Testing

@Suite struct AgreementStatisticsTests {
    private func pairs(_ errors: [Double], stepSeconds: Double = 600) -> [SeriesPairs.Pair] {
        let times = errors.indices.map {
            UTCInstant(milliseconds: Int64(Double($0) * stepSeconds * 1000))
        }
        return SeriesPairs(
            zip(times, errors).map { SeriesPoint(time: $0, value: 2 + $1) },
            reference: times.map { SeriesPoint(time: $0, value: 2) }, toleranceSeconds: 1
        ).pairs
    }

    /// Reckoned by hand: 1, −1, 2, −2, 5 centimetres.
    @Test func `five errors have their known statistics`() throws {
        let found = try #require(AgreementStatistics(pairs([0.01, -0.01, 0.02, -0.02, 0.05])))
        #expect(found.count == 5)
        #expect((found.bias - 0.01).magnitude < 1e-12)
        #expect((found.meanAbsoluteError - 0.022).magnitude < 1e-12)
        #expect((found.rootMeanSquareError - (0.0035 / 5).squareRoot()).magnitude < 1e-12)
        #expect((found.spread95.lowerBound + 0.019).magnitude < 1e-12)
        #expect((found.spread95.upperBound - 0.047).magnitude < 1e-12)
    }

    @Test func `a drift is found with its uncertainty, and none is not made up`() throws {
        // 144 values a day: a day and a half that drift by 2 cm a day, with ± 1 cm in turn.
        let steady = (0..<216).map { (index: Int) -> Double in
            index.isMultiple(of: 2) ? 0.01 : -0.01
        }
        let drifting = steady.enumerated().map { (index: Int, error: Double) -> Double in
            error + Double(index) / 144 * 0.02
        }
        let found = try #require(AgreementStatistics(pairs(drifting)))
        let drift = try #require(found.drift)
        #expect((drift.perDay - 0.02).magnitude < 0.000_5)
        // σ ÷ √Sxx: a centimetre over 216 points of a day and a half.
        let spread: Double = 216 * 1.5 * 1.5 / 12
        #expect((drift.standardError - 0.01 / spread.squareRoot()).magnitude < 2e-5)
        #expect(drift.isSignificant)
        let none = try #require(AgreementStatistics(pairs(steady)))
        #expect(try #require(none.drift).isSignificant == false)
    }

    @Test func `nothing has no statistics, and two pairs no drift`() {
        #expect(AgreementStatistics([]) == nil)
        #expect(AgreementStatistics(pairs([0.1]))?.spread95 != nil)
        #expect(AgreementStatistics(pairs([0.1, 0.2]))?.drift == nil)
    }
}
