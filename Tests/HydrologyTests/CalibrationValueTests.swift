import CAllocationCount
import GatewayModel
import Hydrology
import Testing

@Suite struct CalibrationValueTests {
    private let downward = Calibration(form: .linear(offset: 3.2, scale: -0.001), unit: "m")

    @Test(arguments: [(0.0, 3.2), (1680, 1.52), (3200, 0), (3300, -0.1), (1700, 1.5)])
    func `a distance becomes a stage`(raw: Double, stage: Double) {
        #expect(downward.value(raw: raw) == stage)
    }

    @Test func `every millimetre gives the decimal that a station file would write`() throws {
        for raw in 0...5000 {
            let millimetres = 3200 - raw
            let text =
                (millimetres < 0 ? "-" : "") + "\(abs(millimetres) / 1000)."
                + String(repeating: "0", count: 3 - String(abs(millimetres) % 1000).count)
                + "\(abs(millimetres) % 1000)"
            let written = try #require(Double(text))
            #expect(downward.value(raw: Double(raw)) == written)
        }
        #expect(3.2 + -0.001 * 2300 < 0.9, "plain arithmetic would not need the grid")
    }

    @Test func `a zero has no sign`() {
        #expect(downward.value(raw: 3200).sign == .plus)
        let negative = Calibration(form: .linear(offset: 0, scale: -1), unit: "m")
        #expect(negative.value(raw: 0).sign == .plus)
    }

    @Test func `what is not finite stays so`() {
        #expect(downward.value(raw: .nan).isNaN)
        #expect(downward.value(raw: .infinity) == -.infinity)
        let steep = Calibration(form: .linear(offset: 0, scale: 1000), unit: "m")
        #expect(steep.value(raw: 1e308) == .infinity)
    }

    @Test func `a counter scales the increase onto the same grid`() {
        let bucket = Calibration(form: .counter(scale: 0.1), unit: "mm")
        #expect(bucket.value(raw: 3) == 0.3)
        #expect(0.1 * 3 != 0.3, "plain arithmetic would not need the grid")
        #expect(bucket.convert(raw: 3).bound == .exact)
        let measured = Calibration(
            form: .tippingBucket(TippingBucketCalibration(depthMillimetres: 0.1, deadSeconds: 0.5)),
            unit: "mm")
        #expect(measured.value(raw: 3) == 0.3, "the dead time corrects intensities, not rain")
    }

    @Test(arguments: [(0.0, ValueBound.below), (0.49, .below), (0.5, .atLeast), (1, .atLeast)])
    func `a switch bounds the level at its own height`(raw: Double, bound: ValueBound) {
        let float = Calibration(form: .bound(elevationMetres: 2.5), unit: "m")
        #expect(float.value(raw: raw) == 2.5)
        #expect(float.convert(raw: raw).bound == bound)
        #expect(float.value(raw: .nan).isNaN)
    }

    @Test func `large values keep their own precision`() {
        let identity = Calibration(form: .linear(offset: 0, scale: 1), unit: "Pa")
        #expect(identity.value(raw: 123_456_789.123_456_7) == 123_456_789.123_456_7)
    }

    // MARK: - Companions

    private func ultrasonic(_ temperature: Companion) -> Calibration {
        Calibration(
            form: .ultrasonic(
                UltrasonicCalibration(
                    input: .echoMicroseconds, heightMetres: 5, temperature: temperature)), unit: "m"
        )
    }

    private func source() throws -> Companion.Source {
        Companion.Source(
            sensor: try #require(SensorID("pole-1.air")), greatestAgeSeconds: 900)
    }

    @Test func `the measured temperature is taken, and a constant that stands in is told`() throws {
        let measuring = ultrasonic(Companion(constant: 20, source: try source()))
        let warm = measuring.convert(
            raw: 11_650, surroundings: Surroundings(temperatureCelsius: 25))
        let constant = ultrasonic(Companion(constant: 25)).convert(raw: 11_650)
        #expect(warm.value == constant.value)
        #expect(!warm.isEstimated && !constant.isEstimated)
        let fallback = ultrasonic(Companion(constant: 20)).convert(raw: 11_650)
        for missing in [nil, 85, -127, Double.nan] {
            let reading = measuring.convert(
                raw: 11_650, surroundings: Surroundings(temperatureCelsius: missing))
            #expect(reading.value == fallback.value && reading.isEstimated)
        }
    }

    @Test func `a constant asks nobody`() {
        let constant = ultrasonic(Companion(constant: 10))
        #expect(
            constant.convert(raw: 9000, surroundings: Surroundings(temperatureCelsius: 30))
                == constant.convert(raw: 9000))
    }

