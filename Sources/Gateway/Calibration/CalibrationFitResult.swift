import Foundation
import GatewayModel
import Hydrology

/// What a fit has found, as JSON and as text.
struct CalibrationFitResult: Encodable {
    /// The interval at one level.
    struct Interval: Encodable, Equatable {
        /// The level in metres.
        var level: Double
        /// The raw value that gives it.
        var raw: Double
        /// Half the 95 % interval of the calibration itself, in metres.
        var calibrationHalfWidth: Double?
        /// Half the 95 % interval of one reading, in metres.
        var readingHalfWidth: Double?
        /// Whether the level lies beyond the points.
        var isExtrapolated: Bool

        enum CodingKeys: String, CodingKey {
            case level, raw
            case calibrationHalfWidth = "calibration_95"
            case readingHalfWidth = "reading_95"
            case isExtrapolated = "extrapolated"
        }
    }

    /// One point with its residual.
    struct Residual: Encodable {
        var line: Int
        var raw: Double
        var staff: Double
        var residual: Double
    }

    var form: String
    var pointCount: Int
    /// c₀ first.
    var coefficients: [Double]
    var standardErrors: [Double]?
    /// In metres.
    var residualStandardDeviation: Double?
    var rawRange: [Double]
    var intervals: [Interval]
    var points: [Residual]
    /// What a person should doubt.
    var doubts: [String]
    /// The entry for the station file.
    var calibration: String

    enum CodingKeys: String, CodingKey {
        case form, coefficients, intervals, points, doubts, calibration
        case pointCount = "point_count"
        case standardErrors = "standard_errors"
        case residualStandardDeviation = "residual_sd"
        case rawRange = "raw_range"
    }

    /// - Parameters:
    ///   - fit: the fit.
    ///   - lines: the line of each point in its file.
    ///   - form: what was fitted.
    ///   - levels: the levels asked for; none takes the points' ends and middle.
    init(_ fit: LeastSquaresFit, lines: [Int], form: FitForm, levels: [Double]) {
        self.form = form.rawValue
        pointCount = fit.points.count
        coefficients = fit.coefficients
        standardErrors = fit.standardErrors
        residualStandardDeviation = fit.residualStandardDeviation
        let range = fit.rawRange
        rawRange = [range.lowerBound, range.upperBound]
        points = zip(zip(fit.points, fit.residuals), lines).map { pair, line in
            Residual(line: line, raw: pair.0.raw, staff: pair.0.value, residual: pair.1)
        }
        let values = fit.points.map(\.value)
        let least = values.min() ?? 0
        let greatest = values.max() ?? 0
        let asked = levels.isEmpty ? [least, (least + greatest) / 2, greatest] : levels
        intervals = asked.compactMap { level in
            Self.raw(of: level, fit).map { raw in
                Interval(
                    level: level, raw: raw, calibrationHalfWidth: fit.curveHalfWidth(raw: raw),
                    readingHalfWidth: fit.pointHalfWidth(raw: raw),
                    isExtrapolated: level < least || level > greatest)
            }
        }
        calibration = Self.calibration(form, fit.coefficients, range)
        doubts = []
        doubts = doubts(fit, asked: asked, span: least...greatest)
    }

    /// The raw value of a level: within the points, else on the tangent at their nearer end.
    private static func raw(of level: Double, _ fit: LeastSquaresFit) -> Double? {
        let range = fit.rawRange
        let span = range.upperBound - range.lowerBound
        let inside = PolynomialCalibration(
            coefficients: fit.coefficients,
            rawRange: QualityLimits.Span(low: range.lowerBound, high: range.upperBound))
        guard inside.isOneToOne else { return nil }
        if let raw = inside.raw(value: level) { return raw }
        let isAtLow =
            (fit.value(raw: range.lowerBound) - level).magnitude
            < (fit.value(raw: range.upperBound) - level).magnitude
        let end = isAtLow ? range.lowerBound : range.upperBound
        let step = span * 1e-6 * (isAtLow ? 1 : -1)
        let slope = (fit.value(raw: end + step) - fit.value(raw: end)) / step
        let raw = end + (level - fit.value(raw: end)) / slope
        return raw.isFinite ? raw : nil
    }

    // MARK: - Doubts

