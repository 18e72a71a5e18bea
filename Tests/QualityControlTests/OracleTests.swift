import Foundation
import GatewayModel
import QualityControl
import Testing

/// The flags of ioos_qc 3.0.0 over real rivers and made-up edge cases, as `Oracle/expectations.py`
/// stored them; `make oracle` asks ioos_qc again.
@Suite struct OracleTests {
    private struct Line: Decodable {
        var series: String
        var values: String?
        var seconds: [Double]?
        var latitudes: String?
        var longitudes: String?
        var interval: Double?
        var check: String?
        var parameters: [String: Parameter]?
        var flags: String?
    }

    private enum Parameter: Decodable {
        case number(Double)
        case span([Double])
        case word(String)
        case members([Member])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let span = try? container.decode([Double].self) {
                self = .span(span)
            } else if let members = try? container.decode([Member].self) {
                self = .members(members)
            } else {
                self = .word(try container.decode(String.self))
            }
        }
    }

    private struct Member: Decodable {
        var tspan: [Parameter]
        var vspan: [Double]
        var fspan: [Double]?
        var period: String?

        func limits() throws -> QualityLimits.Climatology.Member {
            let time: QualityLimits.Climatology.TimeSpan
            switch (tspan[0], tspan[1]) {
            case (.number(let first), .number(let last)):
                let name = try #require(period)
                time = .yearly(
                    try #require(.init(rawValue: name)), Int(first)...Int(last))
            case (.word(let first), .word(let last)):
                func date(_ text: String) throws -> UTCInstant {
                    try #require(
                        UTCInstant(
                            rfc3339: text.contains("T") ? text : text + "T00:00",
                            defaultOffsetSeconds: 0))
                }
                time = .dates(try date(first)...date(last))
            default: throw CancellationError()
            }
            return .init(
                time: time, suspect: .init(low: vspan[0], high: vspan[1]),
                fail: fspan.map { .init(low: $0[0], high: $0[1]) })
        }
    }

    private func lines() throws -> [Line] {
        let url = try #require(
            Bundle.module.url(forResource: "expectations", withExtension: "jsonl"))
        let decoder = JSONDecoder()
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
            .map { try decoder.decode(Line.self, from: Data($0.utf8)) }
    }

    @Test func `every flag is the one that ioos_qc gives`() throws {
        var known: [String: TimedSeries] = [:]
        var compared: [String: Int] = [:]
        var visited: [String: Set<UInt8>] = [:]
        for line in try lines() where line.check != "location" {
            guard let check = line.check else {
                known[line.series] = try made(line)
                continue
            }
            let series: TimedSeries
            if let stored = known[line.series] {
                series = stored
            } else {
                series = try TimedSeries.river(line.series)
                known[line.series] = series
            }
            let parameters = try #require(line.parameters)
            let limits = try limits(check, parameters)
            let kind = try #require(QualityCheck.allCases.first { $0.name == check })
            let flags = series.finalReports(limits: limits, intervalSeconds: line.interval)
                .map { $0[kind].rawValue }
            let expected = try #require(line.flags)
            if runLengths(flags) != expected {
                Issue.record(
                    "\(line.series) \(check) \(parameters): \(difference(flags, expected))")
            }
            compared[check, default: 0] += flags.count
            visited[check, default: []].formUnion(flags)
        }
        for check in ["gross_range", "spike", "rate_of_change", "flat_line", "attenuated_signal"] {
            #expect(visited[check]?.isSuperset(of: [1, 3, 4, 9]) == true, "\(check)")
            #expect(compared[check, default: 0] > 60_000, "\(check)")
        }
        #expect(visited["gap"] == [1, 4])
        #expect(visited["climatology"] == [1, 2, 3, 4, 9])
    }

    @Test func `a place is judged as ioos_qc judges the way from the station`() throws {
        var visited: Set<UInt8> = []
        for line in try lines() where line.check == "location" {
            func number(_ name: String) throws -> Double {
                guard case .number(let number) = line.parameters?[name] else {
                    throw CancellationError()
                }
                return number
            }
            let limits = QualityLimits.Location(rangeMetres: try number("range_max"))
            let station = GeoPosition(
                latitude: try number("latitude"), longitude: try number("longitude"))
            let degrees = try [line.latitudes, line.longitudes].map { text in
                try #require(text).split(separator: " ").map {
                    $0 == "-" ? .nan : try TimedSeries.number($0)
                }
            }
            let flags = zip(degrees[0], degrees[1]).map {
                limits.flag(GeoPosition(latitude: $0, longitude: $1), station: station).rawValue
            }
            #expect(runLengths(flags) == line.flags)
            visited.formUnion(flags)
        }
        #expect(visited == [1, 3, 4])
    }

    private func made(_ line: Line) throws -> TimedSeries {
        let texts = try #require(line.values).split(separator: " ")
        return TimedSeries(
            values: try texts.map { $0 == "-" ? nil : try TimedSeries.number($0) },
            milliseconds: try #require(line.seconds).map { Int64(($0 * 1000).rounded()) })
    }

    private func limits(
        _ check: String, _ parameters: [String: Parameter]
    ) throws -> QualityLimits {
        func number(_ name: String) -> Double? {
            guard case .number(let number) = parameters[name] else { return nil }
            return number
        }
        func span(_ name: String) -> QualityLimits.Span? {
            guard case .span(let ends) = parameters[name] else { return nil }
            return QualityLimits.Span(low: ends[0], high: ends[1])
        }
        func word(_ name: String) -> String {
            guard case .word(let word) = parameters[name] else { return "" }
            return word
        }
        let suspect = number("suspect_threshold")
        let fail = number("fail_threshold")
        var limits = QualityLimits()
        switch check {
        case "gross_range":
            limits.grossRange = .init(
                fail: try #require(span("fail_span")), suspect: span("suspect_span"))
        case "spike":
            limits.spike = .init(
                method: try #require(.init(rawValue: word("method"))), suspectThreshold: suspect,
                failThreshold: fail)
        case "climatology":
            guard case .members(let members) = parameters["config"] else { break }
            limits.climatology = .init(members: try members.map { try $0.limits() })
        case "rate_of_change":
            limits.rateOfChange = .init(
                threshold: try #require(number("threshold")), failThreshold: fail)
        case "flat_line":
            limits.flatLine = .init(
                tolerance: try #require(number("tolerance")),
                suspectSeconds: try #require(suspect), failSeconds: try #require(fail))
        case "attenuated_signal":
            var minimum = QualityLimits.AttenuatedSignal.Minimum.readings(1)
            if let count = number("min_obs") { minimum = .readings(Int(count)) }
            if let seconds = number("min_period") { minimum = .seconds(seconds) }
            limits.attenuatedSignal = .init(
                measure: try #require(.init(rawValue: word("check_type"))),
                periodSeconds: try #require(number("test_period")), minimum: minimum,
                suspectThreshold: try #require(suspect), failThreshold: try #require(fail))
        default:
            limits.gap = .init(failSeconds: try #require(number("fail_span")) * 3600)
        }
        return limits
    }

    private func runLengths(_ flags: [UInt8]) -> String {
        var runs: [(flag: UInt8, count: Int)] = []
        for flag in flags {
            if runs.last?.flag == flag {
                runs[runs.endIndex - 1].count += 1
            } else {
                runs.append((flag, 1))
            }
        }
        return runs.map { "\($0.flag)*\($0.count)" }.joined(separator: " ")
    }

    /// The first place where the flags part.
    private func difference(_ flags: [UInt8], _ expected: String) -> String {
        let wanted = expected.split(separator: " ").flatMap { run -> [UInt8] in
            let parts = run.split(separator: "*")
            return Array(repeating: UInt8(parts[0]) ?? 0, count: Int(parts[1]) ?? 0)
        }
        let places = zip(flags, wanted).enumerated().filter { $0.element.0 != $0.element.1 }
        guard let first = places.first else { return "\(flags.count) flags, not \(wanted.count)" }
        return "\(places.count) flags differ, first at \(first.offset): \(first.element.0), not "
            + "\(first.element.1)"
    }
}
