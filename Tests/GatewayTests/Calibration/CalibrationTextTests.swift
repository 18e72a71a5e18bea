import GatewayModel
import Testing

@testable import Gateway

@Suite struct CalibrationTextTests {
    /// A pole with one sensor for each form.
    private static let station = """
        station: { id: pole-1, name: 青龍寺川 第1, river: 青龍寺川, timezone: Asia/Tokyo }
        sensors:
          - { id: air-1, kind: temperature.air, unit: Cel }
          - { id: baro-1, kind: pressure.air, unit: hPa }
          - { id: water-1, kind: temperature.water, unit: Cel }
          - { id: plain, kind: humidity.air, unit: "%" }
          - { id: linear, kind: stage.ultrasonic, unit: mm, calibration: { type: linear, offset: 3.2, scale: -0.001, unit: m } }
          - { id: counter, kind: rain.tipping, unit: tips, calibration: { type: counter, scale: 0.5, unit: mm } }
          - { id: bucket, kind: rain.tipping, unit: tips, calibration: { type: tipping_bucket, depth: 0.5, dead_time: 0.45, unit: mm } }
          - { id: float, kind: stage.float, unit: state, calibration: { type: bound, elevation: 2.5, unit: m } }
          - { id: echo, kind: stage.ultrasonic, unit: us, calibration: { type: ultrasonic, height: 3.21, tilt: 2, temperature: { sensor: air-1, max_age: 900, fallback: 15 }, unit: m } }
          - { id: range, kind: stage.ultrasonic, unit: cm, calibration: { type: ultrasonic, height: 3.21, assumed_speed: 343.2, temperature: 12.5, unit: m } }
          - { id: vented, kind: stage.pressure, unit: kPa, calibration: { type: pressure, reference: gauge, elevation: -0.3, density: 999.1, gravity: 9.798, unit: m } }
          - { id: absolute, kind: stage.pressure, unit: hPa, calibration: { type: pressure, reference: absolute, elevation: -0.3, temperature: { sensor: water-1, max_age: 900, fallback: 10 }, barometer: { sensor: baro-1, max_age: 600, fallback: 1013.25 }, unit: m } }
          - { id: constant, kind: stage.pressure, unit: Pa, calibration: { type: pressure, reference: absolute, elevation: 0, density: 1000, barometer: 1009.87, unit: m } }
          - { id: loop, kind: stage.radar, unit: mA, calibration: { type: current_loop, low: 0, high: 10, unit: m } }
          - { id: curve, kind: stage.radar, unit: mm, calibration: { type: polynomial, coefficients: [3.2, -0.001, 1.0e-9], raw_range: [300, 4000], unit: m } }
          - { id: table, kind: stage.radar, unit: mm, calibration: { type: table, points: [[300, 2.9], [3200, 0]], ends: bound, unit: m } }
        """

    private func stations() throws -> Station {
        try StationFile.parse(Self.station, file: "pole-1.yaml").station
    }

    @Test func `every form is read back as it was written`() throws {
        let station = try stations()
        #expect(station.sensors.count == 16)
        for sensor in station.sensors {
            let lines = CalibrationText.lines(of: sensor.calibration)
            let back = try CalibrationText.read(
                lines, of: sensor, rawUnit: sensor.rawUnit, station: station)
            #expect(back == sensor.calibration, "\(lines)")
            #expect(!lines.contains("\n"))
        }
    }

    @Test func `random numbers are read back to the last bit`() throws {
        var numbers = SeededNumbers(state: 6)
        let station = try stations()
        let sensor = try station.sensor(named: "absolute")
        for _ in 0..<200 {
            let linear = Calibration(
                form: .linear(
                    offset: .random(in: -1e6...1e6, using: &numbers),
                    scale: .random(in: 1e-9...1e6, using: &numbers)), unit: "m")
            #expect(
                try CalibrationText.read(
                    CalibrationText.lines(of: linear), of: sensor, rawUnit: "hPa") == linear)
            let hectopascals = Double.random(in: 900...1060, using: &numbers)
            let text =
                "calibration: { type: pressure, reference: absolute, elevation: 0, density: 1000,"
                + " barometer: \(hectopascals), unit: m }"
            let read = try CalibrationText.read(text, of: sensor, rawUnit: "hPa")
            #expect(
                try CalibrationText.read(
                    CalibrationText.lines(of: read), of: sensor, rawUnit: "hPa") == read)
        }
    }

    @Test(arguments: [
        ("calibration: { type: linear, offset: 3.2, scal: 1, unit: m }", "1:43: error"),
        ("{ type: linear, offset: 3.2, scale: 1, unit: m }", "needs `calibration`"),
        ("calibration: { type: counter, scale: 1, unit: m }", "counts nothing"),
        ("calibration: { type: linear, offset: 3.2, scale: 1, unit: mm }", "is kept in `m`"),
        ("calibration: [", "error"), ("", "empty"),
        (
            "calibration: { type: ultrasonic, height: 3, assumed_speed: 340, temperature: { sensor: baro-1, max_age: 9, fallback: 1 }, unit: m }",
            "`baro-1` is a `pressure.air`"
        ),
    ])
    func `mistakes are told with their places`(lines: String, part: String) throws {
        let station = try stations()
        let sensor = try station.sensor(named: "linear")
        let problems = #expect(throws: ConfigurationProblems.self) {
            try CalibrationText.read(lines, of: sensor, rawUnit: "mm", station: station)
        }
        #expect(problems?.description.contains(part) == true, "\(problems?.description ?? "")")
    }

    @Test func `a text that is too long is not looked at`() throws {
        let sensor = try stations().sensor(named: "linear")
        #expect(throws: ConfigurationProblems.self) {
            try CalibrationText.read(
                String(repeating: "#", count: 8193), of: sensor, rawUnit: "mm")
        }
    }
}
