import GatewayModel
import Testing

@Suite struct WildlifeRuleTests {
    private let camera: SensorID

    init() throws { camera = try #require(SensorID("seiryuji-01.camera-1")) }

    @Test(arguments: [
        ("Bear", "wildlife.camera-1.bear", "camera-1のクマ", "bear before camera-1"),
        (
            "f1856211;mammalia;cetartiodactyla;cervidae;cervus;nippon;sika deer",
            "wildlife.camera-1.sika deer", "camera-1のニホンジカ", "sika deer before camera-1"
        ),
        ("", "wildlife.camera-1", "camera-1の動物", "animals before camera-1"),
        ("v1.2 cat", "wildlife.camera-1.v1.2 cat", "camera-1のv1.2 cat", "v1.2 cat before camera-1"),
    ])
    func `a rule names camera and species, and reads back`(
        words: String, rule: String, japanese: String, english: String
    ) throws {
        let subject = AlarmSubject(camera: camera, species: words)
        #expect(subject.station == camera.station && subject.rule == rule)
        let read = try #require(subject.wildlifeRule)
        #expect(read.camera == "camera-1")
        #expect(read.nameJapanese(at: nil) == japanese)
        #expect(read.nameEnglish(at: nil) == english)
    }

    @Test func `a name without end is cut off, and other rules are no animal's`() {
        let long = AlarmSubject(camera: camera, species: String(repeating: "x", count: 9_000))
        #expect(long.rule.count < 100)
        #expect(AlarmSubject(station: camera.station, level: .danger).wildlifeRule == nil)
        #expect(WildlifeRule("system.line.rain") == nil)
    }
}
