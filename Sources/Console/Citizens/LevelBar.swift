import GatewayModel
import Hydrology

/// The drawing of a stage against the flood levels, in the units of its SVG view box.
struct LevelBar {
    /// One threshold: its line in the water column, and its label, moved where labels would collide.
    struct Line {
        let level: Int
        let y: String
        let labelY: String
        let secondY: String
        let name: String
        let note: String
        let isReached: Bool
    }

    /// The size of the view box, which the template repeats.
    static let height = 250.0
    private static let top = 14.0
    private static let bottom = 236.0
    private static let labelGap = 37.0

    let lines: [Line]
    let hasStage: Bool
    /// Whether water is drawn: not where it is only known to be below a height.
    let hasWater: Bool
    let waterY: String
    let waterHeight: String
    let stageLabelY: String
    /// The stage with its unit.
    let stage: String
    let isStale: Bool
    /// What a screen reader says instead of the picture.
    let description: String

    /// Draws a station that has at least one threshold; nil where there is none.
    init?(_ present: StationPresent, language: Language) {
        let levels = present.station.levels.thresholdMetres.sorted { $0.key > $1.key }
        guard let highest = levels.map(\.value).max(), let lowest = levels.map(\.value).min()
        else { return nil }
        let metres = present.shown?.value
        let bound = present.bound
        let low = min(0, lowest - 0.2, metres ?? 0)
        let high = max(highest, metres ?? highest)
        let span = max(high - low, 0.1) * 1.06
        func y(_ value: Double) -> Double {
            Self.bottom - (value - low) / span * (Self.bottom - Self.top)
        }
        var labels = levels.map { y($0.value) }
        for index in labels.indices.dropFirst() {
            labels[index] = max(labels[index], labels[index - 1] + Self.labelGap)
        }
        if let last = labels.indices.last {
            labels[last] = min(labels[last], Self.bottom - 14)
            for index in labels.indices.dropLast().reversed() {
                labels[index] = min(labels[index], labels[index + 1] - Self.labelGap)
            }
        }
        lines = zip(levels, labels).map { level, label in
            let height = StageText(stageMetres: level.value)?.description ?? "—"
            let equivalent = language.shortEquivalent(of: level.key)
            return Line(
                level: Int(level.key.rawValue), y: decimal(y(level.value)),
                labelY: decimal(label), secondY: decimal(label + 15),
                name: language.label(of: level.key),
                note: "\(height) m" + (equivalent.map { "  \($0)" } ?? ""),
                isReached: metres.map { bound != .below && $0 >= level.value } ?? false)
        }
        hasStage = metres != nil
        hasWater = metres != nil && bound != .below
        let surface = y(metres ?? low)
        waterY = decimal(surface)
        waterHeight = decimal(max(0, Self.height - surface))
        stageLabelY = decimal(
            Self.labelBaseline(surface: surface, lines: levels.map { y($0.value) }))
        stage =
            metres.flatMap { StageText(stageMetres: $0) }.map {
                language.bounded("\($0) m", bound)
            } ?? ""
        isStale = !present.isCurrent
        description = Self.describe(present, language: language)
    }

    /// Where the stage is written: above the surface, or below it where a threshold would run
    /// through the text or the drawing ends.
    private static func labelBaseline(surface: Double, lines: [Double]) -> Double {
        let (above, below) = (surface - 7, surface + 22)
        func crossed(_ baseline: Double) -> Int {
            lines.count { ((baseline - 16)...(baseline + 3)).contains($0) }
        }
        if above < 18 { return below }
        return below > height - 6 || crossed(above) <= crossed(below) ? above : below
    }

    private static func describe(_ present: StationPresent, language: Language) -> String {
        guard let metres = present.shown?.value, let stage = StageText(stageMetres: metres) else {
            return language.pick("水位の値がありません。", "There is no value of the water level.")
        }
        var text =
            switch present.bound {
            case .exact: language.pick("水位 \(stage) メートル。", "Water level \(stage) metres. ")
            case .atLeast:
                language.pick("水位 \(stage) メートル以上。", "Water level at least \(stage) metres. ")
            case .below:
                language.pick("水位 \(stage) メートル未満。", "Water level below \(stage) metres. ")
            }
        for (level, threshold) in present.station.levels.thresholdMetres.sorted(by: {
            $0.key < $1.key
        }) {
            let height = StageText(stageMetres: threshold)?.description ?? "—"
            let state = levelState(
                stage: metres, bound: present.bound, threshold: threshold, language: language)
            text += language.pick(
                "\(language.name(of: level)) \(height) メートル、\(state)。",
                "\(language.name(of: level)) \(height) metres: \(state). ")
        }
        return text
    }
}

/// A stage's relation to a threshold, in words.
func levelState(
    stage: Double, bound: ValueBound, threshold: Double, language: Language
) -> String {
    switch bound {
    case .exact: break
    case .below where threshold >= stage: return language.pick("未到達", "not reached")
    case .atLeast where stage >= threshold: break
    case .below, .atLeast: return language.pick("不明", "unknown")
    }
    if stage >= threshold { return language.pick("到達", "reached") }
    // Compared unrounded, shown rounded up: nothing that has not reached a level is 0.00 below it.
    let distance = ((threshold - stage) * 100 - 1e-6).rounded(.up) / 100
    let text = StageText(stageMetres: max(distance, 0.01))?.description ?? "—"
    return language.pick("あと \(text) m", "\(text) m to go")
}

/// A number for a drawing: one decimal is finer than any screen shows.
func decimal(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((max(-1e6, min(1e6, value)) * 10).rounded())
    return (tenths < 0 ? "-" : "") + "\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}
