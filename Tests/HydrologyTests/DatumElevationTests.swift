import GatewayModel
import Hydrology
import Testing

@Suite struct DatumElevationTests {
    @Test(arguments: [(12.34, 1.25, 13.59), (16.7, -1.9, 14.8), (0, 3.1, 3.1)])
    func `the elevation is the gauge zero plus the stage`(
        zero: Double, stage: Double, elevation: Double
    ) {
        let computed = Datum(name: "T.P.", zeroMetres: zero).elevationMetres(stageMetres: stage)
        #expect(abs(computed - elevation) < 1e-9)
    }
}
