import GatewayModel
import Hydrology
import Testing

@Suite struct UltrasonicCalibrationStageTests {
    private func calibration(
        _ input: UltrasonicCalibration.Input, tiltDegrees: Double = 0
    ) -> UltrasonicCalibration {
        UltrasonicCalibration(
            input: input, heightMetres: 0, tiltDegrees: tiltDegrees,
            temperature: Companion(constant: 20))
    }

    /// An echo of 11 650 µs at 25 °C is 2.0162 m; by 58 µs for a centimetre it is 2.0086 m.
    @Test func `an echo's time becomes a distance by the air's temperature`() {
        let echo = calibration(.echoMicroseconds)
        #expect((echo.stageMetres(raw: 11_650, celsius: 25) + 2.0162).magnitude < 0.000_05)
        // 58 µs for a centimetre is 344.83 m/s, which holds at 22.7 °C.
        let rule = calibration(
            .distance(metresPerUnit: 0.01, assumedMetresPerSecond: 2 / 58e-6 / 100))
        let assumed = 11_650.0 / 58
        #expect((assumed - 200.86).magnitude < 0.005)
        #expect((rule.stageMetres(raw: assumed, celsius: 25) + 2.0162).magnitude < 0.000_05)
    }

    @Test func `a degree is 9 millimetres in 5 metres`() {
        let echo = calibration(.echoMicroseconds)
        let raw = echo.raw(stageMetres: -5, celsius: 20)
        let change = echo.stageMetres(raw: raw, celsius: 21) + 5
        #expect((-0.009...(-0.008)).contains(change))
    }

    @Test(arguments: [
        (0.0, 1.0), (10, 0.984_807_753_012_208), (30, 0.866_025_403_784_438_6),
        (45, 0.707_106_781_186_547_5),
    ])
    func `a tilted beam is longer than the height`(tiltDegrees: Double, cosine: Double) {
        let level = calibration(.echoMicroseconds).stageMetres(raw: 10_000, celsius: 15)
        let tilted = calibration(.echoMicroseconds, tiltDegrees: tiltDegrees)
            .stageMetres(raw: 10_000, celsius: 15)
        #expect((tilted / level - cosine).magnitude < 1e-15)
    }
}
