import BenchmarkReport
import Foundation

/// What was measured, as tables for people and as JSON for machines.
struct IngestReport: Encodable {
    /// One thing that was measured.
    struct Section: Encodable {
        let item: String
        let roundCount: Int
        /// How many threads wanted a core in the minute before.
        let loadAverage: Double?
        let rows: [Row]

        var text: String {
            var table = TextTable(head: Row.head)
            table.rows += rows.map(\.cells)
            let beside = rows.filter { !$0.beside.isEmpty }.map { "  \($0.what): \($0.besideText)" }
            return """
                \(table.description)
                \(beside.joined(separator: "\n"))
                \(item): medians of \(roundCount) rounds, quartiles in brackets; load before \
                \(loadAverage ?? .nan).

                """
        }
    }

    let conditions = Conditions(isRealTime: false)
    var sections: [Section] = []

    /// Writes the JSON, with sorted keys.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
