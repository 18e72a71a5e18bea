import GatewayModel
import QualityControl
import Testing

/// Where readings come irregularly, and ioos_qc is no oracle.
@Suite struct FlatLineCheckTests {
    private let limits = QualityLimits(
        flatLine: .init(tolerance: 0.005, suspectSeconds: 3600, failSeconds: 7200))

    private func flags(
        _ readings: [(minute: Double, value: Double?)], intervalSeconds: Double? = nil
    ) -> [UInt8] {
        TimedSeries(
            values: readings.map(\.value),
            milliseconds: readings.map { Int64($0.minute * 60_000) }
        ).finalReports(limits: limits, intervalSeconds: intervalSeconds)
            .map { $0[.flatLine].rawValue }
    }

    @Test func `an hour is an hour when sampling changes from ten minutes to two`() {
        // Moving water until minute 200, then it stands still.
        let slow = stride(from: 0.0, through: 200, by: 10).map { ($0, $0 / 100) }
        let fast = stride(from: 202.0, through: 330, by: 2).map { ($0, 2.0) }
        let flags = flags(slow + fast)
        let times = (slow + fast).map(\.0)
        for (time, flag) in zip(times, flags) {
            // From 200 on it is 2.0: for an hour at 260, for two at 320.
            #expect(flag == (time >= 320 ? 4 : time >= 260 ? 3 : 1), "minute \(time)")
        }
    }

    @Test func `an hour is an hour when sampling changes from two minutes to ten`() {
        let fast = stride(from: 0.0, through: 100, by: 2).map { ($0, $0 / 100) }
        let slow = stride(from: 110.0, through: 300, by: 10).map { ($0, 1.0) }
        for ((time, _), flag) in zip(fast + slow, flags(fast + slow)) {
            #expect(flag == (time >= 220 ? 4 : time >= 160 ? 3 : 1), "minute \(time)")
        }
    }

    @Test func `an equal value after a gap is no flat line`() {
        #expect(flags([(0, 1), (300, 1), (600, 1), (900, 1)]) == [1, 1, 1, 1])
        #expect(
            flags([(0, 1), (10, 1.5), (300, 1), (345, 1)], intervalSeconds: 600) == [1, 1, 1, 1])
    }

    @Test func `a bound breaks the line, and is not evaluated itself`() {
        var control = QualityControl(limits: limits, intervalSeconds: 600)
        let flags = (0..<16).map { index in
            control.judge(
                value: 1, time: SteadyInstant(milliseconds: Int64(index) * 600_000),
                isBound: index == 7
            ).report[.flatLine].rawValue
        }
        #expect(flags == [1, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1, 3, 3])
    }

    @Test func `a late reading is not evaluated and changes nothing`() {
        var control = QualityControl(limits: limits)
        var flags: [UInt8] = []
        for (minute, value) in [(0, 1.0), (20, 1), (40, 1), (30, 9), (60, 1)] {
            flags.append(
                control.judge(
                    value: value, time: SteadyInstant(milliseconds: Int64(minute) * 60_000)
                ).report[.flatLine].rawValue)
        }
        #expect(flags == [1, 1, 1, 2, 3])
    }
}
