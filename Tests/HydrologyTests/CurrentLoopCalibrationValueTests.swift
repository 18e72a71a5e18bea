import GatewayModel
import Hydrology
import Testing

/// - Source: NAMUR NE 43: 3.8 to 20.5 mA measures, 3.6 and below or 21 and above is a fault.
@Suite struct CurrentLoopCalibrationValueTests {
    private let rising = CurrentLoopCalibration(low: 0, high: 8)
    private let falling = CurrentLoopCalibration(low: 8, high: 0)

    @Test(arguments: [(4.0, 0.0), (12, 4), (20, 8), (3.9, -0.05), (20.4, 8.2)])
    func `a current becomes a value`(milliamperes: Double, value: Double) throws {
        let reading = rising.convert(milliamperes: milliamperes)
        #expect((try #require(reading.value) - value).magnitude < 1e-12)
        #expect(reading.bound == .exact)
        let back = try #require(rising.milliamperes(value: value))
        #expect((back - milliamperes).magnitude < 1e-12)
    }

    @Test(arguments: [3.6, 0, 21, 22, -1])
    func `a fault current is no value`(milliamperes: Double) {
        #expect(rising.convert(milliamperes: milliamperes) == ConvertedReading(value: nil))
    }

    @Test func `a saturated end bounds the value, on the side where the water is`() throws {
        for (milliamperes, top) in [(20.5, true), (20.9, true), (3.8, false), (3.61, false)] {
            let reading = rising.convert(milliamperes: milliamperes)
            #expect(reading.bound == (top ? .atLeast : .below))
            #expect((try #require(reading.value) - (top ? 8.25 : -0.1)).magnitude < 1e-12)
            #expect(
                falling.convert(milliamperes: milliamperes).bound == (top ? .below : .atLeast))
        }
    }

    @Test func `own fault limits are kept to, and what is not a number stays so`() {
        let own = CurrentLoopCalibration(low: 0, high: 8, faultBelow: 3.9, faultAbove: 20.2)
        #expect(own.convert(milliamperes: 3.9).value == nil)
        #expect(own.convert(milliamperes: 20.2).value == nil)
        #expect(rising.convert(milliamperes: .nan).value?.isNaN == true)
        #expect(rising.milliamperes(value: 9) == nil)
    }
}
