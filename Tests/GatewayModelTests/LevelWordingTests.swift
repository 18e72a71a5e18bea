import GatewayModel
import Testing

@Suite struct LevelWordingTests {
    private let station: Station

    init() throws {
        station = Station(
            id: try #require(StationID("seiryuji-01")), name: "青龍寺川 第1", river: "青龍寺川")
    }

    private func wording(at text: String, of station: Station? = nil) throws -> LevelWording {
        (station ?? self.station).wording(at: try #require(UTCInstant(rfc3339: text)))
    }

    @Test func `the new words hold from midnight in Japan on, to the second`() throws {
        #expect(try wording(at: "2026-05-27T23:59:59+09:00") == .of2021)
        #expect(try wording(at: "2026-05-27T23:59:59.999+09:00") == .of2021)
        #expect(try wording(at: "2026-05-28T00:00:00+09:00") == .of2026)
        #expect(try wording(at: "2026-05-27T15:00:00Z") == .of2026)
        #expect(try wording(at: "2021-05-20T00:00:00+09:00") == .of2021)
        #expect(try wording(at: "2030-01-01T00:00:00+09:00") == .of2026)
    }

    @Test func `the station's own calendar decides, and its file may name another day`() throws {
        var elsewhere = station
        elsewhere.offsetSeconds = -5 * 3600
        #expect(try wording(at: "2026-05-28T04:59:59Z", of: elsewhere) == .of2021)
        #expect(try wording(at: "2026-05-28T05:00:00Z", of: elsewhere) == .of2026)
        var later = station
        later.levels.wording2026From = try #require(CalendarDate("2027-04-01"))
        #expect(try wording(at: "2027-03-31T23:59:59+09:00", of: later) == .of2021)
        #expect(try wording(at: "2027-04-01T00:00:00+09:00", of: later) == .of2026)
        let written = try #require(CalendarDate("2026-05-28"))
        #expect(LevelWording.changeover2026 == written)
    }

    @Test func `each level has its equivalent in the words of its time`() {
        #expect(
            FloodLevel.allCases.map(LevelWording.of2021.equivalentJapanese) == [
                nil, "警戒レベル2相当", "警戒レベル3相当", "警戒レベル4相当", "警戒レベル5相当",
            ])
        #expect(
            FloodLevel.allCases.map(LevelWording.of2026.equivalentJapanese) == [
                nil, "警戒レベル2相当・注意報相当", "警戒レベル3相当・警報相当", "警戒レベル4相当・危険警報相当",
                "警戒レベル5相当・特別警報相当",
            ])
        #expect(
            FloodLevel.allCases.map { LevelWording.of2021.equivalentEnglish(of: $0) } == [
                nil, "warning level 2", "warning level 3", "warning level 4", "warning level 5",
            ])
        #expect(
            FloodLevel.allCases.map { LevelWording.of2026.equivalentEnglish(of: $0, term: "L") }
                == [
                    nil, "L 2, advisory", "L 3, warning", "L 4, danger warning",
                    "L 5, emergency warning",
                ])
    }

    @Test(arguments: LevelWording.allCases, FloodLevel.allCases)
    func `no words claim a level or a warning, only what is equivalent to it`(
        wording: LevelWording, level: FloodLevel
    ) {
        let text = wording.equivalentJapanese(of: level) ?? ""
        for part in text.split(separator: "・") { #expect(part.hasSuffix("相当")) }
        #expect(!text.contains("氾濫"))
    }
}
