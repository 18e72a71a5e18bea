import Hydrology
import Testing

@Suite struct WaterDensityTests {
    /// - Source: the tables of Kell (1975) and of the CIPM, to the second decimal.
    @Test(arguments: [
        (0.0, 999.84), (4, 999.97), (10, 999.70), (15, 999.10), (20, 998.21), (25, 997.05),
        (30, 995.65),
    ])
    func `water is heaviest at four degrees`(celsius: Double, density: Double) {
        let reckoned = WaterDensity.kilogramsPerCubicMetre(celsius: celsius)
        #expect((reckoned - density).magnitude < 0.011)
    }

    @Test func `a hectopascal is a good centimetre of water`() {
        let millimetres = WaterDensity.celsius.bounds.map { celsius in
            100 / (WaterDensity.kilogramsPerCubicMetre(celsius: celsius) * 9.80665) * 1000
        }
        #expect(millimetres.allSatisfy { (10.19...10.28).contains($0) })
    }
}

extension ClosedRange<Double> {
    fileprivate var bounds: [Double] { [lowerBound, upperBound] }
}
