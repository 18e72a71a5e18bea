import GatewayModel
import Hydrology
import Testing

@Suite struct RainAccumulatorTests {
    private func rain(_ readings: [(minute: Double, millimetres: Double)]) -> Double? {
        var rain = RainAccumulator()
        for reading in readings {
            rain.record(
                millimetres: reading.millimetres,
                time: UTCInstant(milliseconds: Int64(reading.minute * 60_000)))
        }
        return rain.lastHourMillimetres
    }

    @Test func `a gauge that has seen nothing says nothing`() { #expect(rain([]) == nil) }

    @Test func `six ten-minute totals make an hour, the seventh pushes the first out`() {
        let totals = (1...6).map { (minute: Double($0) * 10, millimetres: Double($0)) }
        #expect(rain(totals) == 21)
        #expect(rain(totals + [(70, 0)]) == 20)
        #expect(rain(totals + [(500, 0)]) == 0)
    }

    @Test func `tips within a minute add up`() {
        #expect(rain([(0.1, 0.5), (0.2, 0.5), (0.9, 0.5), (1, 0.5)]) == 2)
    }

    @Test func `a reading within a minute counts where that minute ends`() {
        #expect(rain([(0.5, 2), (60, 1)]) == 3)
        #expect(rain([(0.5, 2), (60.5, 1)]) == 1)
    }

    @Test func `late readings count within the window and not beyond`() {
        #expect(rain([(60, 1), (10, 2)]) == 3)
        #expect(rain([(60, 1), (0, 2)]) == 1)
    }

    @Test(arguments: [-1, Double.nan, .infinity])
    func `what is no rain adds nothing`(millimetres: Double) {
        #expect(rain([(10, 1), (20, millimetres)]) == 1)
    }
}
