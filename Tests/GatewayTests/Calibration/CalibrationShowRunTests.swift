import GatewayModel
import Testing

@testable import Gateway

@Suite struct CalibrationShowRunTests {
    private func show(
        _ form: Calibration.Form? = nil, sensor: String = "level", raws: [Double] = [],
        values: [Double] = []
    ) throws -> [String] {
        var station = try testStation()
        if let form { station.sensors[0].calibration.form = form }
        var output = ""
        try CalibrationShowRun(station: station) { output += $0 }
            .run(sensor: sensor, raws: raws, values: values)
        return output.split(separator: "\n").map(String.init)
    }

    @Test func `flood levels are told in the sensor's own unit`() throws {
        #expect(
            try show() == [
                "pole-1.level: mm → m", "caution 1.0 m → raw 2200", "danger 2.0 m → raw 1200",
            ])
        #expect(try show(raws: [2200]) == ["pole-1.level: mm → m", "raw 2200.0 → 1.0 m"])
        #expect(
            try show(.bound(elevationMetres: 1), values: [1]).last
                == "value 1.0 m → no single raw value gives it")
    }

    @Test func `what a reading says beside its value is told`() throws {
        let loop = Calibration.Form.currentLoop(CurrentLoopCalibration(low: 0, high: 8))
        #expect(
            try show(loop, raws: [12, 20.5, 22]).dropFirst() == [
                "raw 12.0 → 4.0 m", "raw 20.5 → 8.25 m (at least)",
                "raw 22.0 → no value: the current is a sign of a fault",
            ])
        let air = Companion(
            constant: 20,
            source: .init(sensor: try testSensorID("pole-1.rain"), greatestAgeSeconds: 60))
        let echo = Calibration.Form.ultrasonic(
            UltrasonicCalibration(input: .echoMicroseconds, heightMetres: 5, temperature: air))
        #expect(
            try show(echo, raws: [11_650]).dropFirst() == [
                "temperature taken for this table: 20.0 °C (live: pole-1.rain)",
                "raw 11650.0 → 3.000774823 m (estimated)",
            ])
    }

    @Test func `a bucket's heavy rain is told with what it misses`() throws {
        let bucket = Calibration.Form.tippingBucket(
            TippingBucketCalibration(depthMillimetres: 0.5, deadSeconds: 0.5))
        #expect(
            try show(bucket).suffix(2) == [
                "100 mm/h measured → 102.86 mm/h", "200 mm/h measured → 211.76 mm/h",
            ])
    }

    @Test func `an unknown sensor is told with those that there are`() throws {
        #expect(
            throws: ResultFailure.configuration(
                "station pole-1 has no sensor `wind`; it has level, rain, camera")
        ) { try show(sensor: "wind") }
    }
}
