import GatewayModel
import Hydrology
import Testing

@Suite struct TippingIntensityTests {
    private let bucket = TippingIntensity(
        TippingBucketCalibration(depthMillimetres: 0.5, deadSeconds: 0.5))

    /// Half a millimetre for a tip, half a second of it lost.
    @Test(arguments: [(50.0, 50.70), (100, 102.86), (200, 211.76), (0, 0)])
    func `heavy rain is more than the bucket says`(measured: Double, true intensity: Double) throws
    {
        let corrected = try #require(bucket.corrected(measured: measured))
        #expect((corrected - intensity).magnitude < 0.006)
        #expect((bucket.measured(corrected: corrected) - measured).magnitude < 1e-9)
    }

    @Test func `a bucket cannot tip faster than it tips`() {
        #expect(bucket.greatestMeasured == 3600)
        #expect(bucket.corrected(measured: 3600) == nil)
        #expect(bucket.corrected(measured: -1) == nil)
        #expect(bucket.measured(corrected: 1e12) < 3600)
    }

    @Test func `without dead time nothing is lost`() {
        let ideal = TippingIntensity(
            TippingBucketCalibration(depthMillimetres: 0.2, deadSeconds: 0))
        #expect(ideal.corrected(measured: 300) == 300)
        #expect(ideal.greatestMeasured == .infinity)
    }
}
