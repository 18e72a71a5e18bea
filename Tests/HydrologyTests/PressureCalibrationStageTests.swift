import GatewayModel
import Hydrology
import Testing

@Suite struct PressureCalibrationStageTests {
    private func calibration(pascalsPerUnit: Double = 1) -> PressureCalibration {
        PressureCalibration(
            pascalsPerUnit: pascalsPerUnit, elevationMetres: 0.2, density: .constant(1000),
            gravity: 9.8)
    }

    @Test func `9800 pascals are a metre of water`() {
        let stage = calibration().stageMetres(raw: 9800, density: 1000, airPascals: 0)
        #expect((stage - 1.2).magnitude < 1e-12)
        let absolute = calibration(pascalsPerUnit: 1000)
            .stageMetres(raw: 111.125, density: 1000, airPascals: 101_325)
        #expect((absolute - 1.2).magnitude < 1e-12)
    }

    @Test func `30 hectopascals of weather are 31 centimetres`() {
        let dry = calibration().stageMetres(raw: 101_325, density: 999.1, airPascals: 98_325)
        #expect((dry - 0.2 - 0.31).magnitude < 0.005)
    }

    @Test func `mud weighs, and the depth reads as much too high`() {
        let raw = calibration().raw(stageMetres: 2.2, density: 1030, airPascals: 0)
        let stage = calibration().stageMetres(raw: raw, density: 1000, airPascals: 0)
        #expect((stage - 0.2 - 2 * 1.03).magnitude < 1e-9)
    }
}
