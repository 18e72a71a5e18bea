import Foundation
import GatewayModel
import Testing

@testable import ReplaySource

@Suite final class CSVSeriesTests {
    private let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("kawamori-series-\(UUID().uuidString).csv").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func rows(
        _ text: String, offset: Int? = 0, skipped: Int = 0
    ) throws(CSVProblem) -> [CSVSeries.Row] {
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
        let series = try CSVSeries(
            path: path, defaultOffsetSeconds: offset, skippedLines: skipped)
        var rows: [CSVSeries.Row] = []
        while let row = try series.next() { rows.append(row) }
        return rows
    }

    @Test func `quotes, line ends, a byte order mark and other columns are read`() throws {
        let rows = try rows(
            "\u{FEFF}\"time\",note,value\r\n2026-07-19T05:30+09:00,\"a \"\"b\"\",\nc\", 1.5 \r\n\n"
                + "1784300400,,NaN\n1784300400000,x,-2e-3")
        #expect(rows.map(\.value) == [1.5, nil, -0.002])
        #expect(rows.map(\.line) == [2, 5, 6])
        #expect(rows[0].time.rfc3339() == "2026-07-18T20:30:00Z")
        #expect(rows[1].time == rows[2].time)
    }

    @Test(arguments: ["", "NaN", "nan", "NULL", "NA", "None", "  "])
    func `missing values are missing`(text: String) throws {
        #expect(try rows("time,value\n2026-07-19T00:00Z,\(text)\n")[0].value == nil)
    }

    @Test(
        arguments: [
            ("time,value\nnoon,1\n", ":2:1: error: `noon` is no time"),
            ("time,value\n2026-07-19T00:00Z,1.2.3\n", ":2:19: error: `1.2.3` is no number"),
            ("time,value\n2026-07-19T00:00Z,inf\n", ":2:19: error: `inf` is not a finite number"),
            ("time,value\n2026-07-19T00:00Z\n", ":2:1: error: the row has 1 fields, the header 2"),
            ("time,level\n", ":1:1: error: there is no column `value`; the file has time, level"),
            ("", ":1:1: error: the file has no header row"),
            ("time,value\n\"2026,1\n", ":2:1: error: the quote opened here is never closed"),
            ("time,value\n水,\"1\"x\n", ":2:6: error: a comma must follow the closing quote"),
        ])
    func `a fault is named with its place`(text: String, expected: String) {
        #expect {
            try rows(text)
        } throws: { error in
            "\(error)".hasPrefix(path + expected)
        }
    }

    @Test func `a time without a zone needs a default`() throws {
        #expect {
            try rows("time,value\n2026-07-19 05:30,1\n", offset: nil)
        } throws: { error in
            "\(error)".contains("names no zone; add `Z`")
        }
        let row = try rows("time,value\n2026/07/19 05:30,1\n", offset: 32_400)[0]
        #expect(row.time.rfc3339() == "2026-07-18T20:30:00Z")
    }

    @Test func `a record that never ends is refused in bounded memory`() {
        #expect {
            try rows("time,value\n\"" + String(repeating: "x", count: 70_000))
        } throws: { error in
            "\(error)".contains("the record is longer than 65536 bytes")
        }
    }

    @Test func `lines before the header are passed over`() throws {
        #expect(try rows("Lib = 0.3.0\ntime,value\n0,1\n", skipped: 1).count == 1)
    }
}
