import GatewayModel
import QualityControl
import Testing

@Suite struct NeighborCheckTests {
    private func flag(
        _ value: Double?, neighbour: Double?, fail: Double? = nil, isBound: Bool = false
    ) throws -> QualityFlag {
        let limits = QualityLimits(
            neighbor: .init(
                sensor: try TimedSeries.sensor(), suspectThreshold: 0.25, failThreshold: fail,
                greatestAgeSeconds: 600))
        var control = QualityControl(limits: limits)
        return control.judge(
            value: value, time: SteadyInstant(milliseconds: 0), isBound: isBound,
            context: QualityContext(neighbour: neighbour)
        ).report[.neighbor]
    }

    @Test func `a difference beyond the threshold is suspect, the threshold itself passes`() throws
    {
        #expect(try flag(1.5, neighbour: 1.25) == .good)
        #expect(try flag(1.5, neighbour: 1.75) == .good)
        #expect(try flag(1.5, neighbour: 1.249) == .suspect)
        #expect(try flag(1.5, neighbour: 1.751) == .suspect)
        #expect(try flag(1.5, neighbour: 90) == .suspect, "without a fail threshold none fails")
    }

    @Test func `it fails only beyond a fail threshold`() throws {
        #expect(try flag(1.5, neighbour: 1, fail: 0.5) == .suspect)
        #expect(try flag(1.5, neighbour: 0.99, fail: 0.5) == .fail)
    }

    @Test func `without another reading, or with a bound, nothing is compared`() throws {
        #expect(try flag(1.5, neighbour: nil) == .notEvaluated)
        #expect(try flag(1.5, neighbour: 9, isBound: true) == .notEvaluated)
        #expect(try flag(nil, neighbour: 9) == .missing)
        #expect(try flag(.infinity, neighbour: 9) == .missing)
    }

    @Test func `a late reading is held against the other all the same`() throws {
        let limits = QualityLimits(
            neighbor: .init(
                sensor: try TimedSeries.sensor(), suspectThreshold: 0.25, greatestAgeSeconds: 600))
        var control = QualityControl(limits: limits)
        _ = control.judge(value: 1, time: SteadyInstant(milliseconds: 1000))
        let late = control.judge(
            value: 2, time: SteadyInstant(milliseconds: 0), context: QualityContext(neighbour: 1))
        #expect(late.report[.neighbor] == .suspect)
    }
}
