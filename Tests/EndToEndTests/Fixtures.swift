import Foundation
import GatewayModel
import TestSupport

/// Real records from the tree: a flood, a station, a picture.
enum Fixtures {
    /// One reading of the record of Dead Run, 3 June 2018.
    struct Stage: Sendable {
        /// Hundredths of a foot, as the gauge gives them.
        let hundredths: Int32
        /// Milliseconds since the first reading.
        let offsetMilliseconds: Int64
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The absolute path of a file of the tree.
    static func file(_ path: String) -> String { root.appending(path: path).path() }

    /// A camera trap's picture.
    static func picture() throws -> [UInt8] {
        let path = file("Sources/ReplaySource/Rivers/serengeti/warthog_day__S1_F10_R1_PICT0104.JPG")
        return Array(try Data(contentsOf: URL(filePath: path)))
    }

    /// The text of a station file of the demo.
    static func station(_ name: String) throws -> String {
        try String(
            contentsOfFile: file("Sources/ReplaySource/Rivers/stations/\(name).yaml"),
            encoding: .utf8)
    }

    /// The flood of Dead Run with its two crests, a reading each five minutes.
    static func flood() throws -> [Stage] {
        let path = file("Tests/AlertingTests/Fixtures/dead-run-2018-06-03.csv")
        let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        var first: UTCInstant?
        return try rows.dropFirst().map { row in
            let cells = row.split(separator: ",")
            guard cells.count == 2, let time = UTCInstant(rfc3339: cells[0]),
                let feet = Double(cells[1])
            else { throw TestSupportError("\(path): `\(row)` is not time,feet") }
            let start = first ?? time
            first = start
            return Stage(
                hundredths: Int32((feet * 100).rounded()),
                offsetMilliseconds: time.milliseconds - start.milliseconds)
        }
    }
}
