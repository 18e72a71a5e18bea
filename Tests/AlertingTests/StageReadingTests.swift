import Alerting
import GatewayModel
import Testing

/// What several sensors of one station, and values that only bound the level, make of its alarms.
@Suite struct StageReadingTests {
    /// Who speaks: the ultrasonic sensor, a float, another float.
    private enum Sensor: UInt32 {
        case stage = 1
        case float
        case upperFloat
    }

    /// A reading as the tests write it.
    private struct Row {
        let minute: Double
        let sensor: Sensor
        let metres: Double
        var bound = ValueBound.exact
        var flag = QualityFlag.good
    }

    private let levels = FloodLevels(
        thresholdMetres: [.standby: 1, .caution: 1.5, .evacuationJudgement: 2, .danger: 2.5],
        hysteresisMetres: 0.05, holdSeconds: 600)
    private let station: StationID

    init() throws { station = try #require(StationID("seiryuji-01")) }

    private func machine(
        restoring states: [AlarmState] = [], heard: [Row] = []
    ) -> LevelAlarms {
        LevelAlarms(
            station: station, levels: levels, restoring: states, heard: heard.map(reading))
    }

    private func reading(_ row: Row) -> StageReading {
        StageReading(
            channel: ChannelIndex(row.sensor.rawValue), stageMetres: row.metres, bound: row.bound,
            flag: row.flag, time: UTCInstant(milliseconds: Int64(row.minute * 60_000)),
            place: ReadingPlace(at: SteadyInstant(milliseconds: Int64(row.minute * 60_000))))
    }

    private func stage(_ minute: Double, _ metres: Double, _ flag: QualityFlag = .good) -> Row {
        Row(minute: minute, sensor: .stage, metres: metres, flag: flag)
    }

    private func closed(
        _ minute: Double, _ metres: Double = 2, by sensor: Sensor = .float,
        _ flag: QualityFlag = .notEvaluated
    ) -> Row {
        Row(minute: minute, sensor: sensor, metres: metres, bound: .atLeast, flag: flag)
    }

    private func open(
        _ minute: Double, _ metres: Double = 2, by sensor: Sensor = .float,
        _ flag: QualityFlag = .notEvaluated
    ) -> Row {
        Row(minute: minute, sensor: sensor, metres: metres, bound: .below, flag: flag)
    }

    /// Steps through rows and writes each transition as `minute level phase cause`.
    private func run(_ rows: [Row], on alarms: inout LevelAlarms) -> [String] {
        rows.flatMap { alarms.step(reading($0)) }.map { transition in
            "\(transition.time.milliseconds / 60_000) \(transition.subject.level?.key ?? "?") "
                + "\(transition.to.rawValue) \(transition.cause.rawValue)"
        }
    }

    private func run(_ rows: [Row]) -> [String] {
        var alarms = machine()
        return run(rows, on: &alarms)
    }

    private let raised = [
        "0 standby active reached", "0 caution active reached",
        "0 evacuation_judgement active reached",
    ]

    // MARK: - At least

    @Test func `a closed float raises every level up to its height, itself included`() {
        #expect(run([closed(0)]) == raised)
        #expect(run([closed(0, 1.99)]) == Array(raised.prefix(2)))
    }

    @Test func `a suspect bound is unconfirmed, and a closed float confirms a suspect rise`() {
        #expect(
            run([closed(0, 1, by: .float, .suspect)]) == ["0 standby pending unconfirmed_rise"])
        #expect(
            run([stage(0, 1.2, .suspect), closed(1, 1)])
                == ["0 standby pending unconfirmed_rise", "1 standby active confirmed"])
    }

    @Test func `at least refutes nothing and clears nothing`() {
        var alarms = machine()
        _ = run([stage(0, 2.6, .suspect)], on: &alarms)
        #expect(run([closed(1, 0.5), closed(30, 0.5)], on: &alarms) == [])
        #expect(alarms.highestPending == .danger)
        #expect(run([stage(31, 2.6), closed(32, 0.5), closed(60, 0.5)], on: &alarms).count == 4)
        #expect(alarms.highestActive == .danger)
        // Within the hysteresis of a pending level it says nothing either.
        #expect(run([stage(0, 2, .suspect), closed(1, 1.96)]).count == 5)
        #expect(run([closed(0, 2, by: .float, .suspect), closed(1, 1.96)]).count == 5)
    }

    @Test func `a clamped reading in a hold begins it anew, for levels that it speaks of`() {
        func clamped(_ minute: Double, _ metres: Double) -> Row {
            Row(minute: minute, sensor: .stage, metres: metres, bound: .atLeast, flag: .good)
        }
        #expect(
            run([stage(0, 1), stage(1, 0.9), clamped(6, 0.95), stage(7, 0.9), stage(16, 0.9)])
                == ["0 standby active reached"])
        #expect(
            run([stage(0, 1), stage(1, 0.9), clamped(6, 0.94), stage(11, 0.9)])
                == ["0 standby active reached", "11 standby cleared receded"])
    }

    @Test func `while a float is closed no other sensor clears what it holds`() {
        #expect(run([closed(0)] + (1...60).map { stage(Double($0), 0.2) }) == raised)
        // Taken back, the hold begins with the first reading after it.
        #expect(
            run(
                [closed(0)] + (1...20).map { stage(Double($0), 0.2) }
                    + [open(20), stage(25, 0.2), stage(29.9, 0.2), stage(35, 0.2)])
                == raised
                + [
                    "35 evacuation_judgement cleared receded", "35 caution cleared receded",
                    "35 standby cleared receded",
                ])
    }

    @Test func `a closed float does not hold levels above it`() {
        let rows = [stage(0, 2.6), closed(0.1, 1)] + (1...12).map { stage(Double($0), 0.2) }
        #expect(
            run(rows).filter { $0.contains("cleared") } == [
                "11 danger cleared receded", "11 evacuation_judgement cleared receded",
                "11 caution cleared receded",
            ])
    }

    @Test func `while a float is closed no other sensor refutes what it holds`() {
        #expect(
            run([closed(0, 1, by: .float, .suspect), stage(1, 0.2), stage(2, 0.2)])
                == ["0 standby pending unconfirmed_rise"])
    }

    // MARK: - Below

    @Test func `an open float raises nothing and speaks of no lower level`() {
        #expect(run([open(0, 9)]) == [])
        var alarms = machine()
        _ = run([closed(0, 2.5, by: .upperFloat)], on: &alarms)
        #expect(
            run([open(1, 2.5, by: .upperFloat), open(11, 2.5, by: .upperFloat)], on: &alarms)
                == ["11 danger cleared receded"])
        #expect(alarms.highestActive == .evacuationJudgement)
    }

    @Test func `an opened float clears its levels after the hold, and no sooner`() {
        #expect(
            run([closed(0), open(5), open(14.9), open(15)])
                == raised + ["15 evacuation_judgement cleared receded"])
        #expect(run([closed(0), open(5), closed(10), open(11), open(20)]) == raised)
    }

    @Test func `an open float refutes what its own height refutes`() {
        var alarms = machine()
        _ = run([stage(0, 2.6, .suspect), stage(1, 0.2, .suspect)], on: &alarms)
        // The suspect rise stands until its own sensor takes it back.
        #expect(run([open(2)], on: &alarms) == [])
        #expect(run([stage(3, 2.1)], on: &alarms).count == 4)
        #expect(
            run([
                closed(0, 2, by: .float, .suspect), open(1, 2, by: .float, .suspect), open(2),
            ]).suffix(1) == ["2 evacuation_judgement normal refuted"])
    }

    @Test func `an open float ends nothing that the stage sensor saw before it fell silent`() {
        let rows = [stage(0, 2.1)] + (1...60).map { open(Double($0)) }
        #expect(run(rows) == raised)
        // Not either where the last that came was a suspect fall.
        #expect(run([stage(0, 2.1), stage(1, 0.1, .suspect), open(2), open(30)]) == raised)
        // A stage sensor at the end of its range says nothing of a float above it.
        #expect(
            run([
                Row(minute: 0, sensor: .stage, metres: 1, bound: .atLeast),
                closed(0, 2.5, by: .upperFloat), open(1, 2.5, by: .upperFloat),
                open(11, 2.5, by: .upperFloat),
            ]).suffix(1) == ["11 danger cleared receded"])
    }

    // MARK: - Time, restart, peak

    @Test func `a float's edge makes no other sensor late`() {
        var alarms = machine()
        _ = run([open(10)], on: &alarms)
        #expect(run([stage(9.95, 1.2)], on: &alarms) == ["9 standby active reached"])
        #expect(
            run([stage(9.9, 1.6)], on: &alarms) == ["9 caution active reached_late"],
            "by its own sensor it is")
        #expect(run([closed(-20.1)], on: &alarms) == [])
    }

    @Test func `what was heard before a restart stands and orders, and raises nothing`() {
        var before = machine()
        let rows = [closed(0), stage(1, 0.2)]
        _ = run(rows, on: &before)
        var alarms = machine(restoring: before.states, heard: rows)
        #expect(alarms.states == before.states)
        #expect(run((2...60).map { stage(Double($0), 0.2) }, on: &alarms) == [])
        #expect(run([open(-1), open(-2), stage(0.5, 9)], on: &alarms) == [])
        #expect(machine(heard: rows).states == [])
    }

    @Test func `the peak says whether the stage may have been higher`() {
        func peak(_ rows: [Row]) -> String {
            var alarms = machine()
            _ = run(rows, on: &alarms)
            let state = alarms.states.first
            return "\(state?.peakMetres ?? -1)\(state?.isPeakAtLeast == true ? "+" : "")"
        }
        #expect(peak([closed(0)]) == "2.0+")
        #expect(peak([closed(0), stage(1, 2.3)]) == "2.3")
        #expect(peak([closed(0), stage(1, 1.7)]) == "2.0+")
        #expect(peak([stage(0, 2), closed(1)]) == "2.0+")
        #expect(peak([stage(0, 2.2), closed(1), open(2)]) == "2.2")
        #expect(peak([closed(0, 1), closed(1, 2, by: .upperFloat)]) == "2.0+")
    }

    @Test func `a transition says what kind of stage caused it`() {
        var alarms = machine()
        let up = alarms.step(reading(closed(0)))
        #expect(up.map(\.stageBound) == [.atLeast, .atLeast, .atLeast])
        #expect(up.map(\.stageMetres) == [2, 2, 2])
        _ = alarms.step(reading(open(1)))
        #expect(alarms.step(reading(open(11))).map(\.stageBound) == [.below])
    }
}
