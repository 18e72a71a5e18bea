import BenchmarkReport
import Foundation

/// What the rounds gave, as a table for people and as JSON for machines.
struct Report: Encodable {
    struct Figures: Encodable {
        let name: String
        let nanoseconds: Spread
    }

    struct Row: Encodable {
        let what: String
        let against: String
        let unit: String
        let ours: Figures
        /// The fastest of the peers.
        let peer: Figures
        let slowerPeers: [Figures]
        let goal: Comparison.Goal
        /// The median of the rounds' own ratios: both sides of a ratio ran within the same second, so
        /// that what the machine does besides falls on both.
        let ratio: Spread
        let must: Double?
        let aim: Double?
        let verdict: String
    }

    let conditions: Conditions
    let roundCount: Int
    let rows: [Row]

    init(_ comparisons: [Comparison], roundCount: Int, _ conditions: Conditions) {
        self.conditions = conditions
        self.roundCount = roundCount
        rows = comparisons.map(Self.row)
    }

    private static func row(_ comparison: Comparison) -> Row {
        let figures = comparison.contenders.map {
            Figures(name: $0.name, nanoseconds: Spread($0.figures))
        }
        let order = figures.indices.dropFirst().sorted {
            figures[$0].nanoseconds.median < figures[$1].nanoseconds.median
        }
        let (ours, peer) = (comparison.contenders[0], comparison.contenders[order[0]])
        let ratio = Spread(
            zip(ours.figures, peer.figures).map {
                comparison.goal == .faster ? $1 / $0 : $0 / $1
            })
        return Row(
            what: comparison.what, against: comparison.against, unit: comparison.unit,
            ours: figures[0], peer: figures[order[0]],
            slowerPeers: order.dropFirst().map { figures[$0] }, goal: comparison.goal,
            ratio: ratio, must: comparison.must, aim: comparison.aim,
            verdict: verdict(comparison, ratio.median))
    }

    private static func verdict(_ comparison: Comparison, _ ratio: Double) -> String {
        guard let must = comparison.must, let aim = comparison.aim else { return "" }
        let reaches = { (goal: Double) in
            comparison.goal == .faster ? ratio >= goal : ratio <= goal
        }
        return reaches(aim) ? "aim" : reaches(must) ? "must" : "short"
    }

    // MARK: Output

    var table: String {
        let sign = { (row: Row) in row.goal == .faster ? "≥" : "≤" }
        let number = { (value: Double) in
            String(format: value < 100 ? "%.1f" : "%.0f", value)
        }
        let spread = { (figures: Figures) in
            let (low, high) = (figures.nanoseconds.lowerQuartile, figures.nanoseconds.upperQuartile)
            return "\(number(figures.nanoseconds.median)) [\(number(low))–\(number(high))]"
        }
        var table = TextTable(head: [
            "what", "against", "unit", "ours", "peer", "ratio", "must", "aim", "reached",
        ])
        for row in rows {
            let ratio = row.ratio
            table.rows.append([
                row.what, "\(row.against): \(row.peer.name)", row.unit, spread(row.ours),
                spread(row.peer),
                String(
                    format: "%.2f× [%.2f–%.2f]", ratio.median, ratio.lowerQuartile,
                    ratio.upperQuartile),
                row.must.map { "\(sign(row)) \($0)×" } ?? "",
                row.aim.map { "\(sign(row)) \($0)×" } ?? "",
                row.verdict,
            ])
        }
        return """
            \(table.description)

            Medians of \(roundCount) interleaved rounds, quartiles in brackets; \
            \(conditions.coreCount) cores, \(conditions.processor), load before \
            \(conditions.loadAverage ?? .nan)\(conditions.isRealTime ? "" : ", ordinary priority").
            """
    }

    /// Writes the JSON, with sorted keys.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
