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
        let noise: [Double] = (0..<216).map { $0 % 2 == 0 ? 0.01 : -0.01 }
        let drifting: [Double] = noise.enumerated().map { index, error in
            let days = Double(index) / 144
            return days * 0.02 + error
        }
        let drift = try #require(AgreementStatistics(pairs(drifting))?.drift)
        #expect((drift.perDay - 0.02).magnitude < 0.000_5)
        // σ ÷ √Sxx: a centimetre over 216 points of a day and a half.
        let variance: Double = 216 * 1.5 * 1.5 / 12
        let expected = 0.01 / variance.squareRoot()
        #expect((drift.standardError - expected).magnitude < 2e-5)
        #expect(drift.isSignificant)
        let steady = try #require(AgreementStatistics(pairs(noise))?.drift)
        #expect(!steady.isSignificant)
    }

    @Test func `nothing has no statistics, and two pairs no drift`() {
        #expect(AgreementStatistics([]) == nil)
        #expect(AgreementStatistics(pairs([0.1]))?.spread95 != nil)
        #expect(AgreementStatistics(pairs([0.1, 0.2]))?.drift == nil)
    }
}
