import ReplaySource
import TestSupport
import Testing

@Suite struct CSVPointsTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(_ text: String) throws -> [CSVPoints.Row] {
        try CSVPoints.read(
            path: try directory.write(text, to: "points.csv"), columns: ["raw", "staff"])
    }

    @Test func `rows with both numbers are read, in the columns' order`() throws {
        let rows = try read(
            "when,staff, raw ,by\n9:00,0.79,2410,K\n9:10,,2400,K\n9:20,0.8,2395,T\n")
        #expect(
            rows == [.init(line: 2, values: [2410, 0.79]), .init(line: 4, values: [2395, 0.8])])
    }

    @Test(arguments: [
        ("raw,level\n1,2\n", ":1:1: error: there is no column `staff`; the file has raw, level"),
        ("", ":1:1: error: there is no column `raw`"),
        ("raw,staff\n1,2\n1,high\n", ":3:3: error: `high` is no number"),
        ("raw,staff\n1,2,3\n", ":2:1: error: the row has 3 fields, the header 2"),
    ])
    func `what cannot be read is named with its place`(text: String, expected: String) throws {
        do {
            _ = try read(text)
            Issue.record("the file was accepted")
        } catch let problem as CSVProblem {
            #expect(
                problem.description.hasPrefix(directory.file("points.csv") + expected),
                "\(problem)")
        }
    }
}
