import Testing

@testable import LineSensing

/// The words from the process that drives the outputs to the daemon.
@Suite struct RelayReportTests {
    private static let held = RelayState(
        isHeld: true, isActive: true, cause: .alarm, activation: 7, problem: "")

    @Test(
        arguments: RelayCause.allCases.map { cause in
            RelayReport.state(
                output: 3,
                RelayState(
                    isHeld: false, isActive: false, cause: cause, activation: 0,
                    problem: "使用中: held by `gpioset`"))
        } + [.state(output: 0, held), .end("asked to end by signal 15")])
    func `a report survives being written and read`(report: RelayReport) {
        #expect(RelayReport(report.text) == report)
    }

    @Test func `a report is written as the two sides have agreed`() {
        #expect(
            RelayReport.state(output: 0, Self.held).text == "state\t0\theld\ton\talarm\t7\t")
    }

    @Test func `a problem of several lines stays one line`() {
        var state = Self.held
        state.problem = "a\nb\tc"
        let text = RelayReport.state(output: 0, state).text
        #expect(!text.contains("\n"))
        state.problem = "a b c"
        #expect(RelayReport(text) == .state(output: 0, state))
        #expect(RelayReport.end("a\nb").text == "end\ta b")
    }

    @Test(arguments: [
        "", "end", "end\ta\tb", "state", "state\t0\theld\ton\talarm\t7",
        "state\t-1\theld\ton\talarm\t7\t", "state\t0\tHELD\ton\talarm\t7\t",
        "state\t0\theld\tup\talarm\t7\t", "state\t0\theld\ton\tmood\t7\t",
        "state\t0\theld\ton\talarm\t-7\t", "state\t0\theld\ton\talarm\t7\t\t",
    ])
    func `what is no report is not taken for one`(text: String) {
        #expect(RelayReport(text) == nil)
    }
}
