import GatewayModel
import QualityControl
import Testing

@Suite struct AttenuatedSignalCheckTests {
    private func flags(
        _ minimum: QualityLimits.AttenuatedSignal.Minimum, minutes: [Double],
        intervalSeconds: Double? = nil
    ) -> [UInt8] {
        let limits = QualityLimits(
            attenuatedSignal: .init(
                measure: .range, periodSeconds: 3600, minimum: minimum, suspectThreshold: 0.1,
                failThreshold: 0.05))
        return TimedSeries(
            values: minutes.map { $0.truncatingRemainder(dividingBy: 20) == 0 ? 1 : 1.07 },
            milliseconds: minutes.map { Int64($0 * 60_000) }
        ).finalReports(limits: limits, intervalSeconds: intervalSeconds)
            .map { $0[.attenuatedSignal].rawValue }
    }

    @Test func `the least time goes by the readings' own interval when sampling changes`() {
        // 30 minutes: three readings at ten minutes, and as many as fill them at two.
        let minutes = [0.0, 10, 20, 30] + stride(from: 32.0, through: 50, by: 2)
        #expect(flags(.seconds(1800), minutes: minutes).prefix(4) == [2, 2, 3, 3])
        #expect(flags(.seconds(1800), minutes: minutes).dropFirst(4).allSatisfy { $0 == 3 })
        let fast = Array(stride(from: 0.0, through: 40, by: 2))
        #expect(
            flags(.seconds(1800), minutes: fast)
                == Array(repeating: 2, count: 14) + Array(repeating: 3, count: 7))
    }

    @Test func `one reading is judged by the least time only where the interval is known`() {
        #expect(flags(.seconds(600), minutes: [0]) == [2])
        #expect(flags(.seconds(600), minutes: [0], intervalSeconds: 600) == [4])
    }

    @Test func `a bound breaks the window`() {
        var control = QualityControl(
            limits: QualityLimits(
                attenuatedSignal: .init(
                    measure: .standardDeviation, periodSeconds: 3600, minimum: .readings(2),
                    suspectThreshold: 0.1, failThreshold: 0.05)))
        let flags = [1.0, 2, 3, 3, 3].enumerated().map { index, value in
            control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(index) * 600_000),
                isBound: index == 2
            ).report[.attenuatedSignal].rawValue
        }
        #expect(flags == [2, 1, 2, 2, 4])
    }
}
