import GatewayModel
import Testing

@Suite struct SystemRuleTests {
    @Test func `a rule of the gateway names its matter and sensor`() throws {
        let rule = try #require(SystemRule("system.line.rain-1"))
        #expect(rule.matter == "line" && rule.sensor == "rain-1" && !rule.isTamper)
        #expect(SystemRule("system.tamper.door-1")?.isTamper == true)
        #expect(SystemRule("system.clock")?.sensor == "")
        #expect(SystemRule("level.danger") == nil)
        #expect(SystemRule("systematic.line") == nil)
    }

    @Test func `a sensor's name stands in for its id where it can be read`() throws {
        let id = try #require(StationID("pole-1"))
        let sensor = SensorDescription(
            id: try #require(SensorID(station: id, local: "rain-1")), name: "雨量計",
            kind: SensorKind("rain.tipping"), rawUnit: "tips",
            calibration: Calibration(form: .counter(scale: 0.5), unit: "mm"))
        var station = Station(id: id, name: "P", river: "R", sensors: [sensor])
        let rule = try #require(SystemRule("system.line.rain-1"))
        #expect(rule.nameJapanese(at: station) == "GPIO線 雨量計")
        #expect(rule.nameEnglish(at: station) == "the GPIO line of rain-1")
        station.sensors[0].name = "Rain gauge"
        #expect(rule.nameEnglish(at: station) == "the GPIO line of Rain gauge")
        #expect(rule.nameJapanese(at: nil) == "GPIO線 rain-1")
        #expect(SystemRule("system.tamper.lid")?.nameEnglish(at: nil) == "the tamper contact lid")
    }
}
