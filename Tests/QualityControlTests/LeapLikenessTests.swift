import GatewayModel
import QualityControl
import Testing

@Suite struct LeapLikenessTests {
    private func sensor(
        _ kind: String, _ form: Calibration.Form = .linear(offset: 3.2, scale: -0.001)
    ) throws -> SensorDescription {
        SensorDescription(
            id: try #require(SensorID("pole.stage-1")), kind: SensorKind(kind), rawUnit: "mm",
            calibration: Calibration(form: form, unit: "m"),
            limits: QualityLimits(
                grossRange: .init(
                    fail: .init(low: -0.5, high: 5), suspect: .init(low: -0.2, high: 4.5)),
                errorCode: .init(codes: [9999]),
                step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 7200),
                measuringRange: .init(blanking: 300, maximum: 5000)))
    }

    /// What a series looks like at its end, judged as it is live: raw millimetres below the sensor
    /// at 3.2 m, or nil where there is no value.
    private func likeness(
        _ values: [Double?], of sensor: SensorDescription, isLost: Bool = false
    ) -> LeapLikeness? {
        var control = QualityControl(limits: sensor.limits)
        var evidence = LeapEvidence(sensor: sensor)
        for (index, value) in values.enumerated() {
            let judgement = control.judge(
                value: value, time: SteadyInstant(milliseconds: Int64(index) * 600_000),
                isErrorCode: value == nil && !isLost,
                context: QualityContext(rangeEnd: value == nil && isLost ? .echoLost : nil))
            let time = UTCInstant(milliseconds: Int64(index) * 600_000)
            evidence.take(
                Observation(
                    channel: ChannelIndex(1), time: time, deviceTime: nil,
                    received: GatewayInstant(
                        monotonicNanoseconds: 0, utc: time, quality: .synchronised),
                    rawValue: value.map { 3200 - $0 * 1000 }, value: value,
                    flag: judgement.report.aggregate(isMissing: value == nil),
                    report: judgement.report, errorCode: 0, calibrationVersion: 1,
                    identity: .none, marks: []))
        }
        return evidence.likeness
    }

    @Test func `what stands still above the water lies under a sensor that looks down`() throws {
        let down = try sensor("stage.ultrasonic")
        #expect(likeness([0.8, 0.81, 1.6, 1.61, 1.605], of: down) == .thingUnderSensor)
        #expect(
            likeness([0.8, 0.81, 1.6, 1.61, 1.605, 0.82], of: down) == nil, "it was taken away")
        #expect(
            likeness([0.8, 1.6, nil, 1.61, 1.605], of: try sensor("stage.radar"))
                == .thingUnderSensor)
    }

    @Test func `the first readings do not tell yet`() throws {
        let down = try sensor("stage.lidar")
        #expect(likeness([0.8, 0.81, 1.6], of: down) == .tooEarly)
        #expect(likeness([0.8, 0.81, 1.6, 1.61], of: down) == .tooEarly)
        #expect(likeness([0.8, 0.81, 0.8], of: down) == nil)
    }

    @Test func `a sensor that looks at nothing but the far end was removed`() throws {
        let down = try sensor("stage.ultrasonic")
        // 4.6 m away, of 5 m that it can see; and below what the water ever was.
        #expect(likeness([0.8, 0.8, -1.4, -1.4, -1.41], of: down) == .sensorRemoved)
        #expect(likeness([0.8, 0.8, -0.3, -0.3, -0.3], of: down) == .sensorRemoved)
        #expect(likeness([0.8, 0.8, 0.2, 0.2, 0.21], of: down) == .sensorMoved)
    }

    @Test func `a submerged sensor in the air was removed, one at another depth was moved`() throws
    {
        let submerged = try sensor(
            "stage.pressure",
            .pressure(
                PressureCalibration(
                    pascalsPerUnit: 1000, elevationMetres: -0.1, density: .constant(999.1),
                    gravity: 9.8, barometer: nil)))
        #expect(likeness([0.9, 0.9, -0.1, -0.09, -0.1], of: submerged) == .sensorRemoved)
        #expect(likeness([1.9, 1.9, 0.9, 0.9, 0.9], of: submerged) == .sensorMoved)
        #expect(likeness([0.9, 0.9, 1.9, 1.9, 1.9], of: submerged) == .sensorMoved)
        #expect(
            likeness([0.9, 0.9, -0.1, -0.09, -0.1], of: try sensor("stage.pressure"))
                == .sensorRemoved, "without physics, the low end of its range")
    }

    @Test func `what roams, and a sensor of which nobody knows how it looks, stay unclear`() throws
    {
        let down = try sensor("stage.ultrasonic")
        #expect(likeness([0.8, 0.8, 1.6, 1.2, 1.9, 1.4], of: down) == .unclear)
        #expect(likeness([0.8, 0.8, 1.6, 1.6, 1.6], of: try sensor("stage.bubbler")) == .unclear)
    }

    @Test func `what measures nothing for three readings may be gone`() throws {
        let down = try sensor("stage.ultrasonic")
        #expect(likeness([0.8, nil, nil], of: down) == nil)
        #expect(likeness([0.8, nil, nil, nil], of: down) == .nothingMeasured)
        #expect(likeness([0.8, nil, nil, nil], of: down, isLost: true) == .nothingMeasured)
        #expect(likeness([0.8, nil, nil, nil, 0.8], of: down) == nil)
    }

    @Test func `each likeness says in both languages what to look for`() {
        func sentence(_ likeness: LeapLikeness?, _ check: QualityCheck, _ flag: QualityFlag)
            -> QualityExplanation.Sentence?
        {
            var report = QualityReport()
            report[check] = flag
            let instant = GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .synchronised)
            let observation = Observation(
                channel: ChannelIndex(1), time: instant.utc, deviceTime: nil, received: instant,
                rawValue: 9999, value: check == .step ? 1.6 : nil, flag: .suspect, report: report,
                errorCode: 0, calibrationVersion: 1, identity: .none, marks: [])
            var limits = QualityLimits()
            if check == .step {
                limits.step = .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600)
            } else {
                limits.errorCode = .init(codes: [9999])
            }
            return QualityExplanation(
                of: observation, limits: limits, unit: "m", before: nil, after: nil,
                likeness: likeness
            ).sentences.last
        }
        let words: [(LeapLikeness?, String, String)] = [
            (.thingUnderSensor, "センサーの下に物がある", "something lies under the sensor"),
            (.sensorRemoved, "センサーが外された", "the sensor has been removed"),
            (.sensorMoved, "センサーの位置や向きが変わった", "the sensor has been moved or turned"),
            (.tooEarly, "続く値を見ないと分かりません", "The next readings will tell"),
            (.unclear, "おそれがあります", "may have been moved or removed"),
            (nil, "おそれがあります", "may have been moved or removed"),
        ]
        for (likeness, japanese, english) in words {
            let said = sentence(likeness, .step, .suspect)
            #expect(said?.japanese.contains(japanese) == true, "\(said?.japanese ?? "-")")
            #expect(said?.english.contains(english) == true, "\(said?.english ?? "-")")
        }
        let lost = sentence(.nothingMeasured, .errorCode, .missing)
        #expect(lost?.japanese.contains("断線のおそれ") == true)
        #expect(lost?.english.hasSuffix("or its cable cut.") == true)
        #expect(sentence(nil, .errorCode, .missing)?.japanese.contains("断線") == false)
    }
}
