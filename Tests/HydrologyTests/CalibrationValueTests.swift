import GatewayModel
import Hydrology
import Testing

@Suite struct CalibrationValueTests {
    private let ultrasonic = Calibration(form: .linear(offset: 3.2, scale: -0.001), unit: "m")

    @Test(arguments: [(0.0, 3.2), (1680, 1.52), (3200, 0), (3300, -0.1), (1700, 1.5)])
    func `a distance becomes a stage`(raw: Double, stage: Double) {
        #expect(ultrasonic.value(raw: raw) == stage)
    }

    @Test func `every millimetre gives the decimal that a station file would write`() throws {
        for raw in 0...5000 {
            let millimetres = 3200 - raw
            let text =
                (millimetres < 0 ? "-" : "") + "\(abs(millimetres) / 1000)."
                + String(repeating: "0", count: 3 - String(abs(millimetres) % 1000).count)
                + "\(abs(millimetres) % 1000)"
            let written = try #require(Double(text))
            #expect(ultrasonic.value(raw: Double(raw)) == written)
        }
        #expect(3.2 + -0.001 * 2300 < 0.9, "plain arithmetic would not need the grid")
    }

    @Test func `a zero has no sign`() {
        #expect(ultrasonic.value(raw: 3200).sign == .plus)
        let downward = Calibration(form: .linear(offset: 0, scale: -1), unit: "m")
        #expect(downward.value(raw: 0).sign == .plus)
    }

    @Test func `what is not finite stays so`() {
        #expect(ultrasonic.value(raw: .nan).isNaN)
        #expect(ultrasonic.value(raw: .infinity) == -.infinity)
        let steep = Calibration(form: .linear(offset: 0, scale: 1000), unit: "m")
        #expect(steep.value(raw: 1e308) == .infinity)
    }

    @Test func `a counter scales the increase onto the same grid`() {
        let bucket = Calibration(form: .counter(scale: 0.1), unit: "mm")
        #expect(bucket.value(raw: 3) == 0.3)
        #expect(0.1 * 3 != 0.3, "plain arithmetic would not need the grid")
        #expect(bucket.bound(raw: 3) == .exact)
    }

    @Test(arguments: [(0.0, ValueBound.below), (0.49, .below), (0.5, .atLeast), (1, .atLeast)])
    func `a switch bounds the level at its own height`(raw: Double, bound: ValueBound) {
        let float = Calibration(form: .bound(elevationMetres: 2.5), unit: "m")
        #expect(float.value(raw: raw) == 2.5)
        #expect(float.bound(raw: raw) == bound)
        #expect(float.value(raw: .nan).isNaN)
    }

    @Test func `large values keep their own precision`() {
        let identity = Calibration(form: .linear(offset: 0, scale: 1), unit: "Pa")
        #expect(identity.value(raw: 123_456_789.123_456_7) == 123_456_789.123_456_7)
    }
}
