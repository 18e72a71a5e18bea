import Console
import Foundation
import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct DrillQueryTests {
    private func plan(_ course: DrillPlan.Course, isAloud: Bool = false) throws -> DrillPlan {
        DrillPlan(
            station: try #require(StationID("pole-1")), course: course, isAloud: isAloud)
    }

    @Test func `a plan is sent as the API takes it`() throws {
        let flood = DrillQuery.body(of: try plan(.flood(peakMetres: 3.2, seconds: 1800)))
        #expect(flood["station"] as? String == "pole-1" && flood["siren"] as? Bool == false)
        #expect(flood["peak_m"] as? Double == 3.2 && flood["minutes"] as? Double == 30)
        #expect(flood["scenario"] == nil)
        let points = [
            DrillPoint(offsetSeconds: 0, stageMetres: 1),
            DrillPoint(offsetSeconds: 60, stageMetres: 2.5),
        ]
        let scenario = DrillQuery.body(of: try plan(.scenario(points), isAloud: true))
        #expect(scenario["siren"] as? Bool == true && scenario["peak_m"] == nil)
        #expect(
            scenario["scenario"] as? [[String: Double]] == [
                ["offset_s": 0, "stage_m": 1], ["offset_s": 60, "stage_m": 2.5],
            ])
    }

    @Test func `a line says what it is first`() throws {
        var status = DrillStatus(
            station: try #require(StationID("pole-1")), actor: "local:sato", began: instant().utc,
            endsBy: instant(900).utc, highestMetres: 3.2, seconds: 300, isAloud: false)
        let line = DrillQuery.line(DrillDocument(status, offsetSeconds: 32_400))
        #expect(line.hasPrefix("【訓練】 pole-1  to 3.2 m, begun by local:sato at "))
        #expect(line.hasSuffix("+09:00"))
        status.isAloud = true
        #expect(
            DrillQuery.line(DrillDocument(status, offsetSeconds: 0))
                .hasSuffix(", with sirens and lamps"))
    }
}
