import GatewayModel
import QualityControl
import Testing

@Suite struct MultiVariateCheckTests {
    private func limits() throws -> QualityLimits {
        QualityLimits(
            multiVariate: .init(
                rainSensor: try TimedSeries.sensor("rain"), riseThreshold: 0.3,
                windowSeconds: 3600, rainThresholdMillimetres: 2, rainWindowSeconds: 21_600,
                greatestAgeSeconds: 1800))
    }

    /// The flags of readings every ten minutes, with the rain that is known at each.
    private func flags(_ values: [Double?], rain: [Double?]) throws -> [UInt8] {
        TimedSeries(values: values, everyMilliseconds: 600_000)
            .finalReports(limits: try limits()) { QualityContext(rainMillimetres: rain[$0]) }
            .map { $0[.multiVariate].rawValue }
    }

    @Test func `a rise without rain is suspect, with rain it is not`() throws {
        let rise: [Double?] = [1, 1, 1.2, 1.31, 1.4, nil, 1.4]
        #expect(
            try flags(rise, rain: Array(repeating: 0.5, count: 7)) == [1, 1, 1, 3, 3, 9, 3])
        #expect(try flags(rise, rain: Array(repeating: 2, count: 7)) == [1, 1, 1, 1, 1, 9, 1])
        #expect(
            try flags(rise, rain: Array(repeating: nil, count: 7)) == [2, 2, 2, 2, 2, 9, 2],
            "unknown rain is not no rain")
    }

    @Test func `the window goes by time, and what it includes is its beginning too`() throws {
        let values: [Double?] = [1, 1.35, 1.35, 1.35, 1.35, 1.35, 1.35, 1.35]
        #expect(
            try flags(values, rain: Array(repeating: 0, count: 8)) == [1, 3, 3, 3, 3, 3, 3, 1])
        let sparse = TimedSeries(values: [1, 1.35], milliseconds: [0, 3_600_001])
        let reports = sparse.finalReports(limits: try limits()) { _ in
            QualityContext(rainMillimetres: 0)
        }
        #expect(reports.map { $0[.multiVariate] } == [.good, .good])
    }

    @Test func `a fall is none, and a rise of just the threshold passes`() throws {
        #expect(try flags([1, 0.2, 0.5], rain: [0, 0, 0]) == [1, 1, 1])
    }

    @Test func `a bound neither rises nor is risen from`() throws {
        var control = QualityControl(limits: try limits())
        func judge(_ value: Double, at minute: Int64, isBound: Bool) -> QualityFlag {
            control.judge(
                value: value, time: SteadyInstant(milliseconds: minute * 60_000),
                isBound: isBound, context: QualityContext(rainMillimetres: 0)
            ).report[.multiVariate]
        }
        #expect(judge(1, at: 0, isBound: false) == .good)
        #expect(judge(3, at: 10, isBound: true) == .notEvaluated)
        #expect(judge(2.9, at: 20, isBound: false) == .good)
        #expect(judge(3.3, at: 30, isBound: false) == .suspect)
    }
}
