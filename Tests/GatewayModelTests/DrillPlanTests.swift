import GatewayModel
import Testing

@Suite struct DrillPlanTests {
    private let station: StationID

    init() throws { station = try #require(StationID("pole-1")) }

    private func flood(_ peakMetres: Double, minutes: Double) -> DrillPlan {
        DrillPlan(
            station: station, course: .flood(peakMetres: peakMetres, seconds: minutes * 60))
    }

    private func scenario(_ points: [(Double, Double)]) -> DrillPlan {
        DrillPlan(
            station: station,
            course: .scenario(points.map { DrillPoint(offsetSeconds: $0.0, stageMetres: $0.1) }))
    }

    @Test func `what can be carried out has no flaw`() {
        for plan in [
            flood(3.2, minutes: 1), flood(-100, minutes: 180), scenario([(0, 1), (60, 2)]),
            scenario([(30, 1), (31, -1), (10_800, 100)]),
            scenario((0..<400).map { (Double($0), 1) }),
        ] { #expect(plan.flaw == nil) }
    }

    @Test(arguments: [0.9, 180.1, .nan, .infinity, -1])
    func `a flood of another length is refused by its name`(minutes: Double) {
        let flaw = flood(3, minutes: minutes).flaw
        #expect(flaw.map { "\($0)" } == "minutes: send 1 to 180")
    }

    @Test(arguments: [100.1, -100.1, .nan, .infinity])
    func `a peak beyond any river is refused by its name`(metres: Double) {
        #expect(flood(metres, minutes: 10).flaw?.parameter == "peak_m")
        #expect(scenario([(0, 1), (60, metres)]).flaw?.pointIndex == 1)
    }

    @Test func `a scenario is refused at the point that is wrong`() {
        #expect(scenario([]).flaw?.advice == "has 0 points; send 2 to 400")
        #expect(scenario([(0, 1)]).flaw?.pointIndex == nil)
        #expect(scenario((0..<401).map { (Double($0), 1) }).flaw != nil)
        #expect(scenario([(0, 1), (30, 2), (30.5, 3), (60, 4)]).flaw?.pointIndex == 2)
        #expect(scenario([(0, 1), (60, 2), (40, 3)]).flaw?.pointIndex == 2)
        #expect(scenario([(-1, 1), (60, 2)]).flaw?.pointIndex == 0)
        #expect(scenario([(0, 1), (10_801, 2)]).flaw?.pointIndex == 1)
        #expect(scenario([(0, 1), (59, 2)]).flaw?.pointIndex == 1)
        #expect(scenario([(0, 1), (.nan, 2)]).flaw?.pointIndex == 1)
        let text = scenario([(0, 1), (0, 2)]).flaw?.description
        #expect(
            text == "scenario: point 2: the time must be at least a second after the one before it")
    }

    @Test func `it says in a few words what it is to be`() {
        #expect(flood(3.2, minutes: 30).summary == "3.2 m, 30 min")
        var loud = scenario([(0, 1), (45, 2.5), (90, 0)])
        loud.isAloud = true
        #expect(loud.summary == "2.5 m, 1.5 min, with sirens")
        #expect(loud.seconds == 90 && loud.highestMetres == 2.5)
    }
}
