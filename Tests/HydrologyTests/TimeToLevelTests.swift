import GatewayModel
import Hydrology
import Testing

@Suite struct TimeToLevelTests {
    private let levels = FloodLevels(thresholdMetres: [.caution: 1.5, .danger: 2.5, .overflow: 3.2])

    private func rate(
        _ metresPerHour: Double, error: Double = 0, at stageMetres: Double = 1
    ) -> RateOfRise {
        RateOfRise(
            metresPerHour: metresPerHour, standardErrorMetresPerHour: error,
            stageMetres: stageMetres, spanSeconds: 1800, pointCount: 31)
    }

    @Test func `a rise is drawn on to the next level, with the range of its doubt`() throws {
        let time = try #require(TimeToLevel(rate(1, error: 0.1), levels: levels))
        #expect(time.level == .caution && time.thresholdMetres == 1.5)
        #expect(time.minutes == 30)
        #expect(abs(time.earliestMinutes - 25) < 1e-9)
        #expect(abs(try #require(time.latestMinutes) - 37.5) < 1e-9)
    }

    @Test func `a level that is reached is not the next one`() {
        #expect(TimeToLevel(rate(2, at: 1.5), levels: levels)?.level == .danger)
        #expect(TimeToLevel(rate(2, at: 3.2), levels: levels) == nil)
    }

    @Test(arguments: [0.0, -1, 0.05, 0.3])
    func `what may be no rise is not drawn on`(metresPerHour: Double) {
        #expect(TimeToLevel(rate(metresPerHour, error: 0.15), levels: levels) == nil)
    }

    @Test func `nothing is said beyond the horizon`() throws {
        #expect(TimeToLevel(rate(0.4), levels: levels) == nil)
        // Perhaps within the hour, perhaps not: the late end is open.
        let open = try #require(TimeToLevel(rate(0.55, error: 0.1), levels: levels))
        #expect(open.earliestMinutes < 60 && open.latestMinutes == nil)
    }
}
