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

    // MARK: - Quality checks

    /// A pole with two stage sensors that name each other, and a rain gauge that counts.
    private func pair(failThreshold: Double? = nil) throws -> Pipeline.Start {
        var start = try testStart()
        let first = try testSensorID("pole-1.level")
        let second = try testSensorID("pole-1.second")
        func neighbor(_ other: SensorID) -> QualityLimits.Neighbor {
            .init(
                sensor: other, suspectThreshold: 0.1, failThreshold: failThreshold,
                greatestAgeSeconds: 300)
        }
        var sensor = start.stations[0].sensors[0]
        sensor.id = second
        sensor.limits.neighbor = neighbor(first)
        start.stations[0].sensors[0].limits.neighbor = neighbor(second)
        start.stations[0].sensors.append(sensor)
        start.channels[second] = air
        return start
    }

    private func second(_ metres: Double, at seconds: Double) -> Sample {
        Sample(channel: air, rawValue: 3200 - metres * 1000, received: instant(seconds))
    }

    private func flags(
        _ pipeline: Pipeline, of check: QualityCheck, on channel: ChannelIndex? = nil
    ) -> [UInt8] {
        pipeline.output.batch.observations.filter { channel == nil || $0.channel == channel }
            .map { $0.report[check].rawValue }
    }

    @Test func `of two sensors that name each other and differ, both are suspect`() throws {
        var pipeline = Pipeline(try pair())
        try pipeline.take(stage(0.5, at: 0))
        try pipeline.take(second(0.55, at: 10))
        try pipeline.take(stage(0.5, at: 60))
        try pipeline.take(second(0.65, at: 70))
        try pipeline.take(stage(0.5, at: 120))
        try pipeline.take(second(0.65, at: 130))
        try pipeline.take(stage(0.5, at: 431))
        #expect(flags(pipeline, of: .neighbor) == [2, 1, 1, 3, 3, 3, 2], "the other is too old")
        #expect(pipeline.output.batch.observations[3].flag == .suspect)
        #expect(pipeline.takeNews().counters[.check(.neighbor, .suspect)] == 3)
    }

    @Test func `two sensors that fail against each other do not fall silent by turns`() throws {
        var pipeline = Pipeline(try pair(failThreshold: 0.5))
        try pipeline.take(stage(0.5, at: 0))
        for step in 1...3 {
            try pipeline.take(second(1.5, at: Double(step) * 60))
            try pipeline.take(stage(0.5, at: Double(step) * 60 + 30))
        }
        #expect(flags(pipeline, of: .neighbor) == [2, 4, 4, 4, 4, 4, 4])
        // What fails for a reason of its own says nothing.
        try pipeline.take(second(9, at: 200))
        try pipeline.take(stage(0.5, at: 500))
        #expect(flags(pipeline, of: .neighbor).suffix(2) == [4, 2])
    }

    @Test func `a rise without rain is suspect, one with rain is not, an unknown one neither`()
        throws
    {
        var start = try testStart()
        let rain = try testSensorID("pole-1.rain")
        start.stations[0].sensors[1].calibration = Calibration(
            form: .counter(scale: 0.5), unit: "mm")
        start.stations[0].sensors[0].limits.multiVariate = .init(
            rainSensor: rain, riseThreshold: 0.2, windowSeconds: 1800, rainThresholdMillimetres: 2,
            rainWindowSeconds: 3600, greatestAgeSeconds: 900)
        var pipeline = Pipeline(start)
        func tips(_ count: Double, at seconds: Double) -> Sample {
            Sample(channel: ChannelIndex(2), rawValue: count, received: instant(seconds))
        }
        try pipeline.take(tips(10, at: 0))
        for minute in stride(from: 10.0, through: 60, by: 10) {
            try pipeline.take(stage(0.3, at: minute * 60))
            try pipeline.take(tips(10, at: minute * 60 + 1))
        }
        try pipeline.take(stage(0.6, at: 4200))
        try pipeline.take(tips(14, at: 4201))
        try pipeline.take(stage(0.6, at: 4260))
        try pipeline.take(stage(0.6, at: 5160))
        // For the first hour not all of the rain is known.
        #expect(
            flags(pipeline, of: .multiVariate, on: levelChannel)
                == [2, 2, 2, 2, 2, 1, 3, 1, 2])
        // A restart with what is stored forgets neither the rain nor the rise.
        start.newest =
            pipeline.output.batch.observations.filter { $0.channel != levelChannel }
            + pipeline.output.batch.observations.filter { $0.channel == levelChannel }
        var after = Pipeline(start)
        try after.take(tips(14, at: 5170))
        try after.take(stage(0.7, at: 5180))
        #expect(flags(after, of: .multiVariate, on: levelChannel) == [1])
        try after.take(tips(14, at: 8400))
        try after.take(stage(1.1, at: 8460))
        try after.take(stage(1.4, at: 8520))
        #expect(flags(after, of: .multiVariate, on: levelChannel) == [1, 1, 3])
    }

    @Test func `a hot box makes the stage suspect, though its own heat is suspect too`() throws {
        var start = try self.start()
        let id = try testSensorID("pole-1.air")
        start.stations[0].sensors[0].limits.temperatureArtefact = .init(
            sensor: id, greatestAgeSeconds: 900, suspect: .init(low: -10, high: 46))
        var pipeline = Pipeline(start)
        try pipeline.take(echo(at: 0))
        try pipeline.take(thermometer(40, at: 10))
        try pipeline.take(echo(at: 20))
        try pipeline.take(thermometer(48, at: 30))
        try pipeline.take(echo(at: 40))
        try pipeline.take(thermometer(60, at: 50))
        try pipeline.take(echo(at: 60))
        #expect(flags(pipeline, of: .temperatureArtefact, on: levelChannel) == [2, 1, 3, 3])
    }
}