    @Test func `an absolute pressure takes both its companions`() throws {
        let pressure = Calibration(
            form: .pressure(
                PressureCalibration(
                    pascalsPerUnit: 100, elevationMetres: -0.5,
                    density: .freshWater(Companion(constant: 15, source: try source())),
                    gravity: 9.80665,
                    barometer: Companion(constant: 101_325, source: try source()))), unit: "m")
        let measured = pressure.convert(
            raw: 1200,
            surroundings: Surroundings(temperatureCelsius: 4, airPressurePascals: 100_000))
        #expect(measured.value == 1.539_483_52)
        #expect(!measured.isEstimated)
        for surroundings in [
            Surroundings(temperatureCelsius: 4), Surroundings(airPressurePascals: 100_000),
            Surroundings(temperatureCelsius: 4, airPressurePascals: 1000),
        ] { #expect(pressure.convert(raw: 1200, surroundings: surroundings).isEstimated) }
        #expect(pressure.temperature?.constant == 15)
        #expect(pressure.barometer?.constant == 101_325)
    }

    // MARK: - There and back

    private func forms() throws -> [Calibration.Form] {
        let source = try source()
        let air = Companion(constant: 15, source: source)
        return [
            .linear(offset: 3.2, scale: -0.001), .counter(scale: 0.5),
            .tippingBucket(TippingBucketCalibration(depthMillimetres: 0.2, deadSeconds: 0.4)),
            .ultrasonic(
                UltrasonicCalibration(
                    input: .echoMicroseconds, heightMetres: 6, tiltDegrees: 12, temperature: air)),
            .ultrasonic(
                UltrasonicCalibration(
                    input: .distance(metresPerUnit: 0.001, assumedMetresPerSecond: 343.2),
                    heightMetres: 6, temperature: air)),
            .pressure(
                PressureCalibration(
                    pascalsPerUnit: 100, elevationMetres: -1, density: .freshWater(air),
                    barometer: Companion(constant: 101_325, source: source))),
            .currentLoop(CurrentLoopCalibration(low: 0, high: 10)),
            .currentLoop(CurrentLoopCalibration(low: 8, high: -2)),
            .polynomial(
                PolynomialCalibration(
                    coefficients: [-0.3, 0.002, -1e-7], rawRange: .init(low: 0, high: 4000))),
            .table(
                TableCalibration(
                    points: [
                        .init(raw: 0, value: 4), .init(raw: 900, value: 2.5),
                        .init(raw: 4000, value: -1),
                    ], ends: .bound)),
        ]
    }

    /// The raw values among which each form measures.
    private func rawRange(_ form: Calibration.Form) -> ClosedRange<Double> {
        switch form {
        case .currentLoop: 3.9...20.4
        case .pressure: 900...2000
        case .ultrasonic(let ultrasonic) where ultrasonic.input == .echoMicroseconds: 1500...35_000
        default: 0...4000
        }
    }

    @Test func `a value's raw value gives the value again`() throws {
        var numbers = SystemRandomNumberGenerator()
        for form in try forms() {
            let calibration = Calibration(form: form, unit: "m")
            for _ in 0..<500 {
                let raw = Double.random(in: rawRange(form), using: &numbers)
                let surroundings = Surroundings(
                    temperatureCelsius: .random(in: 0...40, using: &numbers),
                    airPressurePascals: .random(in: 90_000...105_000, using: &numbers))
                let value = try #require(
                    calibration.convert(raw: raw, surroundings: surroundings).value)
                let back = try #require(calibration.raw(value: value, surroundings: surroundings))
                let again = try #require(
                    calibration.convert(raw: back, surroundings: surroundings).value)
                #expect((again - value).magnitude <= 2e-9, "\(form) raw \(raw) back \(back)")
                #expect((back - raw).magnitude <= 1e-4 * max(1, raw), "\(form) raw \(raw)")
            }
        }
    }

    @Test(.enabled(if: allocations_are_counted(), "the sanitizer counts in our place"))
    func `no form allocates, however many readings come`() throws {
        let calibrations = try forms().map { Calibration(form: $0, unit: "m") }
        let surroundings = Surroundings(temperatureCelsius: 12, airPressurePascals: 99_000)
        for calibration in calibrations {
            var sum = 0.0
            let before = allocation_count()
            for raw in 0..<1000 {
                let reading = calibration.convert(raw: Double(raw), surroundings: surroundings)
                sum += reading.value ?? 0
            }
            #expect(allocation_count() == before, "\(calibration.form)")
            #expect(sum.isFinite)
        }
    }

    @Test func `a switch has no raw value of its own`() {
        #expect(Calibration(form: .bound(elevationMetres: 2), unit: "m").raw(value: 2) == nil)
    }

    @Test func `a calibration names what it counts`() throws {
        #expect(
            try forms().map { Calibration(form: $0, unit: "").isCumulative }
                == [false, true, true, false, false, false, false, false, false, false])
    }
}

extension Calibration {
    /// The value alone, which these forms always have.
    fileprivate func value(raw: Double) -> Double { convert(raw: raw).value ?? -.infinity }
}
