import BenchmarkReport
import Foundation

/// One line of the table.
struct Row: Encodable {
    /// Which way is better.
    enum Goal: String, Encodable {
        case atLeast
        case atMost

        /// How far a figure comes.
        func verdict(on figure: Double, must: Double?, aim: Double?) -> String {
            let reaches = { (bound: Double) in self == .atLeast ? figure >= bound : figure <= bound
            }
            guard let must else { return "" }
            if let aim, reaches(aim) { return "aim" }
            return reaches(must) ? "must" : "short"
        }
    }

    let what: String
    let against: String
    let unit: String
    let ours: Spread
    let peer: Spread?
    /// Ours by the peer's, round by round; nil where nothing stands against it.
    let ratio: Spread?
    let goal: Goal
    /// What the ratio must reach, or where there is none our figure, and what we aim at; nil where the
    /// row only informs.
    let must: Double?
    let aim: Double?
    /// Further figures by name.
    let beside: [String: Double]
    /// How far it comes: `aim`, `must` or `short`; empty where nothing is asked for.
    let verdict: String

    /// A row whose two sides ran in the same rounds.
    init(
        _ what: String, against: String, unit: String, ours: [Double], peer: [Double],
        _ goal: Goal, must: Double? = nil, aim: Double? = nil, beside: [String: Double] = [:]
    ) {
        self.what = what
        self.against = against
        self.unit = unit
        self.ours = Spread(ours)
        self.peer = Spread(peer)
        let ratio = Spread(zip(ours, peer).map { $0 / $1 })
        self.ratio = ratio
        self.goal = goal
        self.must = must
        self.aim = aim
        self.beside = beside
        verdict = goal.verdict(on: ratio.median, must: must, aim: aim)
    }

    /// A row that stands against a number.
    init(
        _ what: String, unit: String, ours: [Double], _ goal: Goal = .atMost, must: Double? = nil,
        aim: Double? = nil, beside: [String: Double] = [:]
    ) {
        self.what = what
        against = ""
        self.unit = unit
        self.ours = Spread(ours)
        peer = nil
        ratio = nil
        self.goal = goal
        self.must = must
        self.aim = aim
        self.beside = beside
        verdict = goal.verdict(on: self.ours.median, must: must, aim: aim)
    }

    // MARK: For people

    static let head = ["what", "unit", "ours", "peer", "ratio", "must", "aim", "reached"]

    var cells: [String] {
        let sign = goal == .atLeast ? "≥" : "≤"
        let times = ratio == nil ? "" : "×"
        return [
            against.isEmpty ? what : "\(what), against \(against)", unit, Self.text(ours),
            peer.map(Self.text) ?? "", ratio.map { Self.text($0) + "×" } ?? "",
            must.map { "\(sign) \(Self.text($0))\(times)" } ?? "",
            aim.map { "\(sign) \(Self.text($0))\(times)" } ?? "", verdict,
        ]
    }

    /// The further figures, in one line.
    var besideText: String {
        beside.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.text($0.value))" }
            .joined(separator: ", ")
    }

    private static func text(_ number: Double) -> String {
        let size = abs(number)
        return String(
            format: size >= 1000 ? "%.0f" : size >= 100 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4g",
            number)
    }

    private static func text(_ spread: Spread) -> String {
        spread.least == spread.greatest
            ? text(spread.median)
            : "\(text(spread.median)) [\(text(spread.lowerQuartile))–\(text(spread.upperQuartile))]"
    }
}
