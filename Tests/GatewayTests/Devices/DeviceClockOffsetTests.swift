import GatewayModel
import Testing

@testable import Gateway

@Suite struct DeviceClockOffsetTests {
    private func offset(_ readings: [(second: Double, lead: Int64)]) -> Int64? {
        var offset = DeviceClockOffset()
        for reading in readings { offset.take(reading.lead, at: instant(reading.second).steady) }
        return offset.milliseconds
    }

    @Test func `the freshest reading says how far the clocks are apart`() {
        #expect(offset([]) == nil)
        #expect(offset([(0, -900_000), (0, -600_000), (1, -2500), (61, -62_500)]) == -2500)
        #expect(offset([(0, 4000), (60, -60_000)]) == 4000)
    }

    @Test func `a clock that was set is seen within two hours`() {
        #expect(offset([(0, 90_000), (3600, -1000)]) == 90_000)
        #expect(offset([(0, 90_000), (3600, -1000), (7200, -1500)]) == -1000)
    }
}
