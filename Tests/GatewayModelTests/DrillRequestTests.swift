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
    }
}
