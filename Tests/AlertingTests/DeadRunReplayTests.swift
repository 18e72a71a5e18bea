import Alerting
import Foundation
import GatewayModel
import Testing

/// A real flash flood with two crests; the thresholds are ours.
@Suite struct DeadRunReplayTests {
    private let levels = FloodLevels(
        thresholdMetres: [
            .standby: 0.6, .caution: 1.0, .evacuationJudgement: 1.2, .danger: 1.5, .overflow: 1.9,
        ], hysteresisMetres: 0.05, holdSeconds: 600)

    private func readings() throws -> [StageReading] {
        let url = try #require(
            Bundle.module.url(
                forResource: "dead-run-2018-06-03", withExtension: "csv", subdirectory: "Fixtures"))
        let rows = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
        return try rows.map { row in
            let cells = row.split(separator: ",")
            let feet = try #require(Double(cells[1]))
            let time = try #require(UTCInstant(rfc3339: cells[0]))
            return StageReading(
                channel: ChannelIndex(1), stageMetres: (feet * 0.3048 * 1e6).rounded() / 1e6,
                flag: .good, time: time,
                place: ReadingPlace(at: SteadyInstant(milliseconds: time.milliseconds)))
        }
    }

    private func replay(_ readings: [StageReading]) throws -> [AlarmTransition] {
        var alarms = LevelAlarms(station: try #require(StationID("dead-run")), levels: levels)
        return readings.flatMap { alarms.step($0) }
    }

    private func lines(_ transitions: [AlarmTransition]) -> [String] {
        transitions.map { transition in
            "\(transition.time.rfc3339().dropFirst(5).prefix(11)) "
                + "\(transition.subject.level?.key ?? "?") #\(transition.occurrence) "
                + "\(transition.to.rawValue) at \(transition.stageMetres ?? .nan)"
        }
    }

    @Test func `the flood raises and clears at its readings`() throws {
        let readings = try readings()
        #expect(readings.count == 169)
        #expect(
            try lines(replay(readings)) == [
                "06-03T18:10 standby #1 active at 0.664464",
                "06-03T18:30 caution #1 active at 1.00584",
                "06-03T19:40 evacuation_judgement #1 active at 1.213104",
                "06-03T20:15 evacuation_judgement #1 cleared at 1.011936",
                "06-03T20:30 caution #1 cleared at 0.841248",
                "06-03T21:20 caution #2 active at 1.002792",
                "06-03T21:30 evacuation_judgement #2 active at 1.392936",
                "06-03T21:35 danger #1 active at 1.517904",
                "06-03T22:55 danger #1 cleared at 1.231392",
                "06-03T23:15 evacuation_judgement #2 cleared at 1.072896",
                "06-04T00:05 caution #2 cleared at 0.9144",
                "06-04T02:35 standby #1 cleared at 0.527304",
            ])
    }

    @Test func `a sensor that fails from the crest on holds the danger level`() throws {
        let crest = try #require(UTCInstant(rfc3339: "2018-06-03T22:05:00Z"))
        let broken = try readings().map { reading in
            var reading = reading
            if reading.time > crest { reading.flag = .fail }
            return reading
        }
        #expect(try lines(replay(broken)).last == "06-03T21:35 danger #1 active at 1.517904")
    }

    @Test func `a suspect rising limb is shown at the same readings, and confirmed`() throws {
        let suspect = try readings().map { reading in
            var reading = reading
            reading.flag = .suspect
            return reading
        }
        let all = try replay(suspect)
        let accepted = try replay(readings()).filter { $0.occurrence == 1 && $0.to == .active }
        #expect(all.filter { $0.to == .pending }.map(\.time) == accepted.map(\.time))
        #expect(all.filter { $0.to == .active }.count == 4)
        #expect(all.count == 8, "nothing clears")
    }
}
