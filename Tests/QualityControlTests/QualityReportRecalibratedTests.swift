import GatewayModel
import Testing

@testable import QualityControl

@Suite struct QualityReportRecalibratedTests {
    private let limits = QualityLimits(
        grossRange: .init(fail: .init(low: 0, high: 5), suspect: .init(low: 0, high: 4)))

    private func report(_ flags: [QualityCheck: QualityFlag]) -> QualityReport {
        var report = QualityReport()
        for (check, flag) in flags { report[check] = flag }
        return report
    }

    private func anew(
        _ flags: [QualityCheck: QualityFlag], value: Double?, limits: QualityLimits? = nil
    ) -> QualityReport {
        report(flags).recalibrated(
            value: value, limits: limits ?? self.limits, localTime: UTCInstant(milliseconds: 0))
    }

    @Test func `the value alone is judged anew`() {
        #expect(anew([.grossRange: .good], value: 4.5)[.grossRange] == .suspect)
        #expect(anew([.grossRange: .fail], value: 1)[.grossRange] == .good)
        #expect(anew([.grossRange: .good], value: .infinity)[.grossRange] == .fail)
        #expect(anew([.grossRange: .good], value: nil)[.grossRange] == .missing)
        #expect(
            anew([.grossRange: .fail], value: 1, limits: QualityLimits())[.grossRange]
                == .notEvaluated)
    }

    @Test func `a good word about neighbours is taken back, a suspicion stays`() {
        let flags: [QualityCheck: QualityFlag] = [
            .spike: .good, .rateOfChange: .suspect, .flatLine: .fail, .step: .missing, .gap: .good,
        ]
        let report = anew(flags, value: 1)
        #expect(report[.spike] == .notEvaluated && report[.rateOfChange] == .suspect)
        #expect(report[.flatLine] == .fail && report[.step] == .notEvaluated)
        #expect(report[.attenuatedSignal] == .notEvaluated)
        // When something came does not change.
        #expect(report[.gap] == .good)
        let gone = anew(flags, value: nil)
        #expect(gone[.spike] == .missing && gone[.flatLine] == .missing)
        #expect(gone[.attenuatedSignal] == .notEvaluated)
    }
}
