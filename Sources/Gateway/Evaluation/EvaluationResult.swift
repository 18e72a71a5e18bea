import Foundation
import GatewayModel
import Hydrology

/// What an evaluation has found, as JSON and as text.
struct EvaluationResult: Encodable {
    /// One of the two series.
    struct Series: Encodable {
        var name: String
        var valueCount: Int
        var missingCount: Int
        var failedCount: Int
        var boundCount: Int

        enum CodingKeys: String, CodingKey {
            case name
            case valueCount = "values"
            case missingCount = "missing"
            case failedCount = "failed"
            case boundCount = "bounds"
        }

        init(_ series: EvaluatedSeries) {
            name = series.name
            valueCount = series.points.count
            missingCount = series.missingCount
            failedCount = series.failedCount
            boundCount = series.boundCount
        }
    }

    /// The shift at which both agree best.
    struct Lag: Encodable {
        var seconds: Double
        var resolutionSeconds: Double
        var correlation: Double
        var correlationUnshifted: Double?

        enum CodingKeys: String, CodingKey {
            case correlation
            case seconds = "s"
            case resolutionSeconds = "resolution_s"
            case correlationUnshifted = "correlation_unshifted"
        }
    }

    /// The error's slope with time.
    struct Drift: Encodable {
        var perDay: Double
        var standardError: Double
        var isSignificant: Bool

        enum CodingKeys: String, CodingKey {
            case perDay = "per_day"
            case standardError = "standard_error"
            case isSignificant = "differs_from_zero"
        }
    }

    var input: Series
    var reference: Series
    /// The sensor, where raw values were judged.
    var sensor: String?
    /// The values' unit; empty where nobody said.
    var unit: String
    var pairCount: Int
    var toleranceSeconds: Double
    /// From 0 to 1.
    var missingRate: Double
    var bias: Double
    var rootMeanSquareError: Double
    var meanAbsoluteError: Double
    /// The 2.5 % and the 97.5 % quantile of the errors.
    var spread95: [Double]
    var lag: Lag?
    var drift: Drift?
    /// What a person should doubt, in English and in Japanese.
    var doubts: [Doubt]

    /// A doubt in both languages.
    struct Doubt: Encodable, Equatable {
        var en: String
        var ja: String
    }

    enum CodingKeys: String, CodingKey {
        case input, reference, sensor, unit, bias, lag, drift, doubts
        case pairCount = "pairs"
        case toleranceSeconds = "tolerance_s"
        case missingRate = "missing_rate"
        case rootMeanSquareError = "rmse"
        case meanAbsoluteError = "mae"
        case spread95 = "spread_95"
    }

    init(
        input: EvaluatedSeries, reference: EvaluatedSeries, sensor: SensorDescription?,
        pairs: SeriesPairs, agreement: AgreementStatistics, lag: SeriesLag?,
        toleranceSeconds: Double
    ) {
        self.input = Series(input)
        self.reference = Series(reference)
        self.sensor = sensor?.id.description
        unit = sensor?.calibration.unit ?? ""
        pairCount = agreement.count
        self.toleranceSeconds = toleranceSeconds
        missingRate = pairs.missingRate
        bias = agreement.bias
        rootMeanSquareError = agreement.rootMeanSquareError
        meanAbsoluteError = agreement.meanAbsoluteError
        spread95 = [agreement.spread95.lowerBound, agreement.spread95.upperBound]
        self.lag = lag.map {
            Lag(
                seconds: $0.seconds, resolutionSeconds: $0.resolutionSeconds,
                correlation: $0.correlation, correlationUnshifted: $0.correlationUnshifted)
        }
        drift = agreement.drift.map {
            Drift(
                perDay: $0.perDay, standardError: $0.standardError,
                isSignificant: $0.isSignificant)
        }
        doubts = Self.doubts(agreement, lag, missingRate: pairs.missingRate)
    }

