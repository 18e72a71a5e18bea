import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

/// Versions of calibrations in the pure stages: live, and over what is stored.
@Suite struct RecalibrationTests {
    private func linear(_ offset: Double, _ version: UInt32, from seconds: Double?)
        -> CalibrationVersion
    {
        CalibrationVersion(
            Calibration(
                form: .linear(offset: offset, scale: -0.001), unit: "m", version: version),
            validFrom: seconds.map { instant($0).utc })
    }

    /// The versions of the stage sensor.
    private func history(_ versions: CalibrationVersion...) throws -> CalibrationHistory {
        try #require(CalibrationHistory(versions))
    }

    private func pipeline(_ history: CalibrationHistory) throws -> Pipeline {
        var start = try testStart()
        let level = try testSensorID("pole-1.level")
        start.calibrations[level] = history
        start.stations[0].sensors[0].calibration = history.current
        return Pipeline(start)
    }

    private func observations(_ pipeline: Pipeline) -> [Observation] {
        pipeline.output.batch.observations
    }

    private func anew(
        _ observation: Observation, _ pipeline: Pipeline,
        companion: (Companion.Source, UTCInstant) throws -> Double? = { _, _ in nil }
    ) throws -> Observation? {
        try pipeline.recalibration.anew(
            observation, of: try testSensorID("pole-1.level"), companion: companion)
    }

    // MARK: - Live

    @Test func `a reading is read by the version of its own time, however late it comes`() throws {
        var pipeline = try pipeline(
            try history(linear(3.2, 1, from: nil), linear(3.3, 2, from: 100)))
        try pipeline.take(stage(0.5, at: 99, sequence: 1, deviceSeconds: 99))
        try pipeline.take(stage(0.5, at: 100, sequence: 3, deviceSeconds: 100))
        try pipeline.take(stage(0.5, at: 200, sequence: 2, deviceSeconds: 99.5))
        #expect(observations(pipeline).map(\.value) == [0.5, 0.6, 0.5])
        #expect(observations(pipeline).map(\.calibrationVersion) == [1, 2, 1])
        #expect(observations(pipeline).last?.marks.contains(.late) == true)
    }

    @Test func `a gateway that wakes up in last year reads by what holds now`() throws {
        var pipeline = try pipeline(
            try history(linear(3.2, 1, from: nil), linear(3.3, 2, from: 0)))
        try pipeline.take(stage(0.5, at: -30_000_000, quality: .unknown))
        #expect(observations(pipeline).map(\.value) == [0.6])
    }

    @Test func `a version that is entered live holds for the next reading`() throws {
        var pipeline = try pipeline(try history(linear(3.2, 1, from: nil)))
        try pipeline.take(stage(0.5, at: 0))
        pipeline.calibrate(
            try testSensorID("pole-1.level"),
            by: try history(linear(3.2, 1, from: nil), linear(3.4, 2, from: 30)))
        try pipeline.take(stage(0.5, at: 60))
        #expect(observations(pipeline).map(\.value) == [0.5, 0.7])
        #expect(pipeline.stations[0].sensors[0].calibration.version == 2)
        // What comes again is known still.
        try pipeline.take(stage(0.5, at: 61, sequence: 4))
        try pipeline.take(stage(0.5, at: 62, sequence: 4))
        #expect(observations(pipeline).count == 3)
    }

