import GatewayModel
import QualityControl
import Testing

@Suite struct SpikeCheckTests {
    private func limits(_ method: QualityLimits.Spike.Method) -> QualityLimits {
        QualityLimits(
            grossRange: .init(fail: .init(low: -9, high: 99), suspect: nil),
            spike: .init(method: method, suspectThreshold: 2, failThreshold: 3))
    }

    @Test func `the newest reading waits for the next one to be judged`() {
        var control = QualityControl(limits: limits(.differential))
        var now: [UInt8] = []
        var former: [UInt8?] = []
        for (index, value) in [1.0, 1, 4.5, 1, 1, 1].enumerated() {
            let judgement = control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(index) * 60_000))
            now.append(judgement.report[.spike].rawValue)
            former.append(judgement.former?[.spike].rawValue)
            #expect(judgement.former.map { $0[.grossRange] == .good } ?? true)
        }
        #expect(now == [2, 2, 2, 2, 2, 2])
        #expect(former == [nil, nil, 1, 4, 1, 1])
    }

    @Test func `a steady rise is no spike when sampling changes from ten minutes to two`() {
        // One a minute, all along; the middle of 20 and 32 is 26, not 30.
        let minutes: [Int64] = [0, 10, 20, 30, 32, 34, 36, 46, 56]
        let series = TimedSeries(
            values: minutes.map { Double($0) }, milliseconds: minutes.map { $0 * 60_000 })
        let flags = series.finalReports(limits: limits(.average)).map { $0[.spike].rawValue }
        #expect(flags == [2, 1, 1, 1, 1, 1, 1, 1, 2])
        var bent = series
        bent.values[3] = 34
        #expect(
            bent.finalReports(limits: limits(.average)).map { $0[.spike].rawValue }
                == [2, 1, 1, 4, 1, 1, 1, 1, 2])
    }

    @Test func `intervals that differ by a second count as equal`() {
        let series = TimedSeries(values: [0, 10, 26], milliseconds: [0, 299_000, 600_000])
        #expect(
            series.finalReports(limits: limits(.average))[1][.spike] == .suspect,
            "13 less 10 passes the fail threshold only by time")
    }

    @Test func `equal times are no division by zero`() {
        let series = TimedSeries(values: [0, 50, 0, 0, 0], milliseconds: [0, 0, 0, 0, 5])
        #expect(
            series.finalReports(limits: limits(.average)).map { $0[.spike].rawValue }
                == [2, 4, 4, 1, 2])
    }

    @Test func `neither a bound nor its neighbours are spikes`() {
        var control = QualityControl(limits: limits(.differential))
        var final: [UInt8] = []
        for (index, value) in [1.0, 1, 50, 1, 1, 1].enumerated() {
            let judgement = control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(index) * 60_000),
                isBound: index == 2)
            if let former = judgement.former { final[index - 1] = former[.spike].rawValue }
            final.append(judgement.report[.spike].rawValue)
        }
        #expect(final == [2, 2, 2, 2, 1, 2])
    }

    @Test func `a late reading leaves the spike where it is`() {
        var control = QualityControl(limits: limits(.differential))
        var former: [UInt8?] = []
        for (second, value) in [(0, 1.0), (60, 5), (30, 1), (120, 1)] {
            let judgement = control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(second) * 1000))
            former.append(judgement.former?[.spike].rawValue)
        }
        #expect(former == [nil, nil, nil, 4])
    }
}
