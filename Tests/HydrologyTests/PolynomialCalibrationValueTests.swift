import GatewayModel
import Hydrology
import Testing

@Suite struct PolynomialCalibrationValueTests {
    private let curve = PolynomialCalibration(
        coefficients: [1, -2, 0.5], rawRange: .init(low: 3, high: 10))

    @Test func `the coefficients begin with the constant`() {
        #expect(curve.convert(raw: 4) == ConvertedReading(value: 1))
        #expect(curve.convert(raw: 10) == ConvertedReading(value: 31))
    }

    @Test func `outside the range the value is reckoned, and told so`() {
        for raw in [2.99, 10.01, -5] { #expect(curve.convert(raw: raw).isEstimated) }
        for raw in [3.0, 10] { #expect(!curve.convert(raw: raw).isEstimated) }
    }

    @Test func `a raw value is found within the range only`() throws {
        #expect((try #require(curve.raw(value: 1)) - 4).magnitude < 1e-12)
        #expect(curve.raw(value: 31) == 10)
        #expect(curve.raw(value: 32) == nil && curve.raw(value: -0.6) == nil)
    }

    @Test func `a polynomial that turns is seen`() {
        #expect(curve.isOneToOne)
        let turning = PolynomialCalibration(
            coefficients: curve.coefficients, rawRange: .init(low: 0, high: 10))
        #expect(!turning.isOneToOne)
        #expect(turning.raw(value: 0) == nil)
        let falling = PolynomialCalibration(
            coefficients: [4, -0.001], rawRange: .init(low: 0, high: 4000))
        #expect(falling.isOneToOne)
        #expect(falling.raw(value: 4.1) == nil)
    }
}
