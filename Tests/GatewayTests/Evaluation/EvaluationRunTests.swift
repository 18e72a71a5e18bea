import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct EvaluationRunTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct Result: Decodable {
        struct Series: Decodable {
            var values: Int
            var missing: Int
            var failed: Int
            var bounds: Int
        }
        struct Lag: Decodable {
            var s: Double
            var resolution_s: Double
            var correlation: Double
        }
        struct Drift: Decodable {
            var per_day: Double
            var differs_from_zero: Bool
        }
        struct Doubt: Decodable {
            var en: String
            var ja: String
        }
        var input: Series
        var pairs: Int
        var tolerance_s: Double
        var missing_rate: Double
        var bias: Double
        var rmse: Double
        var mae: Double
        var spread_95: [Double]
        var unit: String
        var lag: Lag?
        var drift: Drift?
        var doubts: [Doubt]
    }

    private func request(
        _ input: String, _ reference: String, toleranceSeconds: Double? = nil
    ) throws -> EvaluationRun.Request {
        var request = EvaluationRun.Request(
            input: try directory.write(input, to: "input.csv"),
            reference: try directory.write(reference, to: "reference.csv"))
        request.toleranceSeconds = toleranceSeconds
        return request
    }

    private func evaluate(_ request: EvaluationRun.Request) throws -> Result {
        var output = ""
        _ = try EvaluationRun(format: .json) { output += $0 }.run(request)
        return try JSONDecoder().decode(Result.self, from: Data(output.utf8))
    }

    private func time(_ seconds: Double) -> String { instant(seconds).utc.rfc3339() }

    /// A flood's hump with its peak at six hours.
    private func stage(_ seconds: Double) -> Double {
        let hours = (seconds - 21_600) / 3600
        return 0.3 + 2 / (1 + hours * hours)
    }

    private func csv(_ rows: [(Double, Double?)]) -> String {
        "time,value\n"
            + rows.map { "\(time($0.0)),\($0.1.map { "\($0)" } ?? "")\n" }.joined()
    }

    /// A day of ten minutes as the reference; as the input the same, later, higher and with a drift.
    private func floods(
        laterBy lag: Double = 0, bias: Double = 0, driftPerDay: Double = 0
    ) -> (input: String, reference: String) {
        var judged: [(Double, Double?)] = []
        var truth: [(Double, Double?)] = []
        for index in 0..<144 {
            let seconds = Double(index) * 600
            let error = bias + driftPerDay * (seconds / 86_400 - 0.5)
            judged.append((seconds, stage(seconds - lag) + error))
            truth.append((seconds, stage(seconds)))
        }
        return (csv(judged), csv(truth))
    }

    @Test func `a bias, a drift and a lag are found as they were put in`() throws {
        let biased = floods(bias: 0.03, driftPerDay: 0.02)
        let found = try evaluate(request(biased.input, biased.reference))
        #expect(found.pairs == 144 && found.missing_rate == 0 && found.tolerance_s == 300)
        #expect((found.bias - 0.03).magnitude < 1e-4)
        #expect((try #require(found.drift).per_day - 0.02).magnitude < 1e-9)
        #expect(try #require(found.drift).differs_from_zero)
        #expect(try #require(found.lag).s == 0)
        #expect(found.spread_95[0] > 0.02 && found.spread_95[1] < 0.04)
        #expect(found.mae == found.bias && found.rmse > found.mae)
        let late = floods(laterBy: 1200)
        let lag = try #require(try evaluate(request(late.input, late.reference)).lag)
        #expect(lag.s == 1200 && lag.resolution_s == 600 && lag.correlation > 0.9999)
    }

    @Test func `what is missing is counted on both sides`() throws {
        let found = try evaluate(
            request(
                csv([(0, 1), (600, nil), (1800, 1.2), (2400, 1.3)]),
                csv([(0, 1.1), (600, 1), (1210, 1), (1790, 1.1), (2400, nil)]),
                toleranceSeconds: 300))
        #expect(found.input.values == 3 && found.input.missing == 1)
        #expect(found.pairs == 2 && found.missing_rate == 0.5)
        #expect(found.bias.magnitude < 1e-12 && (found.mae - 0.1).magnitude < 1e-12)
        #expect(found.lag == nil && found.drift == nil)
        #expect(found.doubts.map { $0.en.prefix(8) } == ["2 pairs ", "more tha", "no lag c"])
        #expect(found.doubts.allSatisfy { !$0.ja.isEmpty })
    }

    @Test func `raw values go through calibration and quality control`() throws {
        var request = try request(
            csv([(0, 2200), (600, -5000), (1200, 1200), (1800, nil)]),
            csv([(0, 1), (600, 1.5), (1200, 1.9)]), toleranceSeconds: 300)
        request.station = try testStation()
        request.sensor = "level"
        let found = try evaluate(request)
        #expect(found.unit == "m" && found.pairs == 2)
        #expect(found.input.failed == 1 && found.input.missing == 1)
        #expect((found.bias - 0.05).magnitude < 1e-12)
    }

    @Test func `a bound is no measurement`() throws {
        var station = try testStation()
        station.sensors[0].calibration.form = .currentLoop(CurrentLoopCalibration(low: 0, high: 3))
        var request = try request(csv([(0, 12), (600, 20.7)]), csv([(0, 1.5), (600, 4.5)]))
        request.station = station
        request.sensor = "pole-1.level"
        let found = try evaluate(request)
        #expect(found.pairs == 1 && found.input.bounds == 1)
    }

    @Test func `the table says it for people`() throws {
        let biased = floods(bias: 0.03)
        var output = ""
        _ = try EvaluationRun(format: .table) { output += $0 }
            .run(request(biased.input, biased.reference))
        #expect(output.contains("input.csv: 144 values\n"))
        #expect(output.contains("bias           +0.03\n"))
        #expect(output.contains("RMSE           0.03\n"))
        #expect(output.contains("lag            +0 s ± 300 s (r = 1.0000, r₀ = 1.0000)\n"))
        #expect(!output.contains("doubtful"))
    }

    @Test func `what cannot be evaluated is said`() throws {
        let failure = { (request: EvaluationRun.Request) -> ResultFailure? in
            do {
                _ = try evaluate(request)
                return nil
            } catch { return error as? ResultFailure }
        }
        let apart = try request(csv([(0, 1)]), csv([(86_400, 1)]))
        guard case .badInput(let message) = failure(apart) else {
            Issue.record("series a day apart were paired")
            return
        }
        #expect(message.contains("look at the times and their zones"))
        var half = apart
        half.sensor = "level"
        #expect(
            failure(half)
                == .usage("--station and --sensor belong together; give both or neither"))
        let zoneless = try request("time,value\n2026-01-01 00:00,1\n", csv([(0, 1)]))
        guard case .badInput(let message) = failure(zoneless) else {
            Issue.record("a time without zone was accepted")
            return
        }
        #expect(message.contains("input.csv:2:1:") && message.contains("names no zone"))
    }
}
