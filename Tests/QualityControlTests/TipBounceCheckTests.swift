import GatewayModel
import QualityControl
import Testing

@Suite struct TipBounceCheckTests {
    private let limits = QualityLimits(
        tipBounce: .init(greatestMillimetresPerHour: 300, depthMillimetres: 0.5))

    @Test func `more tips than a bucket can make are suspect`() {
        // In a minute 5 mm and one tip more.
        let rain = [0, 0, 5.5, 6, 0, 0.5, 100]
        let flags = TimedSeries(values: rain, everyMilliseconds: 60_000)
            .finalReports(limits: limits).map { $0[.tipBounce].rawValue }
        #expect(flags == [2, 1, 1, 3, 1, 1, 3])
    }

    @Test func `what a lost reading would have told comes with the next one`() {
        let series = TimedSeries(
            values: [0, nil, 10.5, 6, 0.5], milliseconds: [0, 60_000, 120_000, 180_000, 180_000])
        let flags = series.finalReports(limits: limits).map { $0[.tipBounce].rawValue }
        #expect(flags == [2, 9, 1, 3, 1])
    }

    @Test func `a late reading is not evaluated and moves nothing`() {
        let series = TimedSeries(
            values: [0, 0, 50, 6], milliseconds: [0, 60_000, 30_000, 120_000])
        let flags = series.finalReports(limits: limits).map { $0[.tipBounce].rawValue }
        #expect(flags == [2, 1, 2, 3])
    }
}
