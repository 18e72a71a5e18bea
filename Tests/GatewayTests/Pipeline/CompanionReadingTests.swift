import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

/// Calibrations that go by another sensor of the station, through the whole pipeline.
@Suite struct CompanionReadingTests {
    private let air = ChannelIndex(5)
    private let barometer = ChannelIndex(6)

    /// A pole with an ultrasonic sensor 5 m above the gauge zero, and a thermometer that its
    /// calibration goes by.
    private func start() throws -> Pipeline.Start {
        var start = try testStart()
        let id = try testSensorID("pole-1.air")
        start.stations[0].sensors[0].rawUnit = "us"
        start.stations[0].sensors[0].calibration = Calibration(
            form: .ultrasonic(
                UltrasonicCalibration(
                    input: .echoMicroseconds, heightMetres: 5,
                    temperature: Companion(
                        constant: 20, source: .init(sensor: id, greatestAgeSeconds: 900)))),
            unit: "m", version: 7)
        start.stations[0].sensors[0].limits = QualityLimits()
        start.stations[0].sensors.append(
            SensorDescription(
                id: id, kind: SensorKind("temperature.air"), rawUnit: "Cel",
                calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "Cel"),
                limits: QualityLimits(
                    grossRange: .init(
                        fail: .init(low: -30, high: 50), suspect: .init(low: -20, high: 45)))))
        start.channels[id] = air
        return start
    }

    private func thermometer(_ celsius: Double, at seconds: Double, age: Double = 0) -> Sample {
        Sample(
            channel: air, rawValue: celsius, received: instant(seconds),
            deviceTime: age == 0 ? nil : instant(seconds - age).utc,
            marks: age == 0 ? [] : .deviceTimeIsRelative)
    }

    private func echo(at seconds: Double, age: Double = 0) -> Sample {
        Sample(
            channel: levelChannel, rawValue: 11_650, received: instant(seconds),
            deviceTime: age == 0 ? nil : instant(seconds - age).utc,
            marks: age == 0 ? [] : .deviceTimeIsRelative)
    }

    /// The values of the echoes, with a `~` where they are estimated.
    private func values(_ pipeline: Pipeline) -> [String] {
        pipeline.output.batch.observations.filter { $0.channel == levelChannel }.map {
            let value = $0.value.map { "\(($0 * 1e4).rounded() / 1e4)" } ?? "-"
            return ($0.marks.contains(.estimated) ? "~" : "") + value
        }
    }

    @Test func `an echo goes by the newest temperature of its age, else by the constant`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(echo(at: 0))
        try pipeline.take(thermometer(25, at: 10))
        try pipeline.take(echo(at: 20))
        try pipeline.take(thermometer(0, at: 30))
        try pipeline.take(echo(at: 930))
        try pipeline.take(echo(at: 930.5))
        // At 20, 25, 0 and again 20 °C.
        #expect(values(pipeline) == ["~3.0008", "2.9838", "3.0702", "~3.0008"])
        #expect(pipeline.output.batch.observations.last?.calibrationVersion == 7)
    }

    @Test func `a broken thermometer's temperature is not gone by`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(thermometer(25, at: 0))
        try pipeline.take(thermometer(85, at: 1))
        try pipeline.take(thermometer(-25, at: 2))
        try pipeline.take(echo(at: 3))
        #expect(values(pipeline) == ["2.9838"])
    }

    @Test func `what counts is when both were measured, not when they came`() throws {
        var pipeline = Pipeline(try start())
        // Kept for an hour, the temperature says nothing of now; the echo of then goes by it.
        try pipeline.take(thermometer(25, at: 0, age: 3600))
        try pipeline.take(echo(at: 1, age: 3500))
        try pipeline.take(echo(at: 2))
        #expect(values(pipeline) == ["2.9838", "~3.0008"])
    }

    @Test func `a restart forgets no temperature, and a new description with other units does`()
        throws
    {
        var before = Pipeline(try start())
        try before.take(thermometer(25, at: 0))
        var next = try start()
        next.newest = before.output.batch.observations
        var after = Pipeline(next)
        try after.take(echo(at: 60))
        #expect(values(after) == ["2.9838"])
        var other = try #require(next.stations[0].sensors.last)
        other.name = "気温"
        after.add(other, KnownChannel(index: air))
        try after.take(echo(at: 61))
        other.calibration = Calibration(form: .linear(offset: 0, scale: 10), unit: "Cel")
        after.add(other, KnownChannel(index: air))
        try after.take(echo(at: 62))
        #expect(values(after) == ["2.9838", "2.9838", "~3.0008"])
    }

    @Test func `a thermometer that is adopted later is gone by from then on`() throws {
        var start = try self.start()
        let sensor = start.stations[0].sensors.removeLast()
        start.channels[sensor.id] = nil
        var pipeline = Pipeline(start)
        try pipeline.take(echo(at: 0))
        pipeline.add(sensor, KnownChannel(index: air))
        try pipeline.take(thermometer(25, at: 1))
        try pipeline.take(echo(at: 2))
        #expect(values(pipeline) == ["~3.0008", "2.9838"])
    }

    @Test func `while the store is down the temperature is listened to all the same`() throws {
        var pipeline = Pipeline(try start())
        try pipeline.take(thermometer(25, at: 0), past: .none, keeping: .judgement)
        try pipeline.take(echo(at: 1), past: .none)
        #expect(values(pipeline) == ["2.9838"])
        #expect(pipeline.output.batch.observations.count == 1)
    }

    @Test func `a barometer's hectopascals become pascals`() throws {
        var start = try self.start()
        let id = try testSensorID("pole-1.air")
        start.stations[0].sensors[0].rawUnit = "Pa"
        start.stations[0].sensors[0].calibration = Calibration(
            form: .pressure(
                PressureCalibration(
                    pascalsPerUnit: 1, elevationMetres: 0, density: .constant(1000), gravity: 9.8,
                    barometer: Companion(
                        constant: 101_325, source: .init(sensor: id, greatestAgeSeconds: 900)))),
            unit: "m")
        start.stations[0].sensors[3].calibration.unit = "hPa"
        start.stations[0].sensors[3].limits = QualityLimits()
        var pipeline = Pipeline(start)
        try pipeline.take(thermometer(1000, at: 0))
        try pipeline.take(
            Sample(channel: levelChannel, rawValue: 109_800, received: instant(1)))
        #expect(values(pipeline) == ["1.0"])
    }

    @Test func `a saturated loop raises, and a fault is missing and takes nothing back`() throws {
        var start = try self.start()
        start.stations[0].sensors[0].calibration = Calibration(
            form: .currentLoop(CurrentLoopCalibration(low: 0, high: 1)), unit: "m")
        var pipeline = Pipeline(start)
        for (second, current) in [12.0, 20.7, 22].enumerated() {
            try pipeline.take(
                Sample(
                    channel: levelChannel, rawValue: current, received: instant(Double(second))))
        }
        let observations = pipeline.output.batch.observations
        #expect(observations.map(\.value) == [0.5, 1.031_25, nil])
        #expect(observations.map(\.marks.bound) == [.exact, .atLeast, .exact])
        #expect(observations.map(\.rawValue) == [12, 20.7, 22])
        #expect(observations.last?.flag == .missing)
        #expect(pipeline.alarms.first?.phase == .active)
    }
}
