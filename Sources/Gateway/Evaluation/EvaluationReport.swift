import Foundation
import GatewayModel
import Hydrology

/// An evaluation as one HTML page: the statistics and three plots, without scripts and without
/// anything from elsewhere.
struct EvaluationReport {
    let result: EvaluationResult
    let input: [SeriesPoint]
    let reference: [SeriesPoint]
    let pairs: [SeriesPairs.Pair]
    /// The zone of the plots' times.
    let offsetSeconds: Int

    /// The page.
    var page: String {
        """
        <!DOCTYPE html>
        <html lang="ja">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>精度評価 / Accuracy evaluation: \(HTMLText.escaped(result.input.name))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>精度評価 <small lang="en">Accuracy evaluation</small></h1>
        <p>評価対象 / <span lang="en">input</span>: \(describe(result.input))\(sensor)<br>
        基準 / <span lang="en">reference</span>: \(describe(result.reference))</p>
        <table>
        \(rows)</table>
        \(doubts)<h2>二つの系列 <small lang="en">Both series</small></h2>
        <p><span class="key input"></span>評価対象 / <span lang="en">input</span>
        <span class="key reference"></span>基準 / <span lang="en">reference</span>\(unit)</p>
        \(seriesPlot)<h2>誤差の時間変化 <small lang="en">Error over time</small></h2>
        <p>誤差 = 評価対象 − 基準 / <span lang="en">error = input − reference</span>\(unit)</p>
        \(errorPlot)<h2>誤差の度数分布 <small lang="en">Histogram of errors</small></h2>
        <p>横軸: 誤差 / <span lang="en">error</span>\(unit)、縦軸: 度数 / <span lang="en">count</span></p>
        \(histogram)<p>時刻は UTC\(zone) です。 <span lang="en">Times are UTC\(zone).</span></p>
        </body>
        </html>

        """
    }

    private static let style = """
        body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;color:#1b1b1b}\
        small{color:#555;font-weight:normal}svg{width:100%;height:auto;font-size:11px}\
        table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .4rem;\
        border-bottom:1px solid #ccc;vertical-align:top}th{font-weight:normal}\
        .grid{stroke:#ddd;fill:none}.zero{stroke:#555;fill:none}\
        path.input{stroke:#0b5cad;fill:none;stroke-width:1.5}\
        path.reference{stroke:#c2410c;fill:none;stroke-width:1.2}circle.reference{fill:#c2410c}\
        circle.error{fill:#0b5cad}path.error{stroke:#0b5cad;fill:none}rect.bar{fill:#0b5cad}\
        .key{display:inline-block;width:1.2em;height:.3em;margin:0 .3em .2em .8em}\
        span.input{background:#0b5cad}span.reference{background:#c2410c}\
        .doubt{border-left:.3rem solid #b45309;padding-left:.6rem}\
        @media(max-width:40rem){svg{font-size:17px}}
        """

    // MARK: - Words

    private var rows: String {
        result.lines.map {
            "<tr><th scope=\"row\">\($0.ja)<br><small lang=\"en\">\($0.en)</small></th>"
                + "<td>\(HTMLText.escaped($0.value))</td></tr>\n"
        }.joined()
    }

    private var doubts: String {
        result.doubts.map {
            "<p class=\"doubt\">\(HTMLText.escaped($0.ja))<br><small lang=\"en\">"
                + "\(HTMLText.escaped($0.en))</small></p>\n"
        }.joined()
    }

    private func describe(_ series: EvaluationResult.Series) -> String {
        let name = HTMLText.escaped(series.name)
        let counts = [
            ("値", "values", series.valueCount), ("欠測", "missing", series.missingCount),
            ("不良", "failed", series.failedCount), ("以上・未満", "bounds", series.boundCount),
        ]
        let words = counts.filter { $0.2 > 0 || $0.1 == "values" }
            .map { "\($0.0) \($0.2)" }.joined(separator: "、")
        let english = counts.filter { $0.2 > 0 || $0.1 == "values" }
            .map { "\($0.2) \($0.1)" }.joined(separator: ", ")
        return "\(name)(\(words))<small lang=\"en\"> \(english)</small>"
    }

    private var sensor: String { result.sensor.map { " " + HTMLText.escaped($0) } ?? "" }
    private var unit: String {
        result.unit.isEmpty ? "" : "[\(HTMLText.escaped(result.unit))]"
    }
    private var zone: String {
        let minutes = offsetSeconds / 60
        return String(
            format: "%@%02d:%02d", minutes < 0 ? "−" : "+", abs(minutes) / 60, abs(minutes) % 60)
    }

    // MARK: - Plots

    private func places(_ points: [SeriesPoint]) -> [(x: Double, y: Double)] {
        points.map { (Double($0.time.milliseconds) / 1000, $0.value) }
    }

    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        (values.min() ?? 0)...(values.max() ?? 0)
    }

    /// The time of the reference, with what of the input lies in it.
    private var seriesPlot: String {
        let known = places(reference)
        let time = Self.range(known.map(\.x))
        let judged = places(input).filter { time.contains($0.x) }
        var plot = SeriesPlot(
            horizontal: time, vertical: Self.range((known + judged).map(\.y)))
        plot.timeAxes(offsetSeconds: offsetSeconds)
        plot.draw(judged, style: "input", greatestGap: gap(input))
        if known.count <= 300 {
            plot.dots(known, style: "reference")
        } else {
            plot.draw(known, style: "reference", greatestGap: gap(reference))
        }
        return plot.element(title: "二つの系列 / Both series")
    }

    private var errorPlot: String {
        let errors = pairs.map { (x: Double($0.time.milliseconds) / 1000, y: $0.error) }
        var plot = SeriesPlot(
            horizontal: Self.range(errors.map(\.x)), vertical: Self.range(errors.map(\.y) + [0]))
        plot.timeAxes(offsetSeconds: offsetSeconds)
        plot.zeroLine()
        if errors.count <= 500 {
            plot.dots(errors, style: "error")
        } else {
            plot.draw(errors, style: "error", greatestGap: gap(reference))
        }
        return plot.element(title: "誤差の時間変化 / Error over time")
    }

    private func gap(_ points: [SeriesPoint]) -> Double {
        5 * (points.medianIntervalSeconds ?? .infinity)
    }

    private var histogram: String {
        let bars = Self.bars(pairs.map(\.error))
        var plot = SeriesPlot(
            horizontal: (bars.first?.from ?? 0)...(bars.last?.to ?? 1),
            vertical: 0...(bars.map(\.height).max() ?? 1))
        plot.axes()
        plot.bars(bars, style: "bar")
        return plot.element(title: "誤差の度数分布 / Histogram of errors")
    }

    /// The errors counted in 5 to 40 classes of one width, about as many as the square root of their
    /// number.
    static func bars(_ errors: [Double]) -> [(from: Double, to: Double, height: Double)] {
        let low = errors.min() ?? 0
        let span = max((errors.max() ?? 0) - low, 1e-6)
        let count = min(40, max(5, Int(Double(errors.count).squareRoot())))
        let width = span / Double(count)
        var heights = Array(repeating: 0.0, count: count)
        for error in errors { heights[min(count - 1, Int((error - low) / width))] += 1 }
        return heights.enumerated().map {
            (low + Double($0.offset) * width, low + Double($0.offset + 1) * width, $0.element)
        }
    }
}
