@testable import GPIO
import GatewayModel
import Testing

@Suite struct EdgeReportTests {
    private func edge(_ microseconds: Int64, _ isActive: Bool, _ sequence: UInt32 = 0) -> LineEdge {
        LineEdge(nanoseconds: microseconds * 1000 + 999, sequence: sequence, isActive: isActive)
    }

    private func texts(_ report: inout EdgeReport, _ edges: [LineEdge]) -> [String] {
        edges.flatMap { report.take($0) }
    }

    @Test func `edges are told with intervals and with the widths of active pulses`() {
        var report = EdgeReport(isActiveLow: false, numbersEdges: false)
        let told = texts(
            &report,
            [
                edge(1000, true), edge(1580, false), edge(13_925, true), edge(113_925, false),
                edge(20_113_925, true),
            ])
        #expect(
            told == [
                "rise  active",
                "fall  inactive  +      580 µs  width 580 µs",
                "rise  active    +   12.345 ms",
                "fall  inactive  +  100.000 ms  width 100000 µs",
                "rise  active    +    20.000 s",
            ])
        #expect(
            report.summary
                == "5 edges, 2 active pulses of 580 to 100000 µs, none known to be lost")
    }

    @Test func `an active-low pin falls when it becomes active`() {
        var report = EdgeReport(isActiveLow: true, numbersEdges: false)
        #expect(
            texts(&report, [edge(0, true), edge(5, false)]) == [
                "fall  active", "rise  inactive  +        5 µs  width 5 µs",
            ])
        #expect(report.summary == "2 edges, 1 active pulse of 5 µs, none known to be lost")
    }

    @Test func `a gap in the numbers is told, and nothing is measured across it`() {
        var report = EdgeReport(isActiveLow: false, numbersEdges: true)
        let told = texts(
            &report,
            [
                edge(0, true, 1), edge(10, false, 2), edge(20, true, 3), edge(30, false, 6),
                edge(40, true, 7),
            ])
        #expect(
            told == [
                "rise  active", "fall  inactive  +       10 µs  width 10 µs",
                "rise  active    +       10 µs", "2 edges lost before the next", "fall  inactive",
                "rise  active    +       10 µs",
            ])
        #expect(report.lostCount == 2)
        #expect(report.summary == "5 edges, 1 active pulse of 10 µs, 2 lost")
    }

    @Test func `edges lost before the first are told, and numbers wrap`() {
        var late = EdgeReport(isActiveLow: false, numbersEdges: true)
        #expect(late.take(edge(0, true, 2)) == ["1 edge lost before the next", "rise  active"])
        var report = EdgeReport(isActiveLow: false, numbersEdges: true)
        _ = report.take(edge(0, true, .max))
        let before = report.lostCount
        #expect(report.take(edge(1, false, 0)).count == 1)
        #expect(report.take(edge(2, true, 1)).count == 1)
        #expect(report.lostCount == before)
    }

    @Test func `two edges of one kind mean one that was not seen`() {
        for numbersEdges in [false, true] {
            var report = EdgeReport(isActiveLow: false, numbersEdges: numbersEdges)
            let told = texts(&report, [edge(0, true, 1), edge(10, true, 2), edge(30, false, 3)])
            #expect(
                told == [
                    "rise  active", "the edge between two of one kind was not seen", "rise  active",
                    "fall  inactive  +       20 µs  width 20 µs",
                ])
            #expect(report.lostCount == 1)
        }
    }

    @Test func `a full read is told where edges bear no numbers`() {
        var report = EdgeReport(isActiveLow: false, numbersEdges: false)
        _ = report.take(edge(0, true))
        #expect(
            report.takeFullRead(capacity: 16, isActive: false) == [
                "16 edges waited, as many as the kernel keeps: edges after them may be lost; "
                    + "the line is inactive now"
            ])
        // Another rise after the gap is no sign of anything.
        #expect(report.take(edge(10, true)) == ["rise  active"])
        #expect(
            report.summary
                == "2 edges, none known to be lost, 1 full read, after which edges may be missing")
        _ = report.takeFullRead(capacity: 16, isActive: true)
        #expect(report.summary.hasSuffix("2 full reads, after which edges may be missing"))
    }

    @Test func `a full read of numbered edges says nothing, for the numbers will`() {
        var report = EdgeReport(isActiveLow: false, numbersEdges: true)
        _ = report.take(edge(0, true, 1))
        #expect(report.takeFullRead(capacity: 1024, isActive: true) == [])
        #expect(report.take(edge(10, false, 2)) == ["fall  inactive  +       10 µs  width 10 µs"])
        #expect(report.fullReadCount == 0)
    }

    @Test func `a line without edges has a summary too`() {
        let report = EdgeReport(isActiveLow: false, numbersEdges: true)
        #expect(report.summary == "0 edges, none known to be lost")
    }

    @Test(arguments: [
        (0, "0 µs"), (9_999_999, "9999 µs"), (10_000_000, "10.000 ms"),
        (9_999_999_999, "9999.999 ms"), (10_000_000_000, "10.000 s"),
        (3_600_050_000_000, "3600.050 s"),
    ])
    func `a time between edges is told in the unit that suits it`(nanoseconds: Int64, text: String)
    {
        #expect(EdgeReport.interval(nanoseconds: nanoseconds) == text)
    }
}
