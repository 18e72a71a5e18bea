import Foundation
import GatewayModel
import Hydrology

/// A plot as SVG: axes with their numbers, lines, dots and bars.
struct SeriesPlot {
    static let width = 720.0
    static let height = 260.0
    private static let left = 64.0
    private static let right = 12.0
    private static let top = 10.0
    private static let bottom = 34.0

    private let horizontal: ClosedRange<Double>
    private let vertical: ClosedRange<Double>
    private var body = ""

    /// - Parameters:
    ///   - horizontal: the ends of the horizontal axis.
    ///   - vertical: the ends of the vertical axis; a span of nothing is widened.
    init(horizontal: ClosedRange<Double>, vertical: ClosedRange<Double>) {
        self.horizontal = Self.widened(horizontal)
        self.vertical = Self.widened(vertical)
    }

    /// The plot as an `svg` element.
    ///
    /// - Parameter title: what it shows, for those who hear it.
    /// - Returns: the element.
    func element(title: String) -> String {
        let box = "0 0 \(Int(Self.width)) \(Int(Self.height))"
        return "<svg viewBox=\"\(box)\" role=\"img\" aria-label=\"\(HTMLText.escaped(title))\">"
            + "\(body)</svg>\n"
    }

    // MARK: - What is drawn

    /// Draws a series; a gap in it stays open.
    mutating func draw(_ points: [(x: Double, y: Double)], style: String, greatestGap: Double) {
        var path = ""
        var last: Double?
        for point in Self.thinned(points, columns: Int(Self.width), over: horizontal) {
            let isGap = last.map { point.x - $0 > greatestGap } ?? true
            path += "\(isGap ? "M" : "L")\(Self.text(x(point.x))) \(Self.text(y(point.y)))"
            last = point.x
        }
        body += "<path class=\"\(style)\" d=\"\(path)\"/>"
    }

    /// Draws a dot for each point, at most 500 of them.
    mutating func dots(_ points: [(x: Double, y: Double)], style: String) {
        for point in points.prefix(500) {
            body +=
                "<circle class=\"\(style)\" cx=\"\(Self.text(x(point.x)))\""
                + " cy=\"\(Self.text(y(point.y)))\" r=\"2.5\"/>"
        }
    }

    /// Draws bars that stand on zero.
    mutating func bars(_ bars: [(from: Double, to: Double, height: Double)], style: String) {
        for bar in bars {
            body +=
                "<rect class=\"\(style)\" x=\"\(Self.text(x(bar.from)))\""
                + " y=\"\(Self.text(y(bar.height)))\" width=\"\(Self.text(x(bar.to) - x(bar.from)))\""
                + " height=\"\(Self.text(y(0) - y(bar.height)))\"/>"
        }
    }

    /// Draws a horizontal line at zero.
    mutating func zeroLine() {
        guard vertical.contains(0) else { return }
        body +=
            "<path class=\"zero\" d=\"M\(Self.text(Self.left)) \(Self.text(y(0)))"
            + "H\(Self.text(Self.width - Self.right))\"/>"
    }

    // MARK: - Axes

    /// Draws both axes with numbers.
    mutating func axes() {
        for place in Self.ticks(horizontal) { tick(horizontalAt: place, Self.number(place)) }
        verticalAxis()
    }

    /// Draws the axes of a plot over time: seconds since 1970 in a zone.
    mutating func timeAxes(offsetSeconds: Int) {
        let span = horizontal.upperBound - horizontal.lowerBound
        let steps = [
            1, 10, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
            2_592_000, 7_776_000, 31_536_000, 315_360_000,
        ].map(Double.init)
        let step = steps.first { span / $0 <= 6 } ?? span
        var place =
            ((horizontal.lowerBound + Double(offsetSeconds)) / step).rounded(.up) * step
            - Double(offsetSeconds)
        while place <= horizontal.upperBound {
            let time = UTCInstant(secondsSinceEpoch: place) ?? UTCInstant(milliseconds: 0)
            let text = time.rfc3339(offsetSeconds: offsetSeconds)
            let day = text.prefix(10)
            let clock = text.dropFirst(11).prefix(5)
            tick(horizontalAt: place, step >= 86_400 ? String(day) : "\(day.suffix(5)) \(clock)")
            place += step
        }
        verticalAxis()
    }

    private mutating func tick(horizontalAt place: Double, _ label: String) {
        let at = Self.text(x(place))
        body +=
            "<path class=\"grid\" d=\"M\(at) \(Self.text(Self.top))"
            + "V\(Self.text(Self.height - Self.bottom))\"/>"
            + "<text x=\"\(at)\" y=\"\(Self.text(Self.height - 12))\""
            + " text-anchor=\"middle\">\(label)</text>"
    }

    private mutating func verticalAxis() {
        for place in Self.ticks(vertical) {
            let at = Self.text(y(place))
            body +=
                "<path class=\"grid\" d=\"M\(Self.text(Self.left)) \(at)"
                + "H\(Self.text(Self.width - Self.right))\"/>"
                + "<text x=\"\(Self.text(Self.left - 6))\" y=\"\(Self.text(y(place) + 4))\""
                + " text-anchor=\"end\">\(Self.number(place))</text>"
        }
    }

    // MARK: - Places

    private func x(_ value: Double) -> Double {
        Self.left + (value - horizontal.lowerBound)
            / (horizontal.upperBound - horizontal.lowerBound)
            * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        Self.height - Self.bottom - (value - vertical.lowerBound)
            / (vertical.upperBound - vertical.lowerBound)
            * (Self.height - Self.top - Self.bottom)
    }

    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        guard range.upperBound - range.lowerBound < 1e-9 * max(1, range.upperBound.magnitude)
        else { return range }
        let margin = max(0.5, range.upperBound.magnitude * 1e-6)
        return range.lowerBound - margin...range.upperBound + margin
    }

    /// At most seven round numbers within a range.
    static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let span = range.upperBound - range.lowerBound
        let power = pow(10, (log10(span / 6)).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? 10 * power
        let first = (range.lowerBound / step).rounded(.up)
        return (0...7).map { (first + Double($0)) * step }
            .filter { $0 <= range.upperBound + step * 1e-9 }
    }

    /// The lowest and the highest point of each column of the plot, in order.
    static func thinned(
        _ points: [(x: Double, y: Double)], columns: Int, over range: ClosedRange<Double>
    ) -> [(x: Double, y: Double)] {
        guard points.count > 2 * columns else { return points }
        let width = (range.upperBound - range.lowerBound) / Double(columns)
        var thin: [(x: Double, y: Double)] = []
        var column: Double?
        var low = points[0]
        var high = points[0]
        let close = {
            thin += low.x <= high.x ? [low, high] : [high, low]
        }
        for point in points {
            let own = ((point.x - range.lowerBound) / width).rounded(.down)
            if own != column {
                if column != nil { close() }
                (column, low, high) = (own, point, point)
            }
            if point.y < low.y { low = point }
            if point.y > high.y { high = point }
        }
        close()
        return thin
    }

    private static func text(_ number: Double) -> String { String(format: "%.1f", number) }
    private static func number(_ number: Double) -> String { String(format: "%.6g", number + 0) }
}
