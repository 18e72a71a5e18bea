import GatewayModel
import Testing

@Suite struct DrillRequestTests {
    @Test func `a drill speaks under a name that nobody takes for the truth`() throws {
        let station = try #require(StationID("pole-1"))
        let danger = AlarmSubject(station: station, level: .danger)
        let drill = danger.inDrill
        #expect(drill.rule == "drill.level.danger" && drill.isDrill && drill.drilled == danger)
        #expect(drill.level == nil && drill.systemRule == nil && drill.wildlifeRule == nil)
        #expect(!danger.isDrill && danger.drilled == nil)
        #expect(AlarmSubject.exercise(at: station).isDrill)
        #expect(AlarmSubject.exercise(at: station).isExercise)
        #expect(!drill.isExercise && !danger.isExercise)
    }

    @Test func `a request names its station and has a word for the audit log`() throws {
        let station = try #require(StationID("pole-1"))
        let plan = DrillPlan(station: station, course: .flood(peakMetres: 2, seconds: 600))
        #expect(DrillRequest.start(plan).name == "start")
        #expect(DrillRequest.start(plan).station == station)
        #expect(DrillRequest.stop(station).name == "stop")
        #expect(DrillRequest.stop(station).station == station)
    }
}
