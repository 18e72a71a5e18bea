import Hydrology
import Testing

@Suite struct QuantileTests {
    /// - Source: numpy.quantile([1, 2, 4, 8, 16], …).
    @Test(arguments: [(0.0, 1.0), (0.025, 1.1), (0.5, 4), (0.75, 8), (0.975, 15.2), (1, 16)])
    func `a quantile lies between its neighbours`(share: Double, value: Double) {
        #expect((Quantile.of([1, 2, 4, 8, 16], at: share) - value).magnitude < 1e-12)
        #expect(Quantile.of([7], at: share) == 7)
    }
}
