import Hydrology
import Testing

/// - Source: the table of the textbook formula, whose linear form stays within 0.3 % of it.
@Suite struct SpeedOfSoundTests {
    @Test(arguments: [
        (-10.0, 325.18), (0, 331.30), (10, 337.31), (20, 343.21), (25, 346.13), (30, 349.02),
        (40, 354.73),
    ])
    func `sound is faster in warm air`(celsius: Double, metresPerSecond: Double) {
        let speed = SpeedOfSound.metresPerSecond(celsius: celsius)
        #expect((speed - metresPerSecond).magnitude < 0.006)
        #expect((speed / (331.3 + 0.606 * celsius) - 1).magnitude < 0.003)
    }

    @Test func `a thermometer's own error codes are no temperature of the air`() {
        for code in [85.0, -127, 999] { #expect(!SpeedOfSound.airCelsius.contains(code)) }
    }
}
