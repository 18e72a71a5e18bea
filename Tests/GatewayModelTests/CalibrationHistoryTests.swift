import GatewayModel
import Testing

@Suite struct CalibrationHistoryTests {
    private func version(_ number: UInt32, from seconds: Int64?) -> CalibrationVersion {
        CalibrationVersion(
            Calibration(
                form: .linear(offset: Double(number), scale: 1), unit: "m", version: number),
            validFrom: seconds.map { UTCInstant(milliseconds: $0 * 1000) })
    }

    private func number(_ history: CalibrationHistory, at seconds: Int64) -> UInt32 {
        history.calibration(at: UTCInstant(milliseconds: seconds * 1000)).version
    }

    @Test func `a version holds from its time on, until the next later one`() throws {
        let history = try #require(
            CalibrationHistory([version(2, from: 100), version(1, from: nil), version(3, from: 50)])
        )
        #expect(number(history, at: -5) == 1 && number(history, at: 49) == 1)
        #expect(number(history, at: 50) == 3 && number(history, at: 99) == 3)
        #expect(number(history, at: 100) == 2 && history.current.version == 2)
    }

    @Test func `of two from the same time the one with the higher number holds`() throws {
        let history = try #require(
            CalibrationHistory([
                version(3, from: 100), version(1, from: nil), version(2, from: 100),
            ]))
        #expect(number(history, at: 100) == 3)
        #expect(history.calibration(number: 2)?.version == 2)
        #expect(history.calibration(number: 9) == nil)
    }

    @Test func `what was measured before the first version is read by it`() throws {
        let history = try #require(CalibrationHistory([version(7, from: 100)]))
        #expect(number(history, at: 0) == 7)
    }

    @Test func `there is at least one version, and no more than may be`() {
        #expect(CalibrationHistory([]) == nil)
        let many = (1...65).map { version($0, from: Int64($0)) }
        #expect(CalibrationHistory(many) == nil)
        #expect(CalibrationHistory(Array(many.dropLast()))?.versions.count == 64)
    }

    @Test func `a reading whose time nobody knows yet is one of now`() throws {
        let history = try #require(
            CalibrationHistory([version(1, from: nil), version(2, from: 100)]))
        var observation = Observation(
            channel: ChannelIndex(1), time: UTCInstant(milliseconds: 0), deviceTime: nil,
            received: GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .unknown),
            rawValue: 1, value: nil, flag: .notEvaluated, report: QualityReport(), errorCode: 0,
            calibrationVersion: 0, identity: .none, marks: [])
        #expect(history.calibration(for: observation).version == 2)
        observation.deviceTime = observation.time
        #expect(history.calibration(for: observation).version == 1)
        observation.marks = [.deviceTimeRefused]
        #expect(history.calibration(for: observation).version == 2)
        observation.marks = [.timeCorrected]
        #expect(history.calibration(for: observation).version == 1)
        observation.marks = [.timeUncertain]
        #expect(history.calibration(for: observation).version == 1)
    }

    @Test func `a series goes on in its unit, measured or counted`() {
        func calibration(_ form: Calibration.Form, _ unit: String) -> Calibration {
            Calibration(form: form, unit: unit)
        }
        let linear = calibration(.linear(offset: 0, scale: 1), "m")
        #expect(linear.continues(calibration(.linear(offset: 5, scale: 2), "m")))
        #expect(!linear.continues(calibration(.linear(offset: 0, scale: 1), "mm")))
        #expect(!linear.continues(calibration(.counter(scale: 1), "m")))
        #expect(!linear.continues(calibration(.bound(elevationMetres: 1), "m")))
        #expect(linear.isSame(as: Calibration(form: linear.form, unit: "m", version: 9)))
    }
}
