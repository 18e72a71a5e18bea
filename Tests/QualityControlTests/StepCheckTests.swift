import GatewayModel
import QualityControl
import Testing

@Suite struct StepCheckTests {
    private let limits = QualityLimits(
        step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 1800))

    private func flags(_ values: [Double?]) -> [UInt8] {
        TimedSeries(values: values, everyMilliseconds: 300_000)
            .finalReports(limits: limits).map { $0[.step].rawValue }
    }

    @Test func `a thing under the sensor is suspect until it is taken away`() {
        #expect(flags([1, 1, 1.6, 1.61, nil, 1.6, 1.02, 1]) == [1, 1, 3, 3, 9, 3, 1, 1])
    }

    @Test func `a sensor that is lifted out is suspect, wherever it dangles`() {
        #expect(flags([1, 0.1, 0.6, 0.11, 1, 1]) == [1, 3, 3, 3, 1, 1])
    }

    @Test func `what stands for the hold is where the water is`() {
        #expect(
            flags([1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1.9]) == [1, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1])
    }

    @Test func `water that leaps and moves on is suspect for four readings`() {
        #expect(
            flags([1, 1.4, 1.6, 1.7, 1.8, 1.9, 1.85, 2]) == [1, 3, 3, 3, 1, 1, 1, 1])
        #expect(
            flags([1, 1.2, 1.45, 1.7, 1.9]) == [1, 1, 1, 1, 1], "0.3 m in five minutes passes")
    }

    @Test func `nothing is looked for across a gap longer than the hold`() {
        let series = TimedSeries(values: [1, 3], milliseconds: [0, 1_800_001])
        #expect(series.finalReports(limits: limits).map { $0[.step] } == [.good, .good])
    }

    @Test func `a bound forgets the leap`() {
        var control = QualityControl(limits: limits)
        let flags = [1.0, 2, 3.1, 2, 2].enumerated().map { index, value in
            control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(index) * 60_000),
                isBound: index == 2
            ).report[.step].rawValue
        }
        #expect(flags == [1, 3, 2, 1, 1])
    }

    @Test func `an error code is missing for a reason, and no value for any check`() {
        var limits = limits
        limits.errorCode = .init(codes: [5000, -9999])
        let reports = TimedSeries(values: [1, 5000, 1.1, nil, -9999], everyMilliseconds: 60_000)
            .finalReports(limits: limits)
        #expect(reports.map { $0[.errorCode].rawValue } == [1, 9, 1, 9, 9])
        #expect(reports.map { $0[.step].rawValue } == [1, 9, 1, 9, 9])
    }
}
