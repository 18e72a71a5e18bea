import Testing

@testable import Gateway

@Suite struct StationTimeZoneTests {
    @Test(
        arguments: [
            ("Asia/Tokyo", 32_400), ("UTC", 0), ("Asia/Kathmandu", 20_700), ("+09:00", 32_400),
            ("-03:30", -12_600), ("America/Phoenix", -25_200),
        ])
    func `a zone without changes has its offset`(text: String, seconds: Int) {
        #expect(StationTimeZone.find(text) == .fixed(offsetSeconds: seconds))
    }

    @Test(arguments: ["Europe/Paris", "America/New_York", "Australia/Lord_Howe"])
    func `a zone whose clocks change is told apart`(text: String) {
        guard case .changing(let least, let greatest) = StationTimeZone.find(text) else {
            Issue.record("\(text) was not found to change")
            return
        }
        #expect(least < greatest)
    }

    @Test(arguments: ["", "Tokyo", "JST", "Asia/Nowhere", "+9:00", "+09:60", "+15:00", "+0x:00"])
    func `nonsense is unknown`(text: String) {
        #expect(StationTimeZone.find(text) == .unknown)
    }
}
