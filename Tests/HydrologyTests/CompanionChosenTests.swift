import GatewayModel
import Hydrology
import Testing

@Suite struct CompanionChosenTests {
    private func companion() throws -> Companion {
        Companion(
            constant: 15,
            source: .init(sensor: try #require(SensorID("pole-1.air")), greatestAgeSeconds: 600))
    }

    @Test(arguments: [(12.5, 12.5, false), (nil, 15, true), (60.1, 15, true), (.nan, 15, true)])
    func `a source is asked first`(measured: Double?, value: Double, standsIn: Bool) throws {
        let chosen = try companion().chosen(measured: measured, plausible: -45...60)
        #expect(chosen == (value, standsIn))
    }

    @Test func `without a source the constant is the truth`() {
        let chosen = Companion(constant: 15).chosen(measured: 3, plausible: -45...60)
        #expect(chosen == (15, false))
    }
}
