import Foundation
import GatewayModel
import QualityControl
import Testing

/// Readings with their times, and what quality control makes of them.
struct TimedSeries {
    var values: [Double?]
    var milliseconds: [Int64]

    /// One reading after another, at the same interval.
    init(values: [Double?], everyMilliseconds interval: Int64) {
        self.values = values
        milliseconds = values.indices.map { Int64($0) * interval }
    }

    init(values: [Double?], milliseconds: [Int64]) {
        self.values = values
        self.milliseconds = milliseconds
    }

    /// The final flags of every reading: what the next one had to say is in.
    ///
    /// - Parameters:
    ///   - limits: what is checked.
    ///   - intervalSeconds: the interval at which readings are expected.
    ///   - context: what other sensors say at each reading; by its place in the series.
    /// - Returns: one report for each reading.
    func finalReports(
        limits: QualityLimits, intervalSeconds: Double? = nil,
        context: (Int) -> QualityContext = { _ in QualityContext() }
    ) -> [QualityReport] {
        var control = QualityControl(limits: limits, intervalSeconds: intervalSeconds)
        let codes = limits.errorCode?.codes ?? []
        var reports: [QualityReport] = []
        reports.reserveCapacity(values.count)
        for (index, (value, time)) in zip(values, milliseconds).enumerated() {
            let judgement = control.judge(
                value: value, time: SteadyInstant(milliseconds: time),
                isErrorCode: value.map { codes.contains($0) } ?? false,
                localTime: UTCInstant(milliseconds: time), context: context(index))
            if let former = judgement.former { reports[reports.endIndex - 1] = former }
            reports.append(judgement.report)
        }
        return reports
    }

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// One of the demo's rivers or of the fixtures, as `Oracle/expectations.py` reads it.
    static func river(_ name: String) throws -> TimedSeries {
        let rivers = repository.appendingPathComponent("Sources/ReplaySource/Rivers")
        switch name {
        case "dead-run":
            return try TimedSeries(
                file: rivers.appendingPathComponent("dead-run/DeadRun_01589330_2018-06.csv"),
                headerCount: 1, valueColumn: 1)
        case "kuji-nukada":
            return try TimedSeries(
                file: rivers.appendingPathComponent("kuji-nukada/nukada_10min.csv"),
                headerCount: 1, valueColumn: 1
            ).onGrid(milliseconds: 600_000)
        case "trout-creek":
            return try TimedSeries(
                file: rivers.appendingPathComponent("trout-creek/Log00017.txt"),
                headerCount: 2, valueColumn: 6)
        case "logan-2019-stage":
            return TimedSeries(
                values: try fixture(name).map { $0[0].isEmpty ? nil : try number($0[0]) },
                everyMilliseconds: 900_000)
        default:
            return try TimedSeries(file: fixtureFile(name), headerCount: 1, valueColumn: 1)
        }
    }

    /// The temperature in Trout Creek's box, in °C, at the times of its river.
    static func boxTemperature() throws -> TimedSeries {
        try TimedSeries(
            file: repository.appendingPathComponent(
                "Sources/ReplaySource/Rivers/trout-creek/Log00017.txt"), headerCount: 2,
            valueColumn: 3)
    }

    /// The rain at Gorpley, in millimetres for each quarter of an hour.
    static func rain() throws -> TimedSeries {
        try TimedSeries(
            file: repository.appendingPathComponent(
                "Sources/ReplaySource/Rivers/calder-rain/gorpley_15min.csv"), headerCount: 1,
            valueColumn: 1)
    }

    /// A sensor that checks look at beside their own.
    static func sensor(_ local: String = "other") throws -> SensorID {
        try #require(SensorID("pole-1.\(local)"))
    }

    private static func fixtureFile(_ name: String) throws -> URL {
        try #require(
            Bundle.module.url(
                forResource: name, withExtension: "csv", subdirectory: "Fixtures"))
    }

    /// The cells of a fixture's rows.
    static func fixture(_ name: String) throws -> [[Substring]] {
        try String(contentsOf: fixtureFile(name), encoding: .utf8).split(separator: "\n")
            .dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    /// The same times with other values.
    func map(_ change: (Double) -> Double) -> TimedSeries {
        TimedSeries(values: values.map { $0.map(change) }, milliseconds: milliseconds)
    }

    /// A file with the times in its first column; times without a zone are taken for UTC.
    init(file: URL, headerCount: Int, valueColumn: Int) throws {
        values = []
        milliseconds = []
        let lines = try String(contentsOf: file, encoding: .utf8)
            .split(whereSeparator: \.isNewline)
        for line in lines.dropFirst(headerCount) {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count > valueColumn else { continue }
            let time = try #require(
                UTCInstant(rfc3339: cells[0], defaultOffsetSeconds: 0), "\(line)")
            milliseconds.append(time.milliseconds)
            let text = cells[valueColumn].trimmingCharacters(in: .whitespaces)
            values.append(text.isEmpty ? nil : try Self.number(text))
        }
    }

    static func number(_ text: some StringProtocol) throws -> Double {
        let number: Double? = Double(text)
        return try #require(number, "\(text)")
    }

    /// The same readings with a missing one wherever the grid has none.
    private func onGrid(milliseconds step: Int64) -> TimedSeries {
        let known = Dictionary(zip(milliseconds, values)) { $1 }
        let times = Array(
            stride(
                from: milliseconds.min() ?? 0, through: milliseconds.max() ?? 0, by: Int(step)))
        return TimedSeries(values: times.map { known[$0] ?? nil }, milliseconds: times)
    }
}
