import Hydrology
import Testing

@Suite struct StudentQuantileTests {
    /// - Source: printed tables of Student's t, 97.5 %.
    @Test(arguments: [
        (1, 12.7062), (5, 2.5706), (30, 2.0423), (31, 2.0395), (40, 2.0211), (120, 1.9799),
        (1_000_000, 1.9600),
    ])
    func `few points make wide intervals`(degreesOfFreedom: Int, quantile: Double) {
        let found = StudentQuantile.twoSided95(degreesOfFreedom: degreesOfFreedom)
        #expect((found - quantile).magnitude < 0.000_1)
    }
}
