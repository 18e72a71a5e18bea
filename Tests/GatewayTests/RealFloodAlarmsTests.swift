import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

/// The alarms of real rivers and streets, against the moments at which the water truly crossed the
/// levels. `make quality` prints the table.
///
/// The truth is the series after a centred median of five readings, which no live machine has: it
/// knows the two readings to come, and no single false reading passes it.
@Suite struct RealFloodAlarmsTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A recorded series and the station it stands at.
    private struct Record {
        let name: String
        let station: Station
        let file: String
        var timeColumn = "time"
        let valueColumn: String

        var levels: FloodLevels { station.levels }
    }

    /// A time that the water spent at a level, in places of the usable readings.
    private struct Stay: Equatable {
        let level: FloodLevel
        let first: Int
        let last: Int
    }

    /// What the gateway told of a series.
    private struct Told {
        /// Readings that were measured, in their order.
        var rows: [ReplayedRow] = []
        /// Each alarm that became active, with the place of its reading.
        var alarms: [(level: FloodLevel, place: Int)] = []
        /// How often a level was told as unconfirmed.
        var pendingCount = 0
    }

    // MARK: - The series

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A river of the demo, with the station file and the levels that it has there.
    private func river(
        _ name: String, _ file: String, skipping lineCount: Int = 0, time: String, value: String
    ) throws -> Record {
        let rivers = Self.repository.appending(path: "Sources/ReplaySource/Rivers")
        let text = try String(contentsOf: rivers.appending(path: file), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).dropFirst(lineCount)
        return Record(
            name: name,
            station: try StationFile.load(
                path: rivers.appending(path: "stations/\(name).yaml").path()
            ).station,
            file: try directory.write(lines.joined(separator: "\n") + "\n", to: "\(name).csv"),
            timeColumn: time, valueColumn: value)
    }

    /// A street of New York, as a student would set it up: the stage is the water's depth. The distance
    /// to the dry street is in millimetres, the levels are the station file's line.
    private func street(_ name: String, dryMillimetres: Int, levels: String) throws -> Record {
        let lines = """
            station:
              id: street
              name: 街路
              river: 街路
              latitude: 40.7
              longitude: -73.9
              timezone: UTC
            sensors:
              - id: stage
                kind: stage.ultrasonic
                unit: mm
                interval: 63
                calibration:
                  type: linear
                  offset: \(Double(dryMillimetres) / 1000)
                  scale: -0.001
                  unit: m
                qc:
                  error_code: { codes: [0, 5000, 7999, 9999, -9999] }
                  gross_range: { fail_span: [-0.3, 2.5], suspect_span: [-0.2, 2.0] }
                  spike: { method: differential, suspect_threshold: 0.05, fail_threshold: 0.1 }
                  rate_of_change: { threshold: 0.0006, fail_threshold: 0.003 }
                  step: { threshold: 0.08, tolerance: 0.012, hold: 3600 }
            levels: \(levels)
            """
        let fixture = try #require(
            Bundle.module.url(
                forResource: name, withExtension: "csv", subdirectory: "Fixtures"))
        return Record(
            name: name, station: try StationFile.parse(lines, file: "street.yaml").station,
            file: fixture.path(), valueColumn: "dist_mm")
    }

    private func deadRun() throws -> Record {
        try river(
            "dead-run", "dead-run/DeadRun_01589330_2018-06.csv", time: "time_utc",
            value: "gage_height_ft")
    }

    private func troutCreek() throws -> Record {
        try river(
            "trout-creek", "trout-creek/Log00017.txt", skipping: 1, time: "Time [UTC]",
            value: "Range [cm]")
    }

    private func kuji() throws -> Record {
        try river(
            "kuji-nukada", "kuji-nukada/nukada_10min.csv", time: "time_jst", value: "level_m")
    }

    private func happySatyr() throws -> Record {
        try street(
            "daily-happy-satyr", dryMillimetres: 1577,
            levels: "{ caution: 0.10, danger: 0.25, hysteresis: 0.03, hold: 600 }")
    }

    // MARK: - What was told, and what was true

    private func replay(_ record: Record) throws -> Told {
        let sensor = try #require(record.station.stageSensor).id.local
        var told = Told()
        try ReplayRun(
            station: record.station, inputs: [ReplayInput(sensor: sensor, path: record.file)]
        ).run(timeColumn: record.timeColumn, valueColumn: record.valueColumn) {
        } take: { row in
            if row.observation.value != nil { told.rows.append(row) }
            for transition in row.transitions {
                guard let level = transition.subject.level else { continue }
                if transition.to == .active { told.alarms.append((level, told.rows.count - 1)) }
                if transition.to == .pending { told.pendingCount += 1 }
            }
        }
        return told
    }

    /// The median of a reading and the two on either side of it.
    private func cleaned(_ rows: [ReplayedRow]) -> [Double] {
        let values = rows.map { $0.observation.value ?? .nan }
        return values.indices.map { index in
            let window = values[max(0, index - 2)...min(values.count - 1, index + 2)].sorted()
            return window[window.count / 2]
        }
    }

    /// The times at which the water stood at a level, by the rules of the station and the truth.
    private func stays(_ record: Record, _ rows: [ReplayedRow], at level: FloodLevel) -> [Stay] {
        guard let threshold = record.levels.thresholdMetres[level] else { return [] }
        let values = cleaned(rows)
        let clearing = threshold - record.levels.hysteresisMetres
        var stays: [Stay] = []
        var first: Int?
        var last = 0
        for (place, value) in values.enumerated() {
            if let begun = first {
                if value >= clearing { last = place }
                let low = rows[place].observation.time.seconds(since: rows[last].observation.time)
                if low > record.levels.holdSeconds {
                    stays.append(Stay(level: level, first: begun, last: last))
                    first = nil
                }
            } else if value >= threshold {
                (first, last) = (place, place)
            }
        }
        if let first { stays.append(Stay(level: level, first: first, last: last)) }
        return stays
    }

    /// Holds what was told against what was true, and prints the table.
    ///
    /// - Returns: how many stays there were, by level.
    private func compare(
        _ record: Record, _ told: Told, withinReadings limit: Int
    ) -> [FloodLevel: Int] {
        var counts: [FloodLevel: Int] = [:]
        for level in FloodLevel.allCases {
            let stays = stays(record, told.rows, at: level)
            if !stays.isEmpty { counts[level] = stays.count }
            var alarms = told.alarms.filter { $0.level == level }.map(\.place)
            for stay in stays {
                // An alarm may come a little before the truth, which is smoother.
                let own = alarms.firstIndex { $0 >= stay.first - limit && $0 <= stay.last }
                let lag = own.map { alarms.remove(at: $0) - stay.first }
                let time = told.rows[stay.first].observation.time.rfc3339()
                print(
                    "quality: \(record.name), \(level.key) reached at \(time): "
                        + (lag.map { "alarm after \($0) readings" } ?? "missed"))
                #expect(lag.map { $0 <= limit } ?? false, "\(record.name) \(level.key) \(time)")
            }
            // Nobody is told of one flood twice.
            let repeated = alarms.filter { place in
                stays.contains { $0.first - limit <= place && place <= $0.last }
            }
            #expect(repeated == [], "\(record.name) \(level.key): told again")
            // A stage has centimetres: a reading that touches the level, and no more, is no false one.
            let truth = cleaned(told.rows)
            let threshold = record.levels.thresholdMetres[level] ?? .infinity
            let wrong = alarms.filter { truth[$0] < threshold - 0.0101 }
            #expect(wrong == [], "\(record.name) \(level.key): false alarms")
        }
        print(
            "quality: \(record.name): \(told.rows.count) readings, \(told.alarms.count) alarms,"
                + " \(told.pendingCount) unconfirmed")
        return counts
    }

    // MARK: - Floods

    @Test func `every flood of a street is alarmed within three readings, and nothing else`() throws
    {
        let record = try happySatyr()
        let counts = compare(record, try replay(record), withinReadings: 3)
        #expect(counts == [.caution: 6, .danger: 3])
    }

    @Test func `each flood of Dead Run is alarmed once for each level`() throws {
        let record = try deadRun()
        let counts = compare(record, try replay(record), withinReadings: 3)
        #expect(
            counts == [
                // The water fell below caution between two crests of one flood.
                .standby: 4, .caution: 5, .evacuationJudgement: 3, .danger: 2, .overflow: 2,
            ])
    }

    @Test func `Trout Creek's flash flood is alarmed once, and its noise is not`() throws {
        let record = try troutCreek()
        let counts = compare(record, try replay(record), withinReadings: 3)
        #expect(
            counts == [
                .standby: 1, .caution: 1,
                // Between its two crests the water fell to 0.86 m for an hour.
                .evacuationJudgement: 2, .danger: 1, .overflow: 1,
            ])
    }

    // MARK: - Faults

    @Test func `the Kuji's false zeros are no confirmed alarm, its freshets are`() throws {
        let record = try kuji()
        let counts = compare(record, try replay(record), withinReadings: 3)
        #expect(counts[.danger] == nil)
    }

    @Test func `false floods of one reading are no confirmed alarm`() throws {
        let record = try street(
            "barely-hot-aphid", dryMillimetres: 2913,
            levels: "{ caution: 0.10, danger: 0.25, hysteresis: 0.03, hold: 600 }")
        let told = try replay(record)
        #expect(told.alarms.isEmpty)
        let jumps = told.rows.count { ($0.observation.value ?? 0) > 0.3 }
        #expect(jumps >= 9)
        print(
            "quality: barely-hot-aphid: \(told.rows.count) readings, \(jumps) of them false floods,"
                + " \(told.alarms.count) alarms, \(told.pendingCount) unconfirmed")
    }

    /// Its echoes from elsewhere stand at 0.10 to 0.18 m for minutes and hours on end, as water would: a
    /// level among them cannot be had from this sensor. Those that reach 0.38 m do not last.
    @Test(arguments: ["0.25", "0.45"])
    func `a sensor that hears echoes from elsewhere raises no alarm above those that last`(
        caution: String
    ) throws {
        let record = try street(
            "tired-red-monkey", dryMillimetres: 2710,
            levels: "{ caution: \(caution), hysteresis: 0.03, hold: 600 }")
        let told = try replay(record)
        #expect(told.alarms.isEmpty)
        if caution == "0.45" { #expect(told.pendingCount == 0) }
        #expect(told.rows.count < 13_925 / 2, "half of its readings are no echo")
        // No median makes water of these echoes: there is no true crossing to hold the alarms against.
        print(
            "quality: tired-red-monkey, caution at \(caution) m: \(told.rows.count) readings,"
                + " \(told.alarms.count) alarms, \(told.pendingCount) unconfirmed")
    }
}
