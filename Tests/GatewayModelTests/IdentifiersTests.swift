import GatewayModel
import Testing

@Suite struct IdentifiersTests {
    @Test(arguments: ["a", "0", "seiryuji-01", "a_b", "9-_", String(repeating: "x", count: 63)])
    func `a slug is a name`(text: String) {
        #expect(StationID(text)?.text == text)
    }

    @Test(arguments: [
        "", "-a", "_a", "A", "a.b", "a/b", "a b", "a#", "a+", "青龍寺", "a\0", "a\n", "é", "../x",
        String(repeating: "x", count: 64),
    ])
    func `what could break a topic, a path or a URL is no name`(text: String) throws {
        #expect(StationID(text) == nil)
        #expect(SensorID(station: try #require(StationID("a")), local: text) == nil)
    }

    @Test func `a sensor's written form reads back`() throws {
        let station = try #require(StationID("seiryuji-01"))
        let sensor = try #require(SensorID(station: station, local: "stage-1"))
        #expect(sensor.description == "seiryuji-01.stage-1")
        #expect(SensorID(sensor.description) == sensor)
    }

    @Test(arguments: ["", ".", "a", "a.", ".b", "a.b.c", "a..b", "a.B", " a.b"])
    func `what is not station dot sensor is refused`(text: String) {
        #expect(SensorID(text) == nil)
    }
}
