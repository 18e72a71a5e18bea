import GatewayModel
import Hydrology
import Testing

@Suite struct TableCalibrationValueTests {
    private func table(
        _ points: [(Double, Double)], ends: TableCalibration.Ends = .bound
    ) -> TableCalibration {
        TableCalibration(points: points.map { .init(raw: $0.0, value: $0.1) }, ends: ends)
    }

    private var rising: TableCalibration { table([(0, -1), (10, 1), (20, 1.5), (40, 6)]) }

    @Test(arguments: [
        (0.0, -1.0), (5, 0), (10, 1), (15, 1.25), (20, 1.5), (30, 3.75), (40, 6),
    ])
    func `between two points runs a line`(raw: Double, value: Double) {
        #expect(rising.convert(raw: raw) == ConvertedReading(value: value))
        #expect(rising.raw(value: value) == raw)
    }

    @Test func `an end bounds the value, on the side where the water is`() {
        #expect(rising.convert(raw: -1) == ConvertedReading(value: -1, bound: .below))
        #expect(rising.convert(raw: 41) == ConvertedReading(value: 6, bound: .atLeast))
        let falling = table([(300, 5), (4000, 1.3)])
        #expect(falling.convert(raw: 299) == ConvertedReading(value: 5, bound: .atLeast))
        #expect(falling.convert(raw: 4001) == ConvertedReading(value: 1.3, bound: .below))
    }

    @Test func `an end may fail instead`() {
        let strict = table([(0, 0), (10, 1)], ends: .fail)
        for raw in [-0.1, 10.1] { #expect(strict.convert(raw: raw).value == .infinity) }
        #expect(strict.convert(raw: 10).value == 1)
        #expect(strict.convert(raw: .nan).value?.isNaN == true)
    }

    @Test func `a value beyond the ends, or one that several raw values have, has none`() {
        #expect(rising.raw(value: 6.1) == nil)
        let hill = table([(0, 0), (10, 5), (20, 2)])
        #expect(!hill.isOneToOne)
        #expect(hill.raw(value: 3) == nil)
        #expect(!table([(0, 0), (10, 5), (20, 5)]).isOneToOne)
    }
}
