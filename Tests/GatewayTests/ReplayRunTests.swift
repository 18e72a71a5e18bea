import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct ReplayRunTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func replay(
        _ text: String, sensor: String = "level", format: ReplayFormat = .csv,
        station: Station? = nil
    ) throws -> String {
        let path = try directory.write(text, to: "river.csv")
        let station = try station ?? testStation()
        var output = ""
        try ReplayRun(station: station, inputs: [ReplayInput(sensor: sensor, path: path)]).run(
            timeColumn: "time", valueColumn: "raw",
            begin: { output += format.header() },
            take: { output += format.line($0, offsetSeconds: station.offsetSeconds) })
        return output
    }

    private let flood = """
        time,raw
        2026-11-21T18:10:00+09:00,2700
        2026-11-21T18:20:00+09:00,2100
        2026-11-21T18:30:00+09:00,
        2026-11-21 18:40,1000
        2026-11-21T18:50:00+09:00,-900
        2026-11-21T19:00:00+09:00,3000
        2026-11-21T19:10:00+09:00,3000

        """

    @Test func `a flood comes out judged, level by level`() throws {
        let expected = """
            time,raw,value,flag,gross_range,spike,rate_of_change,flat_line,attenuated_signal,gap,\
            level,alarm,climatology,neighbor,multi_variate,error_code,step,measuring_range,\
            temperature_artefact,tip_bounce,smoothed
            2026-11-21T18:10:00+09:00,2700.0,0.5,1,1,2,2,2,2,2,,,2,2,2,2,2,2,2,2,
            2026-11-21T18:20:00+09:00,2100.0,1.1,1,1,2,2,2,2,2,caution,level.caution:active,2,2,2,2,2,2,2,2,
            2026-11-21T18:30:00+09:00,,,9,9,2,2,2,2,2,caution,,2,2,2,2,2,2,2,2,
            2026-11-21 18:40,1000.0,2.2,1,1,2,2,2,2,2,danger,level.danger:active,2,2,2,2,2,2,2,2,
            2026-11-21T18:50:00+09:00,-900.0,4.1,4,4,2,2,2,2,2,danger,,2,2,2,2,2,2,2,2,
            2026-11-21T19:00:00+09:00,3000.0,0.2,1,1,2,2,2,2,2,danger,,2,2,2,2,2,2,2,2,
            2026-11-21T19:10:00+09:00,3000.0,0.2,1,1,2,2,2,2,2,,\
            level.danger:cleared level.caution:cleared,2,2,2,2,2,2,2,2,

            """
        // The last digits of binary numbers are not the point here.
        let rounded = try replay(flood).split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                var cells = line.split(separator: ",", omittingEmptySubsequences: false)
                    .map(String.init)
                if cells.count > 2, let value = Double(cells[2]) {
                    cells[2] = "\((value * 1e9).rounded() / 1e9)"
                }
                return cells.joined(separator: ",")
            }.joined(separator: "\n")
        #expect(rounded == expected)
    }

    @Test func `the same file gives the same bytes`() throws {
        #expect(try replay(flood) == replay(flood))
    }

    @Test func `JSON lines say the same`() throws {
        struct Line: Decodable {
            var time: String
            var raw: Double?
            var value: Double?
            var flag: Int
            var gross_range: Int
            var level: String?
            var alarm: [String]
        }
        let lines = try replay(flood, sensor: "pole-1.level", format: .jsonl)
            .split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.map(\.flag) == [1, 1, 9, 1, 4, 1, 1])
        #expect(
            lines.map(\.level) == [nil, "caution", "caution", "danger", "danger", "danger", nil])
        #expect(lines.map(\.raw) == [2700, 2100, nil, 1000, -900, 3000, 3000])
        #expect(lines[3].time == "2026-11-21T18:40:00+09:00")
        #expect(lines[6].alarm == ["level.danger:cleared", "level.caution:cleared"])
    }

    /// The raw value, the value and the alarms of each row.
    private func columns(_ rows: String, station: Station, sensor: String) throws -> [String] {
        let text = try replay("time,raw\n" + rows, sensor: sensor, station: station)
        return text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(cells[1]) \(cells[2]) \(cells[11])"
        }
    }

    @Test func `a counter and a float go through the same stages`() throws {
        var station = try testStation()
        station.sensors[1].calibration = Calibration(form: .counter(scale: 0.5), unit: "mm")
        station.sensors[0].kind = SensorKind("stage.float")
        station.sensors[0].calibration = Calibration(
            form: .bound(elevationMetres: 1.5), unit: "m")
        let rain = """
            2026-11-21T18:10:00+09:00,100
            2026-11-21T18:20:00+09:00,104
            2026-11-21T18:30:00+09:00,
            2026-11-21T18:40:00+09:00,109

            """
        #expect(
            try columns(rain, station: station, sensor: "rain")
                == ["100.0 0.0 ", "104.0 2.0 ", "  ", "109.0 2.5 "])
        let float = """
            2026-11-21T18:10:00+09:00,0
            2026-11-21T18:20:00+09:00,1
            2026-11-21T18:30:00+09:00,0
            2026-11-21T18:40:00+09:00,0

            """
        #expect(
            try columns(float, station: station, sensor: "level")
                == ["0.0 1.5 ", "1.0 1.5 level.caution:active", "0.0 1.5 ", "0.0 1.5 "])
    }

    @Test(arguments: [
        ("time,raw\n2026-11-21T18:10:00+09:00,2700\n2026-11-21T18:20:00+09:00,high\n", ":3:27:"),
        ("time,raw\nyesterday,1\n", ":2:1:"), ("time,value\n", ":1:1:"), ("", ":1:1:"),
    ])
    func `a bad row is named by file, line and column`(text: String, place: String) throws {
        do {
            _ = try replay(text)
            Issue.record("the file was accepted")
        } catch ReplayFailure.badInput(let message) {
            #expect(message.hasPrefix(directory.file("river.csv") + place), "\(message)")
        }
    }

    @Test func `an unknown sensor is told with those that there are`() throws {
        #expect(
            throws: ReplayFailure.unknownSensor(
                "station pole-1 has no sensor `wind`; it has level, rain, camera")
        ) { try replay(flood, sensor: "wind") }
    }

    /// Time, flag, spike and gap of each row.
    private func spikes(_ rows: String) throws -> [String] {
        var station = try testStation()
        station.sensors[0].limits.spike = .init(
            method: .differential, suspectThreshold: 0.1, failThreshold: 0.3)
        station.sensors[0].limits.gap = .init(failSeconds: 3600)
        let text = try replay("time,raw\n" + rows, station: station)
        return text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(cells[0]) \(cells[3]) \(cells[5]) \(cells[9])"
        }
    }

    @Test func `a spike has its final flag, in the order of the file`() throws {
        #expect(
            try spikes(
                """
                2026-11-21 18:10,2700
                2026-11-21 18:20,2300
                2026-11-21 18:15,2700
                2026-11-21 18:30,2700
                2026-11-21 18:40,2500
                2026-11-21 18:50,2700
                2026-11-21 20:40,2700

                """)
                == [
                    "2026-11-21 18:10 1 2 1", "2026-11-21 18:20 4 4 1",
                    // Late: its neighbours are not known.
                    "2026-11-21 18:15 1 2 2", "2026-11-21 18:30 3 3 1",
                    "2026-11-21 18:40 3 3 1", "2026-11-21 18:50 1 1 1",
                    // The last one has no reading after it; the gap before it is no fault of its.
                    "2026-11-21 20:40 1 2 4",
                ])
    }

    @Test func `a file in the wrong order comes out whole, and waits in bounded memory`() throws {
        let count = ReplayRun.waitingLimit + 10
        let rows = (0..<count).map { index -> String in
            let left = count - index
            let clock = String(
                format: "%02d:%02d:%02d", left / 3600, left / 60 % 60, left % 60)
            return "2026-11-21 \(clock),2700\n"
        }
        #expect(try spikes(rows.joined()).count == count)
    }

    // MARK: - Several sensors

    /// Times, values and sensors of a replay of the level beside its rain.
    private func replayBoth(level: String, rain: String) throws -> [String] {
        var station = try testStation()
        station.sensors[0].limits.spike = .init(
            method: .differential, suspectThreshold: 0.1, failThreshold: 0.3)
        let run = ReplayRun(
            station: station,
            inputs: [
                ReplayInput(
                    sensor: "level",
                    path: try directory.write("time,raw\n" + level, to: "level.csv")),
                ReplayInput(
                    sensor: "rain", path: try directory.write("time,raw\n" + rain, to: "rain.csv")),
            ])
        var output = ReplayFormat.csv.header(namesSensor: true)
        try run.run(timeColumn: "time", valueColumn: "raw") {
        } take: {
            output += ReplayFormat.csv.line(
                $0, offsetSeconds: station.offsetSeconds, namesSensor: true)
        }
        #expect(output.hasPrefix(ReplayFormat.columns.joined(separator: ",") + ",sensor\n"))
        return output.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(cells[0].suffix(5)) \(cells[1]) \(cells[5]) \(cells.last ?? "")"
        }
    }

    @Test func `several sensors come by time, each with its final flags`() throws {
        #expect(
            try replayBoth(
                level: """
                    2026-11-21 18:10,2700
                    2026-11-21 18:20,2300
                    2026-11-21 18:30,2700

                    """,
                rain: """
                    2026-11-21 18:20,1
                    2026-11-21 18:25,2
                    2026-11-21 18:40,3

                    """)
                == [
                    "18:10 2700.0 2 level", "18:20 2300.0 4 level", "18:20 1.0 2 rain",
                    "18:25 2.0 2 rain", "18:30 2700.0 2 level", "18:40 3.0 2 rain",
                ])
    }

    @Test func `a filter's figure stands in the last column, and judges nothing`() throws {
        var station = try testStation()
        station.sensors[0].filter = .median(windowSeconds: 1800)
        let lines = try replay(flood, station: station).split(separator: "\n").dropFirst()
        let plain = try replay(flood).split(separator: "\n").dropFirst()
        for (line, before) in zip(lines, plain) { #expect(line.hasPrefix(before)) }
        let smoothed = lines.map { line -> Double? in
            line.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Double($0) }
                .map { ($0 * 1e9).rounded() / 1e9 }
        }
        // Of 0.5 m; 0.5 and 1.1; nothing; 1.1 and 2.2; what failed; 2.2 and 0.2 m; twice 0.2 m.
        #expect(smoothed == [0.5, 0.8, nil, 1.65, nil, 1.2, 0.2])
    }

    @Test func `a second sensor is held against the first from another file`() throws {
        var station = try testStation()
        var second = station.sensors[0]
        second.id = try testSensorID("pole-1.second")
        station.sensors[0].limits.neighbor = .init(
            sensor: second.id, suspectThreshold: 0.1, greatestAgeSeconds: 600)
        station.sensors.append(second)
        let first = "2026-11-21 18:10,2700\n2026-11-21 18:20,2700\n2026-11-21 18:30,2500\n"
        let other = "2026-11-21 18:15,2690\n2026-11-21 18:25,2690\n"
        let run = ReplayRun(
            station: station,
            inputs: [
                ReplayInput(
                    sensor: "level", path: try directory.write("time,raw\n" + first, to: "1.csv")),
                ReplayInput(
                    sensor: "second", path: try directory.write("time,raw\n" + other, to: "2.csv")),
            ])
        var flags: [QualityFlag] = []
        try run.run(timeColumn: "time", valueColumn: "raw") {
        } take: {
            if $0.sensor.local == "level" { flags.append($0.observation.report[.neighbor]) }
        }
        #expect(flags == [.notEvaluated, .good, .suspect])
    }

    @Test func `a sensor's temperature reaches its calibration from another file`() throws {
        var station = try testStation()
        station.sensors[0].rawUnit = "us"
        station.sensors[0].calibration = Calibration(
            form: .ultrasonic(
                UltrasonicCalibration(
                    input: .echoMicroseconds, heightMetres: 4,
                    temperature: Companion(
                        constant: 20,
                        source: .init(
                            sensor: try testSensorID("pole-1.rain"), greatestAgeSeconds: 900)))),
            unit: "m")
        station.sensors[1].kind = SensorKind("temperature.air")
        station.sensors[1].calibration = Calibration(
            form: .linear(offset: 0, scale: 1), unit: "Cel")
        let level = try directory.write("time,raw\n2026-11-21 18:10,10000\n", to: "level.csv")
        let air = try directory.write("time,raw\n2026-11-21 18:05,-10\n", to: "air.csv")
        var stages: [Double?] = []
        for inputs in [[("level", level)], [("level", level), ("rain", air)]] {
            let run = ReplayRun(
                station: station, inputs: inputs.map { ReplayInput(sensor: $0.0, path: $0.1) })
            try run.run(
                timeColumn: "time", valueColumn: "raw",
                take: { if $0.sensor.local == "level" { stages.append($0.observation.value) } })
        }
        let (alone, cold) = (try #require(stages[0]), try #require(stages[1]))
        // Sound is slower in the cold: the same echo is a shorter way, and the water stands higher.
        #expect(cold - alone > 0.05)
    }

    @Test func `inputs are told apart by the station's sensors`() throws {
        let station = try testStation()
        let inputs = try ReplayRun.inputs(
            ["rain=wet.csv", "a=b.csv"], of: station, for: "level")
        #expect(
            inputs == [
                ReplayInput(sensor: "pole-1.level", path: "a=b.csv"),
                ReplayInput(sensor: "pole-1.rain", path: "wet.csv"),
            ])
        for arguments in [["rain=wet.csv"], ["a.csv", "b.csv"], ["a.csv", "level=b.csv"], []] {
            #expect(throws: ReplayFailure.self, "\(arguments)") {
                try ReplayRun.inputs(arguments, of: station, for: "level")
            }
        }
    }

    @Test func `progress goes from the first row to the end of the files`() throws {
        let rows = (0..<3000).map { "2026-11-21T00:\($0 / 60 % 60):\($0 % 60)Z,2700\n" }
        let path = try directory.write(
            "time,raw\n" + rows.joined().replacing(/:(\d)(?=[:Z])/) { ":0\($0.output.1)" },
            to: "river.csv")
        var steps: [ReplayProgress] = []
        try ReplayRun(
            station: try testStation(), inputs: [ReplayInput(sensor: "level", path: path)]
        ).run(
            timeColumn: "time", valueColumn: "raw", progress: { steps.append($0) }, take: { _ in })
        #expect(steps.map(\.rowCount) == [0, 1024, 2048, 3000])
        #expect(steps.last?.fraction == 1)
        #expect(steps.compactMap(\.fraction) == steps.compactMap(\.fraction).sorted())
    }
}
