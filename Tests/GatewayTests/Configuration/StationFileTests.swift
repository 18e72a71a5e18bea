import Foundation
import GatewayModel
import Testing

@testable import Gateway

private let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The example of the design document, in its exact shape.
private let example = """
    station:
      id: seiryuji-01
      name: 青龍寺川 第1
      river: 青龍寺川
      latitude: 38.70
      longitude: 139.80
      datum: { name: T.P., zero_m: 12.340 }
      timezone: Asia/Tokyo
    sensors:
      - id: stage-1
        kind: stage.ultrasonic
        unit: mm
        calibration: { type: linear, offset: 3.200, scale: -0.001, unit: m }
        qc:
          gross_range: { fail_span: [-0.5, 5.0], suspect_span: [-0.2, 4.5] }
          spike: { method: differential, suspect_threshold: 0.2, fail_threshold: 0.5 }
          rate_of_change: { threshold: 0.002, fail_threshold: 0.01 }
          flat_line: { tolerance: 0.001, suspect_threshold: 10800, fail_threshold: 21600 }
          attenuated_signal: { check_type: std, test_period: 43200, min_obs: 10, suspect_threshold: 0.002, fail_threshold: 0.0005 }
    levels:
      observation_start: 0.80
      standby: 1.00
      caution: 1.50
      evacuation_judgement: 2.00
      danger: 2.50
      overflow: 3.20
      hysteresis: 0.05
      hold: 600
    """

/// The problems of a station text, as `line:column: message`.
private func problems(_ text: String) -> [String] {
    do {
        return try StationFile.parse(text, file: "s.yaml").warnings
            .map { "\($0.line):\($0.column): \($0.message)" }
    } catch {
        return error.all.map { "\($0.line):\($0.column): \($0.message)" }
    }
}