    private func doubts(
        _ fit: LeastSquaresFit, asked: [Double], span: ClosedRange<Double>
    ) -> [String] {
        var doubts: [String] = []
        let count = fit.coefficients.count
        if fit.degreesOfFreedom < 1 {
            doubts.append(
                "\(pointCount) points are just enough for \(count) coefficients: nothing can be"
                    + " said of the uncertainty; read the staff at more levels")
        } else if fit.degreesOfFreedom < 3 {
            doubts.append(
                "\(pointCount) points are few: the intervals are wide and rest on"
                    + " \(fit.degreesOfFreedom) degrees of freedom; read the staff at more levels")
        }
        let reach = span.upperBound - span.lowerBound
        if reach < 0.5 {
            doubts.append(
                "the points span only \(Self.metres(reach)) m of stage; a flood lies far beyond"
                    + " them, so read the staff at high water too")
        }
        for interval in intervals where interval.isExtrapolated {
            doubts.append(
                "\(Self.metres(interval.level)) m lies beyond the points"
                    + " (\(Self.metres(span.lowerBound)) to \(Self.metres(span.upperBound)) m):"
                    + " the interval there holds only if the form goes on as it is")
        }
        if let deviation = residualStandardDeviation, fit.degreesOfFreedom >= 3 {
            for point in points where point.residual.magnitude > 2.5 * deviation {
                doubts.append(
                    "line \(point.line): staff \(Self.metres(point.staff)) m lies"
                        + " \(Self.metres(point.residual)) m off, more than 2.5 standard"
                        + " deviations; look whether it was misread")
            }
        }
        if intervals.count < asked.count {
            doubts.append(
                "the polynomial turns among the points, so that two raw values become the same"
                    + " level; take fewer coefficients")
        }
        if count > 2, let errors = standardErrors,
            coefficients[count - 1].magnitude
                < errors[count - 1]
                * StudentQuantile.twoSided95(degreesOfFreedom: fit.degreesOfFreedom)
        {
            doubts.append(
                "the highest coefficient cannot be told from 0: a form with fewer coefficients fits"
                    + " as well and bends less beyond the points")
        }
        return doubts
    }

    // MARK: - Text

    /// The entry for the station file, with nine digits: a nanometre of a metre.
    private static func calibration(
        _ form: FitForm, _ coefficients: [Double], _ range: ClosedRange<Double>
    ) -> String {
        let numbers = coefficients.map(digits)
        switch form {
        case .linear:
            return "calibration: { type: linear, offset: \(numbers[0]), scale: \(numbers[1]),"
                + " unit: m }"
        case .polynomial:
            let list = numbers.joined(separator: ", ")
            return "calibration: { type: polynomial, coefficients: [\(list)], raw_range:"
                + " [\(digits(range.lowerBound)), \(digits(range.upperBound))], unit: m }"
        }
    }

    private static func digits(_ number: Double) -> String { String(format: "%.9g", number) }
    private static func metres(_ number: Double) -> String { String(format: "%.3f", number) }
    private static func metres(_ number: Double?) -> String {
        number.map { "± " + metres($0) } ?? "unknown"
    }

    /// The result for people.
    var table: String {
        var lines = ["\(form) fit of \(pointCount) points"]
        for (power, coefficient) in coefficients.enumerated() {
            let error = standardErrors.map { " (standard error \(Self.digits($0[power])))" } ?? ""
            lines.append("  c\(power) = \(Self.digits(coefficient))\(error)")
        }
        let deviation = residualStandardDeviation.map { Self.metres($0) + " m" } ?? "unknown"
        lines.append("residual standard deviation: \(deviation)")
        lines.append("")
        lines.append("level m    raw            calibration 95 %   one reading 95 %")
        for interval in intervals {
            let cells = [
                (Self.metres(interval.level), 11), (Self.digits(interval.raw), 15),
                (Self.metres(interval.calibrationHalfWidth), 19),
                (Self.metres(interval.readingHalfWidth), 0),
            ]
            lines.append(
                cells.map {
                    $0.0.padding(toLength: max($0.1, $0.0.count), withPad: " ", startingAt: 0)
                }
                .joined() + (interval.isExtrapolated ? "  beyond the points" : ""))
        }
        lines.append("")
        lines.append("line  raw            staff m    residual m")
        for point in points {
            let cells = [
                ("\(point.line)", 6), (Self.digits(point.raw), 15), (Self.metres(point.staff), 11),
                (String(format: "%+.3f", point.residual), 0),
            ]
            lines.append(
                cells.map {
                    $0.0.padding(toLength: max($0.1, $0.0.count), withPad: " ", startingAt: 0)
                }
                .joined())
        }
        lines += [""] + doubts.map { "doubtful: \($0)" }
        if !doubts.isEmpty { lines.append("") }
        lines += ["for the station file:", "  \(calibration)"]
        return lines.joined(separator: "\n") + "\n"
    }
}