    private static func doubts(
        _ agreement: AgreementStatistics, _ lag: SeriesLag?, missingRate: Double
    ) -> [Doubt] {
        var doubts: [Doubt] = []
        if agreement.count < 30 {
            doubts.append(
                Doubt(
                    en: "\(agreement.count) pairs are few: the 95 % spread is rough below 30",
                    ja: "対が\(agreement.count)組と少ないため、95 %範囲は目安です(30組以上が望まれます)"))
        }
        if missingRate > 0.1 {
            doubts.append(
                Doubt(
                    en:
                        "more than a tenth of the reference found no partner; the statistics speak of"
                        + " the rest only",
                    ja: "基準値の1割以上に対応する値がありません。統計は残りの値だけのものです"))
        }
        if lag?.isAtEnd == true {
            doubts.append(
                Doubt(
                    en: "the best lag lies at the end of the window; widen it with --lag-window",
                    ja: "時間遅れが探索範囲の端にあります。--lag-window で範囲を広げてください"))
        }
        if lag == nil {
            doubts.append(
                Doubt(
                    en:
                        "no lag could be found: too few values overlap, or one series never changes",
                    ja: "時間遅れは求められません(重なる値が少ないか、値に変化がありません)"))
        }
        if agreement.drift?.isSignificant == true {
            doubts.append(
                Doubt(
                    en:
                        "errors that hang together from reading to reading make the drift's standard"
                        + " error too small",
                    ja: "続く誤差どうしに相関があるときは、ドリフトの標準誤差は実際より小さく出ます"))
        }
        return doubts
    }

    // MARK: - Text

    /// One line of the result, in both languages.
    struct Line: Equatable {
        var ja: String
        var en: String
        var value: String
    }

    /// The result line by line.
    var lines: [Line] {
        let unit = self.unit.isEmpty ? "" : " \(self.unit)"
        var lines = [
            Line(ja: "対の数", en: "pairs", value: "\(pairCount) (± \(plain(toleranceSeconds)) s)"),
            Line(
                ja: "欠測率", en: "missing rate", value: String(format: "%.1f %%", missingRate * 100)),
            Line(ja: "偏り(平均誤差)", en: "bias", value: signed(bias) + unit),
            Line(ja: "二乗平均平方根誤差", en: "RMSE", value: plain(rootMeanSquareError) + unit),
            Line(ja: "平均絶対誤差", en: "MAE", value: plain(meanAbsoluteError) + unit),
            Line(
                ja: "誤差の95 %範囲", en: "95 % of errors",
                value: "\(signed(spread95[0])) … \(signed(spread95[1]))\(unit)"),
        ]
        if let lag {
            let unshifted = lag.correlationUnshifted.map { String(format: ", r₀ = %.4f", $0) } ?? ""
            lines.append(
                Line(
                    ja: "時間遅れ", en: "lag",
                    value: "\(signed(lag.seconds)) s ± \(plain(lag.resolutionSeconds / 2)) s"
                        + String(format: " (r = %.4f", lag.correlation) + unshifted + ")"))
        }
        if let drift {
            lines.append(
                Line(
                    ja: "ドリフト(1日あたり)", en: "drift a day",
                    value: "\(signed(drift.perDay))\(unit) (SE \(plain(drift.standardError)))"))
        }
        return lines
    }

    /// The result for people at a terminal.
    var table: String {
        var text = [
            "input          \(describe(input))" + (sensor.map { " (\($0))" } ?? ""),
            "reference      \(describe(reference))",
        ]
        text += lines.map {
            $0.en.padding(toLength: 15, withPad: " ", startingAt: 0) + $0.value
        }
        text += doubts.map { "doubtful: \($0.en)" }
        return text.joined(separator: "\n") + "\n"
    }

    private func describe(_ series: Series) -> String {
        let others = [
            (series.missingCount, "missing"), (series.failedCount, "failed"),
            (series.boundCount, "bounds"),
        ]
        return "\(series.name): \(series.valueCount) values"
            + others.filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
    }

    private func plain(_ number: Double) -> String { String(format: "%.4g", number) }
    private func signed(_ number: Double) -> String { String(format: "%+.4g", number) }
}
