import GatewayModel
import Testing

@testable import Gateway

@Suite struct CalibrationFormReaderTests {
    /// A station whose one sensor is described on line 3, in one line.
    private func text(_ sensor: String, _ calibration: String) -> String {
        """
        station: { id: a, name: A, river: R }
        sensors:
          - { id: x, \(sensor), calibration: {
            \(calibration) } }
        """
    }

    private func problems(_ sensor: String, _ calibration: String) -> [String] {
        do {
            return try StationFile.parse(text(sensor, calibration), file: "s.yaml").warnings
                .map { "\($0.line):\($0.column): \($0.message)" }
        } catch {
            return error.all.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }

    private static let echo = "kind: stage.ultrasonic, unit: us"
    private static let distance = "kind: stage.ultrasonic, unit: mm"
    private static let pressure = "kind: stage.pressure, unit: hPa"
    private static let loop = "kind: stage.radar, unit: mA"
    private static let bucket = "kind: rain.tipping, unit: tips"

    static let forms: [(String, String, Calibration.Form)] = [
        (
            echo, "type: ultrasonic, height: 5.2, tilt: 3, temperature: 20, unit: m",
            .ultrasonic(
                UltrasonicCalibration(
                    input: .echoMicroseconds, heightMetres: 5.2, tiltDegrees: 3,
                    temperature: Companion(constant: 20)))
        ),
        (
            distance,
            "type: ultrasonic, height: 5.2, assumed_speed: 343.2, temperature: 20, unit: m",
            .ultrasonic(
                UltrasonicCalibration(
                    input: .distance(metresPerUnit: 0.001, assumedMetresPerSecond: 343.2),
                    heightMetres: 5.2, temperature: Companion(constant: 20)))
        ),
        (
            pressure,
            "type: pressure, reference: gauge, elevation: -0.3, density: 999.1, unit: m",
            .pressure(
                PressureCalibration(
                    pascalsPerUnit: 100, elevationMetres: -0.3, density: .constant(999.1)))
        ),
        (
            pressure,
            "type: pressure, reference: absolute, elevation: 0, temperature: 10, gravity: 9.8,"
                + " barometer: 1010, unit: m",
            .pressure(
                PressureCalibration(
                    pascalsPerUnit: 100, elevationMetres: 0,
                    density: .freshWater(Companion(constant: 10)), gravity: 9.8,
                    barometer: Companion(constant: 101_000)))
        ),
        (
            loop, "type: current_loop, low: 8, high: -2, fault_above: 21.5, unit: m",
            .currentLoop(CurrentLoopCalibration(low: 8, high: -2, faultAbove: 21.5))
        ),
        (
            distance,
            "type: polynomial, coefficients: [3.2, -0.001, 1.0e-9],"
                + " raw_range: [300, 4000], unit: m",
            .polynomial(
                PolynomialCalibration(
                    coefficients: [3.2, -0.001, 1e-9], rawRange: .init(low: 300, high: 4000)))
        ),
        (
            distance, "type: table, points: [[300, 2.9], [3200, 0]], ends: fail, unit: m",
            .table(
                TableCalibration(
                    points: [.init(raw: 300, value: 2.9), .init(raw: 3200, value: 0)], ends: .fail))
        ),
        (
            bucket, "type: tipping_bucket, depth: 0.5, dead_time: 0.4, unit: mm",
            .tippingBucket(TippingBucketCalibration(depthMillimetres: 0.5, deadSeconds: 0.4))
        ),
    ]

    @Test(arguments: forms.indices)
    func `a calibration is read in its form`(index: Int) throws {
        let (sensor, calibration, form) = Self.forms[index]
        let file = try StationFile.parse(text(sensor, calibration), file: "s.yaml")
        #expect(file.station.sensors[0].calibration.form == form)
        #expect(file.warnings == [])
    }

    static let mistakes: [(String, String, String)] = [
        (
            "kind: stage.ultrasonic, unit: V",
            "type: ultrasonic, height: 5, temperature: 20, unit: m",
            "4:11: a calibration of type `ultrasonic` reads raw values in `us` or `cm` or `m` or"
                + " `mm`, not in `V`"
        ),
        (
            distance, "type: ultrasonic, height: 5, temperature: 20, unit: m",
            "3:61: `calibration` needs `assumed_speed`"
        ),
        (
            echo, "type: ultrasonic, height: 5, temperature: 20, assumed_speed: 340, unit: m",
            "4:66: `assumed_speed` says nothing of an echo's time"
        ),
        (
            echo, "type: ultrasonic, height: 5, temperature: 20, tilt: 50, unit: m",
            "4:57: `tilt` is 50; it must be from 0 to 45 degrees"
        ),
        (
            bucket, "type: ultrasonic, height: 5, temperature: 20, unit: m",
            "4:11: `ultrasonic` gives a stage, and a `rain.tipping` is none"
        ),
        (
            pressure, "type: pressure, reference: absolute, elevation: 0, density: 999, unit: m",
            "3:60: `calibration` needs `barometer`"
        ),
        (
            pressure,
            "type: pressure, reference: gauge, elevation: 0, density: 999,"
                + " barometer: 1010, unit: m", "4:78: a vented sensor (`reference: gauge`)"
        ),
        (
            pressure,
            "type: pressure, reference: gauge, elevation: 0, density: 999,"
                + " temperature: 10, unit: m", "4:62: `density` and `temperature` both say"
        ),
        (
            pressure, "type: pressure, reference: gauge, elevation: 0, unit: m",
            "3:60: `calibration` needs `density`"
        ),
        (
            pressure, "type: pressure, reference: gauge, elevation: 0, density: 999, unit: mm",
            "4:73: a `stage.pressure` is kept in `m`; write `unit: m`"
        ),
        (
            loop, "type: current_loop, low: 3, high: 3, unit: m",
            "4:39: `low` and `high` are the same"
        ),
        (
            "kind: stage.radar, unit: V", "type: current_loop, low: 0, high: 3, unit: m",
            "4:11: a calibration of type `current_loop` reads raw values in `mA`, not in `V`"
        ),
        (
            distance, "type: polynomial, coefficients: [1], raw_range: [0, 1], unit: m",
            "4:37: `coefficients` must be 2 to 6 numbers in brackets, not 1"
        ),
        (
            distance, "type: polynomial, coefficients: [1, 2], raw_range: [1, 1], unit: m",
            "4:56: `raw_range` must be the lowest and the highest"
        ),
        (
            distance, "type: polynomial, coefficients: [0, 1, -1], raw_range: [0, 1], unit: m",
            "4:37: the polynomial turns within `raw_range`"
        ),
        (
            distance, "type: table, points: [[1, 2]], ends: bound, unit: m",
            "4:26: `points` has 1 points; it takes 2 to 64"
        ),
        (
            distance, "type: table, points: [[1, 2], [1, 3]], ends: bound, unit: m",
            "4:35: the raw value 1.0 does not lie above the one before, 1.0"
        ),
        (
            distance, "type: table, points: [[1, 2], [2, 3]], ends: hold, unit: m",
            "4:50: `ends` is `hold`; it must be one of `bound`, `fail`"
        ),
        (
            bucket, "type: tipping_bucket, depth: 0.5, unit: mm",
            "3:59: `calibration` needs `dead_time`"
        ),
        (
            "kind: energy.meter, unit: tips",
            "type: tipping_bucket, depth: 1, dead_time: 0, unit: mm",
            "4:11: `tipping_bucket` gives rain, and a `energy.meter` is none"
        ),
        (
            "kind: stage.ultrasonic, unit: tips",
            "type: tipping_bucket, depth: 1, dead_time: 0, unit: m",
            "4:11: a `stage.ultrasonic` counts nothing; `tipping_bucket` is for cumulative counts"
        ),
        (
            echo, "type: ultrasonic, height: 5, temperature: 20, scale: 2, unit: m",
            "4:58: `scale` says nothing in a calibration of type `ultrasonic`"
        ),
    ]

    @Test(arguments: mistakes.indices)
    func `what does not fit is named with its place`(index: Int) {
        let (sensor, calibration, expected) = Self.mistakes[index]
        let found = problems(sensor, calibration)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }
}
