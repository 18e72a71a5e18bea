import Foundation
import GatewayModel
import QualityControl
import Testing

@Suite struct TemperatureArtefactCheckTests {
    private func limits(
        suspect: QualityLimits.Span? = nil, isFollowing: Bool = true
    ) throws -> QualityLimits {
        QualityLimits(
            temperatureArtefact: .init(
                sensor: try TimedSeries.sensor("air"), greatestAgeSeconds: 900, suspect: suspect,
                following: isFollowing
                    ? .init(
                        windowSeconds: 21_600, changeCelsius: 10, effect: 0.03,
                        sensitivity: 0.012, correlation: 0.9) : nil))
    }

    /// The flags of the last hour of eight, in which the air warms by `celsius` and the value moves.
    private func flags(
        celsius: Double, value: (Double) -> Double, everySeconds: Int64 = 300
    ) throws -> Set<UInt8> {
        let count = Int(28_800 / everySeconds)
        let series = TimedSeries(
            values: (0..<count).map { value(Double($0) / Double(count)) },
            everyMilliseconds: everySeconds * 1000)
        let reports = series.finalReports(limits: try limits()) {
            QualityContext(celsius: 10 + celsius * Double($0) / Double(count))
        }
        return Set(
            reports.suffix(Int(3600 / everySeconds)).map { $0[.temperatureArtefact].rawValue })
    }

    @Test func `a housing that is too hot is suspect, its limits pass`() throws {
        var control = QualityControl(
            limits: try limits(suspect: .init(low: -10, high: 50), isFollowing: false))
        let flags = [20, 50, 50.1, -10.1, nil].enumerated().map { index, celsius in
            control.judge(
                value: 1, time: SteadyInstant(milliseconds: Int64(index) * 1000),
                context: QualityContext(celsius: celsius)
            ).report[.temperatureArtefact]
        }
        #expect(flags == [.good, .good, .suspect, .suspect, .notEvaluated])
    }

    @Test(arguments: [60, 300, 600] as [Int64])
    func `a value that goes with the temperature is suspect, either way`(interval: Int64) throws {
        #expect(
            try flags(celsius: 20, value: { 1 - 0.2 * $0 }, everySeconds: interval) == [3])
        #expect(
            try flags(celsius: -20, value: { 1 - 0.2 * $0 }, everySeconds: interval) == [3])
    }

    @Test func `a flood on a hot morning is water, and so is what hardly moves`() throws {
        #expect(try flags(celsius: 20, value: { 1 + 0.8 * $0 }) == [1], "40 mm for each degree")
        #expect(try flags(celsius: 20, value: { 1 + 0.02 * $0 }) == [1], "15 mm in six hours")
        #expect(try flags(celsius: 8, value: { 1 - 0.08 * $0 }) == [1], "6 °C in six hours")
    }

    @Test func `ripples hide no artefact, and make none`() throws {
        func ripple(_ part: Double) -> Double { 0.03 * sin(part * 4000) }
        #expect(try flags(celsius: 20, value: { 1 - 0.2 * $0 + ripple($0) }) == [3])
        #expect(try flags(celsius: 20, value: { 1 + ripple($0) }) == [1])
    }

    @Test func `without a temperature nothing is said, and little is not enough`() throws {
        var control = QualityControl(limits: try limits())
        func judge(_ value: Double?, _ celsius: Double?, hour: Double) -> QualityFlag {
            control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(hour * 3_600_000)),
                context: QualityContext(celsius: celsius)
            ).report[.temperatureArtefact]
        }
        for step in 0..<7 {
            let hour = Double(step) * 0.8
            #expect(judge(1 - hour / 20, 10 + hour * 5, hour: hour) == .good, "seven stretches")
        }
        #expect(judge(nil, 40, hour: 5.59) == .missing)
        #expect(judge(0.7, nil, hour: 5.6) == .notEvaluated)
        #expect(judge(1 - 5.61 / 20, 10 + 5.61 * 5, hour: 5.61) == .suspect)
    }
}
