import GatewayModel
import Testing

@Suite struct FloodLevelTests {
    private let levels = FloodLevels(
        thresholdMetres: [.standby: 1, .caution: 1.5, .danger: 2.5])

    @Test(arguments: [
        (0.99, nil), (1, FloodLevel.standby), (1.499, .standby), (1.5, .caution), (2.2, .caution),
        (2.5, .danger), (99, .danger), (-1, nil),
    ])
    func `a level is reached where the stage equals or exceeds it`(
        stage: Double, level: FloodLevel?
    ) {
        #expect(levels.reached(stageMetres: stage) == level)
    }

    @Test func `nothing is reached by no number, nor without thresholds`() {
        #expect(levels.reached(stageMetres: .nan) == nil)
        #expect(FloodLevels().reached(stageMetres: 9) == nil)
    }

    @Test func `keys read back and rules name them`() throws {
        let station = try #require(StationID("a"))
        for level in FloodLevel.allCases {
            #expect(FloodLevel(key: level.key) == level)
            #expect(AlarmSubject(station: station, level: level).level == level)
        }
        #expect(FloodLevel(key: "Danger") == nil)
        #expect(AlarmSubject(station: station, rule: "rain.hour").level == nil)
        #expect(AlarmSubject(station: station, rule: "level.hwl").level == nil)
    }

    @Test func `the standby level has no warning level, the others count from two`() {
        #expect(FloodLevel.allCases.map(\.warningLevelEquivalent) == [nil, 2, 3, 4, 5])
    }
}
