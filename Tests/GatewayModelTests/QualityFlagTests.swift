import GatewayModel
import Testing

@Suite struct QualityFlagTests {
    @Test func `a check that was never written reads as not evaluated`() {
        let report = QualityReport()
        #expect(QualityCheck.allCases.allSatisfy { report[$0] == .notEvaluated })
    }

    @Test func `every check keeps its own flag through the packed form`() {
        for check in QualityCheck.allCases {
            for flag in QualityFlag.allCases {
                var report = QualityReport()
                for other in QualityCheck.allCases { report[other] = .suspect }
                report[check] = flag
                let restored = QualityReport(packed: report.packed)
                for other in QualityCheck.allCases {
                    #expect(restored[other] == (other == check ? flag : .suspect))
                }
            }
        }
    }

    @Test func `bits that are no flag read as not evaluated`() {
        #expect(QualityReport(packed: .max)[.grossRange] == .notEvaluated)
        #expect(QualityReport(packed: .max).aggregate(isMissing: false) == .notEvaluated)
    }

    /// Measured with `qartod_compare`: [9 9 2 1 1 3 4 9 2] with [9 2 1 1 3 4 9 1 2].
    @Test(arguments: [
        (QualityFlag.missing, QualityFlag.notEvaluated, QualityFlag.notEvaluated),
        (.notEvaluated, .good, .good), (.good, .good, .good), (.good, .suspect, .suspect),
        (.suspect, .fail, .fail), (.fail, .missing, .fail), (.missing, .good, .good),
        (.notEvaluated, .notEvaluated, .notEvaluated),
    ])
    func `aggregation has the precedence of qartod_compare`(
        first: QualityFlag, second: QualityFlag, expected: QualityFlag
    ) {
        var report = QualityReport()
        report[.spike] = first
        report[.neighbor] = second
        #expect(report.aggregate(isMissing: false) == expected)
        (report[.spike], report[.neighbor]) = (second, first)
        #expect(report.aggregate(isMissing: false) == expected)
        #expect(report.aggregate(isMissing: true) == .missing)
    }

    @Test func `a gap before a reading says nothing against it`() {
        var report = QualityReport()
        report[.gap] = .fail
        #expect(report.aggregate(isMissing: false) == .notEvaluated)
        report[.grossRange] = .good
        #expect(report.aggregate(isMissing: false) == .good)
    }
}