    @Test func `the step between two versions is no spike of the water`() throws {
        for isCalibrated in [false, true] {
            var start = try testStart()
            start.stations[0].sensors[0].limits.rateOfChange = .init(
                threshold: 0.001, failThreshold: 0.01)
            var pipeline = Pipeline(start)
            try pipeline.take(stage(0.5, at: 0))
            let old = start.stations[0].sensors[0].calibration
            pipeline.calibrate(
                try testSensorID("pole-1.level"),
                by: try history(
                    CalibrationVersion(old, validFrom: nil),
                    linear(4.2, isCalibrated ? 5 : old.version, from: 30)))
            try pipeline.take(stage(0.5, at: 60))
            #expect(observations(pipeline).last?.value == 1.5)
            #expect(
                observations(pipeline).last?.report[.rateOfChange]
                    == (isCalibrated ? .good : .fail))
        }
    }

    // MARK: - What is stored

    @Test func `a stored reading gets the value and the flag of its version`() throws {
        var pipeline = try pipeline(try history(linear(3.2, 1, from: nil)))
        try pipeline.take(stage(2.9, at: 0))
        try pipeline.take(stage(2.9, at: 60))
        pipeline.calibrate(
            try testSensorID("pole-1.level"),
            by: try history(linear(3.2, 1, from: nil), linear(3.4, 2, from: 30)))
        let stored = observations(pipeline)
        #expect(try anew(stored[0], pipeline) == nil)
        let after = try #require(try anew(stored[1], pipeline))
        #expect(after.value == 3.1 && after.rawValue == stored[1].rawValue)
        #expect(after.calibrationVersion == 2)
        #expect(stored[1].flag == .good && after.flag == .suspect)
        #expect(after.time == stored[1].time && after.identity == stored[1].identity)
        #expect(after.contentDigest == stored[1].contentDigest)
    }

    @Test func `the same calibration under another number changes its number alone`() throws {
        var numbers = SeededNumbers(state: 66)
        var pipeline = try pipeline(try history(linear(3.2, 1, from: nil)))
        for index in 0..<200 {
            let metres = Double.random(in: -2...6, using: &numbers)
            try pipeline.take(
                stage(Int.random(in: 0..<9, using: &numbers) == 0 ? nil : metres, at: Double(index))
            )
        }
        pipeline.calibrate(
            try testSensorID("pole-1.level"),
            by: try history(linear(3.2, 1, from: nil), linear(3.2, 2, from: 0)))
        for before in observations(pipeline) {
            var expected = before
            expected.calibrationVersion = 2
            #expect(try anew(before, pipeline) == expected)
            #expect(try anew(expected, pipeline) == nil)
        }
    }

    @Test func `an error, and a raw value that says one, stay without a value`() throws {
        var start = try testStart()
        start.stations[0].sensors[0].limits.errorCode = .init(codes: [9999])
        var pipeline = Pipeline(start)
        try pipeline.take(stage(nil, at: 0))
        try pipeline.take(stage(3.2 - 9.999, at: 60))
        pipeline.calibrate(
            try testSensorID("pole-1.level"), by: try history(linear(9, 7, from: nil)))
        for before in observations(pipeline) {
            let after = try #require(try anew(before, pipeline))
            #expect(after.value == nil && after.flag == .missing && after.calibrationVersion == 7)
        }
    }

    @Test func `bounds and estimates are those of the new version, a sensor's own stay`() throws {
        let table = Calibration(
            form: .table(
                TableCalibration(
                    points: [.init(raw: 300, value: 2.9), .init(raw: 3200, value: 0)],
                    ends: .bound)),
            unit: "m", version: 1)
        var pipeline = try pipeline(
            try history(CalibrationVersion(table, validFrom: nil)))
        try pipeline.take(stage(3.0, at: 0))
        try pipeline.take(stage(1, at: 60, marks: .isClamped))
        #expect(observations(pipeline).allSatisfy { $0.marks.contains(.atLeast) })
        #expect(observations(pipeline)[0].value == 2.9)
        pipeline.calibrate(
            try testSensorID("pole-1.level"),
            by: try history(
                CalibrationVersion(table, validFrom: nil), linear(3.3, 2, from: 0)))
        let first = try #require(try anew(observations(pipeline)[0], pipeline))
        #expect(first.value == 3.1 && !first.marks.contains(.atLeast))
        let second = try #require(try anew(observations(pipeline)[1], pipeline))
        #expect(second.value == 1.1 && second.marks.contains(.atLeast))
    }

    @Test func `a temperature of then is asked for, in the units of the calibration`() throws {
        let air = try testSensorID("pole-1.air")
        func echo(_ fallback: Double, _ version: UInt32) -> CalibrationVersion {
            CalibrationVersion(
                Calibration(
                    form: .ultrasonic(
                        UltrasonicCalibration(
                            input: .echoMicroseconds, heightMetres: 5,
                            temperature: Companion(
                                constant: fallback,
                                source: .init(sensor: air, greatestAgeSeconds: 900)))),
                    unit: "m", version: version), validFrom: nil)
        }
        var pipeline = try pipeline(try history(echo(20, 1)))
        try pipeline.take(
            Sample(channel: levelChannel, rawValue: 11_650, received: instant()))
        let before = try #require(observations(pipeline).first)
        #expect(before.marks.contains(.estimated))
        pipeline.calibrate(
            try testSensorID("pole-1.level"), by: try history(echo(20, 1), echo(10, 2)))
        #expect(try anew(before, pipeline)?.value ?? 0 > before.value ?? 9)
        let measured = try #require(
            try anew(before, pipeline) { source, time in
                #expect(source.sensor == air && time == before.time)
                return 0
            })
        #expect(!measured.marks.contains(.estimated))
        #expect(measured.value ?? 0 > (try anew(before, pipeline)?.value ?? 9))
        #expect(throws: AdapterFailure.self) {
            try anew(before, pipeline) { _, _ in
                throw AdapterFailure(.corrupt, operation: "read", cause: "test")
            }
        }
    }

    @Test func `a count is not reckoned anew, nor is a sensor that nobody knows`() throws {
        let count = Calibration(form: .counter(scale: 0.5), unit: "m", version: 2)
        var pipeline = try pipeline(try history(linear(3.2, 1, from: nil)))
        try pipeline.take(stage(1, at: 0))
        let before = try #require(observations(pipeline).first)
        pipeline.calibrate(
            try testSensorID("pole-1.level"),
            by: try history(CalibrationVersion(count, validFrom: nil)))
        #expect(try anew(before, pipeline) == nil)
        #expect(
            try pipeline.recalibration.anew(
                before, of: try testSensorID("pole-1.none"), companion: { _, _ in nil }) == nil)
    }
}