@Suite struct StationFileTests {
    @Test func `the documented example is read in full`() throws {
        let file = try StationFile.parse(example, file: "s.yaml")
        let station = file.station
        #expect(station.name == "青龍寺川 第1")
        #expect(station.datum == Datum(name: "T.P.", zeroMetres: 12.34))
        #expect(station.offsetSeconds == 32_400)
        let sensor = try #require(station.stageSensor)
        #expect(sensor.id.description == "seiryuji-01.stage-1")
        #expect(sensor.calibration.form == .linear(offset: 3.2, scale: -0.001))
        #expect(sensor.limits.grossRange?.fail == QualityLimits.Span(low: -0.5, high: 5))
        #expect(sensor.limits.rateOfChange?.failThreshold == 0.01)
        #expect(
            sensor.limits.spike
                == .init(method: .differential, suspectThreshold: 0.2, failThreshold: 0.5))
        #expect(
            sensor.limits.flatLine
                == .init(tolerance: 0.001, suspectSeconds: 10_800, failSeconds: 21_600))
        #expect(
            sensor.limits.attenuatedSignal
                == .init(
                    measure: .standardDeviation, periodSeconds: 43_200, minimum: .readings(10),
                    suspectThreshold: 0.002, failThreshold: 0.0005))
        #expect(station.levels.thresholdMetres[.evacuationJudgement] == 2)
        #expect(station.levels.holdSeconds == 600)
        #expect(file.warnings == [])
    }

    @Test func `seasons and our own checks are read`() throws {
        let keys = [
            "climatology:",
            "  - { tspan: [6, 9], period: month, vspan: [0, 3], fspan: [-1, 5] }",
            "  - { tspan: [2026-09-01, 2026-09-30T12:00], vspan: [0, 2] }",
            "error_code: { codes: [0, 5000, -9999] }",
            "step: { threshold: 0.3, tolerance: 0.02, hold: 3600 }",
            "gap: { fail_span: 1.5 }", "flat_line:",
        ].map { "      " + $0 }
        let text = example.replacingOccurrences(
            of: "      flat_line:", with: keys.joined(separator: "\n"))
        let file = try StationFile.parse(text, file: "s.yaml")
        let limits = try #require(file.station.stageSensor).limits
        let first = try #require(UTCInstant(rfc3339: "2026-09-01T00:00:00Z"))
        let last = try #require(UTCInstant(rfc3339: "2026-09-30T12:00:00Z"))
        #expect(
            limits.climatology?.members == [
                .init(
                    time: .yearly(.month, 6...9), suspect: .init(low: 0, high: 3),
                    fail: .init(low: -1, high: 5)),
                .init(time: .dates(first...last), suspect: .init(low: 0, high: 2), fail: nil),
            ])
        #expect(limits.errorCode?.codes == [0, 5000, -9999])
        #expect(limits.step == .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600))
        #expect(limits.gap?.failSeconds == 5400)
        #expect(file.warnings == [])
    }

    @Test(arguments: ["trout-creek", "dead-run", "kuji-nukada"])
    func `the demo's stations load without a warning`(id: String) throws {
        let path = root.appendingPathComponent("Sources/ReplaySource/Rivers/stations/\(id).yaml")
        let file = try StationFile.load(path: path.path)
        #expect(file.station.id.text == id)
        #expect(file.warnings == [])
        #expect(file.station.levels.thresholdMetres.count == 5)
        #expect(file.station.offsetSeconds == 32_400)
        #expect(file.station.attribution?.isEmpty == false)
    }

    @Test(
        arguments: [
            ("id: seiryuji-01", "id: 青龍", "2:7: `青龍` cannot be an id: it stands in topics"),
            ("  name: 青龍寺川 第1\n", "", "2:3: `station` needs `name`; add for example"),
            (
                "timezone: Asia/Tokyo", "timezone: Europe/Paris",
                "8:13: the clocks of `Europe/Paris`"
            ),
            ("timezone: Asia/Tokyo", "timezone: Tokyo", "8:13: `Tokyo` is no time zone"),
            (
                "latitude: 38.70", "latitude: 138.7",
                "5:13: `latitude` is 138.7; it must be from -90"
            ),
            ("  longitude: 139.80\n", "", "5:13: `latitude` and `longitude` belong together"),
            ("zero_m: 12.340", "zero: 12.3", "7:24: unknown key `zero`; did you mean `zero_m`?"),
            ("kind: stage.ultrasonic", "kind: Stage", "11:11: `Stage` cannot be a kind"),
            ("scale: -0.001", "scale: 0", "13:56: `scale` is 0, so that every raw value"),
            ("unit: m }", "unit: mm }", "13:70: a `stage.ultrasonic` is kept in `m`"),
            ("type: linear", "type: quadratic", "13:26: `type` is `quadratic`; it must be one of"),
            (
                "    calibration: { type: linear, offset: 3.200, scale: -0.001, unit: m }\n", "",
                "12:11: the raw values are in `mm` but a `stage.ultrasonic` is kept in `m`"
            ),
            (
                "suspect_span: [-0.2, 4.5]", "suspect_span: [-0.2, 5.5]",
                "15:60: `suspect_span` [-0.2, 5.5] must lie inside `fail_span` [-0.5, 5.0]"
            ),
            ("fail_span: [-0.5, 5.0]", "fail_span: [1]", "15:33: `fail_span` must be two numbers"),
            ("method: differential", "method: diff", "16:24: `method` is `diff`; it must be one"),
            ("fail_threshold: 0.01 }", "fail_threshold: 0.001 }", "17:59: `fail_threshold` 0.001"),
            ("fail_threshold: 21600", "fail_threshold: 60", "18:80: `fail_threshold` 60.0 s"),
            (
                "suspect_threshold: 10800", "suspect_threshold: 700000",
                "18:57: `suspect_threshold` is 700000.0 s; the gateway looks back from 1 s to 604800"
            ),
            (
                "test_period: 43200, ", "", "19:26: `attenuated_signal` needs `test_period`; add"
            ),
            (
                "tolerance: 0.001", "tolerance: 0",
                "18:31: values are the same where they differ by less than `tolerance`: with 0"
            ),
            (
                "min_obs: 10, ", "",
                "19:26: without `min_obs` or `min_period` a single reading is judged"
            ),
            (
                "min_obs: 10", "min_obs: 10, min_period: 600",
                "19:90: `min_obs` and `min_period` say the same in two ways; keep one"
            ),
            (
                "suspect_threshold: 0.2, fail_threshold: 0.5", "",
                "16:14: `spike` needs `suspect_threshold`, `fail_threshold` or both"
            ),
            (
                "flat_line: {", "gap: { fail_span: 0 }\n      flat_line: {",
                "18:25: `fail_span` is 0; it must be from 0.001 to 87600 hours"
            ),
            (
                "flat_line: {", "error_code: { codes: [] }\n      flat_line: {",
                "18:28: `codes` must be 1 to 16 raw values"
            ),
            (
                "flat_line: {",
                "step: { threshold: 0.1, tolerance: 0.1, hold: 60 }\n      flat_line: {",
                "18:42: `tolerance` 0.1 must be below `threshold` 0.1"
            ),
            (
                "flat_line: {",
                "climatology: [{ tspan: [11, 2], period: month, vspan: [0, 1] }]\n      flat_line: {",
                "18:30: `tspan` [11, 2] goes over the end of the year; write two entries"
            ),
            (
                "flat_line: {",
                "climatology: [{ tspan: [6, 9], vspan: [0, 1] }]\n      flat_line: {",
                "18:31: `6` is no date such as 2026-06-01; give a `period`"
            ),
            (
                "unit: mm\n", "unit: mm\n    interval: 14400\n",
                "19:57: `suspect_threshold` 10800.0 s is shorter than the sensor's `interval`"
            ),
            ("min_obs: 10", "min_obs: ten", "19:74: `min_obs` must be a whole number, not `ten`"),
            ("caution: 1.50", "caution: 0.50", "23:12: `caution` (氾濫注意水位) is 0.5 m, below"),
            ("hysteresis: 0.05", "hysteresis: -0.05", "27:15: `hysteresis` is -0.05; it must be"),
            ("hold: 600", "hold: .inf", "28:9: `hold` must be a number, not `.inf`"),
            ("hold: 600", "critreion: {}", "28:3: unknown key `critreion`; did you mean"),
        ])
    func `a mistake is named with its place`(part: String, by: String, expected: String) {
        #expect(example.contains(part))
        let found = problems(example.replacingOccurrences(of: part, with: by))
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `sensors with the same id are refused at the second`() {
        let found = problems(
            """
            station: { id: a, name: A, river: R }
            sensors:
              - { id: x, kind: rain.tipping, unit: mm }
              - { id: x, kind: rain.tipping, unit: mm }
            """)
        #expect(
            found == [
                "4:11: sensor `x` is described on line 3 already; each id stands once in a station"
            ])
    }

    @Test func `a camera has rules and needs no unit`() throws {
        let file = try StationFile.parse(
            """
            station: { id: a, name: A, river: R, timezone: -03:30 }
            sensors:
              - id: eye
                kind: camera
                wildlife: { minimum_confidence: 0.7, cooldown: 900, species: [macaca fuscata] }
              - { id: eye-2, kind: camera }
            levels: { observation_start: 0.3, criterion: { danger: 逃げる判断 } }
            """, file: "s.yaml")
        #expect(file.station.offsetSeconds == -12_600)
        #expect(
            file.station.sensors[0].wildlife
                == WildlifeRules(
                    minimumConfidence: 0.7, cooldownSeconds: 900, species: ["macaca fuscata"]))
        #expect(file.station.sensors[1].wildlife?.species == [])
        #expect(file.station.levels.criterion == [.danger: "逃げる判断"])
        #expect(file.warnings == [])
    }

    @Test func `the words of 2026 hold from their day on, or from the one that the file names`()
        throws
    {
        func levels(_ entry: String) throws -> FloodLevels {
            try StationFile.parse(
                """
                station: { id: a, name: A, river: R }
                sensors: [{ id: eye, kind: camera }]
                levels: { observation_start: 1\(entry) }
                """, file: "s.yaml"
            ).station.levels
        }
        #expect(try levels("").wording2026From == LevelWording.changeover2026)
        #expect(
            try levels(", wording_2026_from: 2027-04-01").wording2026From
                == CalendarDate("2027-04-01"))
        let problems = #expect(throws: ConfigurationProblems.self) {
            try levels(", wording_2026_from: 2026-02-30")
        }
        #expect(problems?.errors.map { [$0.line, $0.column] } == [[3, 52]])
    }

    @Test func `a misspelt kind is a warning, since the set is open`() throws {
        let file = try StationFile.parse(
            """
            station: { id: a, name: A, river: R }
            sensors:
              - { id: x, kind: stage.ultrasonik, unit: m }
              - { id: w, kind: wind.speed, unit: m/s }
            """, file: "s.yaml")
        #expect(file.warnings.map(\.line) == [3])
        #expect(file.station.sensors.count == 2)
    }

    private func twoStages(_ keys: String, levels: String = "levels: { caution: 1 }") -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - { id: x, kind: stage.radar, unit: m }
          - { id: y, kind: stage.radar, unit: m\(keys) }
        \(levels)
        """
    }

    @Test func `a second stage sensor speaks of the levels unless the file says otherwise`() throws
    {
        for (keys, speaks) in [
            ("", true), (", speaks_of_level: true", true), (", speaks_of_level: false", false),
        ] {
            let file = try StationFile.parse(twoStages(keys), file: "s.yaml")
            #expect(file.station.sensors.map(\.speaksOfLevel) == [true, speaks])
            #expect(file.warnings.map(\.line) == (keys.isEmpty ? [4] : []))
        }
        #expect(problems(twoStages("", levels: "")) == [])
        #expect(problems(twoStages(", speaks_of_level: maybe")).count == 1)
        #expect(
            problems(
                """
                station: { id: a, name: A, river: R }
                sensors: [{ id: r, kind: rain.tipping, unit: mm, speaks_of_level: false }]
                """
            ).map { $0.prefix(5) } == ["2:67:"])
    }

    @Test func `a sensor's battery is low at the volts that the file says`() throws {
        let file = try StationFile.parse(twoStages(", battery_low: 11.5", levels: ""), file: "s")
        #expect(file.station.sensors.map(\.batteryLowVolts) == [nil, 11.5])
        #expect(problems(twoStages(", battery_low: 11500", levels: "")).count == 1)
    }
}
