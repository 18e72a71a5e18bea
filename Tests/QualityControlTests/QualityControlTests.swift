import GatewayModel
import QualityControl
import Testing

@Suite struct QualityControlTests {
    private static func rate(_ threshold: Double, _ failThreshold: Double?) -> QualityLimits {
        QualityLimits(rateOfChange: .init(threshold: threshold, failThreshold: failThreshold))
    }

    /// The flags of a series, one per reading.
    private func flags(
        _ values: [Double?], atSeconds seconds: [Double], of check: QualityCheck,
        limits: QualityLimits
    ) -> [UInt8] {
        var control = QualityControl(limits: limits)
        return zip(values, seconds).map { value, second in
            let time = SteadyInstant(milliseconds: Int64(second * 1000))
            return control.judge(value: value, time: time).report[check].rawValue
        }
    }

    private func everyMinute(_ count: Int) -> [Double] { (0..<count).map { Double($0) * 60 } }

    // MARK: - Gross range

    @Test func `gross range gives the flags measured with ioos_qc`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: 5), suspect: .init(low: 1, high: 4)))
        let values: [Double?] = [
            0, 1, 1.000_000_1, 4, 4.5, 5, 5.1, -0.1, .nan, .infinity, -.infinity, nil,
        ]
        #expect(
            flags(values, atSeconds: everyMinute(12), of: .grossRange, limits: limits)
                == [3, 1, 1, 1, 3, 3, 4, 4, 9, 4, 4, 9])
    }

    @Test func `gross range without a suspect span only fails`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: 5), suspect: nil))
        let flags = flags([0, 5, 60], atSeconds: everyMinute(3), of: .grossRange, limits: limits)
        #expect(flags == [1, 1, 4])
    }

    @Test func `infinity fails even where the span has no end`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: .infinity), suspect: nil))
        #expect(flags([.infinity], atSeconds: [0], of: .grossRange, limits: limits) == [4])
    }

    // MARK: - Rate of change

    struct RateRow: Sendable {
        let name: String
        let values: [Double?]
        let seconds: [Double]
        let limits: QualityLimits
        let flags: [UInt8]
    }

    @Test(arguments: [
        RateRow(
            name: "missing readings", values: [0, nil, 6000, 0, nil, 0, nil],
            seconds: [0, 60, 120, 180, 240, 300, 360], limits: rate(1, 2),
            flags: [1, 9, 1, 4, 9, 1, 9]),
        RateRow(
            name: "the same time four times", values: [0, 1.5, 1.5, 4], seconds: [0, 0, 0, 0],
            limits: rate(1, 2), flags: [1, 3, 1, 4]),
        RateRow(
            name: "0.4 s apart", values: [0, 1.5], seconds: [0, 0.4], limits: rate(1, nil),
            flags: [1, 3]),
        RateRow(
            name: "1.9 s apart counts as 1 s", values: [0, 1.5], seconds: [0, 1.9],
            limits: rate(1, nil), flags: [1, 3]),
        RateRow(
            name: "the thresholds themselves pass", values: [0, 60, 180, 300.5],
            seconds: [0, 60, 120, 180], limits: rate(1, 2), flags: [1, 1, 3, 4]),
        RateRow(
            name: "a threshold of zero is honoured", values: [1, 1, 1.1], seconds: [0, 60, 120],
            limits: rate(0, nil), flags: [1, 1, 3]),
        RateRow(
            name: "fail below suspect", values: [0, 90], seconds: [0, 60], limits: rate(2, 1),
            flags: [1, 4]),
        RateRow(
            name: "infinity is missing, and infinitely far from the next reading",
            values: [0, .infinity, 9e9, .nan, 0, -.infinity, .infinity, 0, 0],
            seconds: [0, 60, 120, 180, 240, 300, 360, 420, 480], limits: rate(1, 2),
            flags: [1, 9, 4, 9, 1, 9, 9, 4, 1]),
        RateRow(
            name: "falling is as fast as rising", values: [120, 0], seconds: [0, 60],
            limits: rate(1, nil), flags: [1, 3]),
    ])
    func `rate of change gives the flags of ioos_qc`(row: RateRow) {
        #expect(
            flags(row.values, atSeconds: row.seconds, of: .rateOfChange, limits: row.limits)
                == row.flags, "\(row.name)")
    }

    // MARK: - Late readings, where we differ

    @Test func `a late reading is not rated and leaves no trace`() {
        let limits = Self.rate(0.01, nil)
        let inOrder = flags(
            [1, 1.1, 1.2], atSeconds: [0, 60, 120], of: .rateOfChange, limits: limits)
        #expect(inOrder == [1, 1, 1])
        let withLate = flags(
            [1, 1.1, 9, 1.2], atSeconds: [0, 60, 30, 120], of: .rateOfChange, limits: limits)
        #expect(withLate == [1, 1, 2, 1])
    }

    @Test func `a late missing reading does not hide the next change`() {
        let limits = Self.rate(0.01, nil)
        #expect(
            flags([1, nil, 9], atSeconds: [60, 30, 120], of: .rateOfChange, limits: limits)
                == [1, 9, 3])
    }

    @Test func `a late reading is still held to its gross range`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: 5), suspect: nil))
        #expect(flags([1, 9], atSeconds: [60, 0], of: .grossRange, limits: limits) == [1, 4])
    }

    @Test func `times at the ends of 64 bits are judged without trapping`() {
        var control = QualityControl(limits: Self.rate(1, 2))
        _ = control.judge(value: 0, time: SteadyInstant(milliseconds: .min))
        let report = control.judge(value: 1e9, time: SteadyInstant(milliseconds: .max)).report
        #expect(report[.rateOfChange] == .good)
    }

    // MARK: - What is not asked for

    @Test func `checks without limits stay not evaluated, also for missing values`() {
        var control = QualityControl(limits: QualityLimits())
        for value in [1.0, nil, .infinity] {
            let judgement = control.judge(value: value, time: SteadyInstant(milliseconds: 0))
            #expect(judgement == QualityJudgement(report: QualityReport()))
        }
    }

    @Test func `the same series gives the same bytes`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: -1, high: 9), suspect: .init(low: 0, high: 8)),
            rateOfChange: .init(threshold: 0.01, failThreshold: 0.1))
        func bytes() -> [UInt64] {
            var control = QualityControl(limits: limits)
            return (0..<1000).map { index in
                let value = index % 7 == 0 ? nil : Double(index * 7919 % 113) / 10 - 1.5
                let time = SteadyInstant(milliseconds: Int64(index * 6000 - index % 5 * 9000))
                return control.judge(value: value, time: time).report.packed
            }
        }
        let first = bytes()
        #expect(first == bytes())
        #expect(Set(first).count > 6, "the series must visit many flags")
    }

    // MARK: - Bounds

    @Test func `a bound gets its gross range, and no rate is made to it or from it`() {
        var limits = Self.rate(1, 2)
        limits.grossRange = .init(fail: .init(low: 0, high: 1000), suspect: nil)
        var control = QualityControl(limits: limits)
        func judge(_ value: Double, _ seconds: Int64, isBound: Bool = false) -> [UInt8] {
            let report = control.judge(
                value: value, time: SteadyInstant(milliseconds: seconds * 1000), isBound: isBound
            ).report
            return [report[.grossRange].rawValue, report[.rateOfChange].rawValue]
        }
        #expect(judge(0, 0) == [1, 1])
        #expect(judge(900, 60, isBound: true) == [1, 2])
        #expect(judge(0, 120) == [1, 1])
        #expect(judge(900, 180) == [1, 4])
        #expect(judge(2000, 240, isBound: true) == [4, 2])
        #expect(judge(0, 230) == [1, 2], "a bound makes an older reading late as any other does")
    }

    // MARK: - The ends of the measuring range, and the payload

    @Test
    func `below the blanking distance a value is a suspect bound, and an echo lost is missing`() {
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: 5), suspect: nil),
            rateOfChange: .init(threshold: 0.001, failThreshold: nil),
            measuringRange: .init(blanking: 300, maximum: 5000))
        #expect(
            [299, 300, 301, 4999, 5000, 9999].map { limits.measuringRange?.end(of: $0) }
                == [.blanked, .blanked, nil, nil, .echoLost, .echoLost])
        var control = QualityControl(limits: limits)
        func judge(_ value: Double?, _ end: QualityLimits.MeasuringRange.End?) -> [UInt8] {
            let report = control.judge(
                value: value, time: SteadyInstant(milliseconds: 0),
                context: QualityContext(rangeEnd: end)
            ).report
            return [.measuringRange, .grossRange, .rateOfChange].map { report[$0].rawValue }
        }
        #expect(judge(1, nil) == [1, 1, 1])
        #expect(judge(2.9, .blanked) == [3, 1, 2], "no rate is made of a bound")
        #expect(judge(2.9, .echoLost) == [9, 9, 9])
        #expect(judge(nil, nil) == [9, 9, 9])
    }

    @Test func `a payload without what it must bear is suspect, and one that nobody saw is not`() {
        let limits = QualityLimits(syntax: .init(requiresTime: true, requiresSequence: false))
        var control = QualityControl(limits: limits)
        let flags = [true, false, nil].map {
            control.judge(
                value: 1, time: SteadyInstant(milliseconds: 0),
                context: QualityContext(isWhole: $0)
            ).report[.syntax]
        }
        #expect(flags == [.good, .suspect, .notEvaluated])
        var other = QualityControl(limits: QualityLimits())
        let unasked = other.judge(
            value: 1, time: SteadyInstant(milliseconds: 0), context: QualityContext(isWhole: false))
        #expect(unasked.report[.syntax] == .notEvaluated)
    }
}
