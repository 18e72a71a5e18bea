import Hydrology
import Testing

@Suite struct StageTextTests {
    @Test(arguments: [
        (1.52, "1.52"), (1.524, "1.52"), (1.525, "1.53"), (1.005, "1.01"), (0, "0.00"),
        (-0.0, "0.00"), (-0.004, "0.00"), (-0.005, "-0.01"), (-0.93, "-0.93"), (-1.005, "-1.01"),
        (9.999, "10.00"), (0.07, "0.07"), (12.3, "12.30"), (1.4949999, "1.49"),
    ])
    func `a stage reads as whole centimetres`(stage: Double, text: String) {
        #expect(StageText(stageMetres: stage)?.description == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e7, 1e308])
    func `what no river can be has no text`(stage: Double) {
        #expect(StageText(stageMetres: stage) == nil)
    }
}
