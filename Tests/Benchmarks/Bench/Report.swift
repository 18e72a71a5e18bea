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

    /// Where and when it was measured.
    struct Conditions: Encodable {
        let processor: String
        let coreCount: Int
        let kernel: String
        let roundCount: Int
        /// Whether the threads went before all ordinary ones.
        let isRealTime: Bool
        /// How many threads wanted a core in the minute before.
        let loadAverage: Double?

        init(roundCount: Int, isRealTime: Bool) {
            let lines = Self.text("/proc/cpuinfo").split(separator: "\n")
            processor =
                lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
                .map { $0.trimmingCharacters(in: .whitespaces) } ?? "an unknown processor"
            coreCount = ProcessInfo.processInfo.activeProcessorCount
            kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines)
            self.roundCount = roundCount
            self.isRealTime = isRealTime
            loadAverage = Double(Self.text("/proc/loadavg").prefix { $0 != " " })
        }

        private static func text(_ path: String) -> String {
            (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        }
    }

    let conditions: Conditions
    let rows: [Row]

    init(_ comparisons: [Comparison], _ conditions: Conditions) {
        self.conditions = conditions
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
        var lines = [
            ["what", "against", "unit", "ours", "peer", "ratio", "must", "aim", "reached"]
        ]
        for row in rows {
            let ratio = row.ratio
            lines.append([
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
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let text = lines.map { line in
            zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
        }
        return """
            \(text.joined(separator: "\n"))

            Medians of \(conditions.roundCount) interleaved rounds, quartiles in brackets; \
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
