import GatewayModel
import Testing

@Suite struct UTCInstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-21T09:10:00+09:00", 1_795_219_800_000, 32_400),
        ("1969-12-31T23:59:59.999Z", -1, 0),
        ("2000-02-29T12:00:00-03:30", 951_838_200_000, -12_600),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000, 0),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999, 0),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000, 0),
    ])
    func `a time is written and read back`(text: String, milliseconds: Int64, offset: Int) {
        let instant = UTCInstant(milliseconds: milliseconds)
        #expect(instant.rfc3339(offsetSeconds: offset) == text)
        #expect(UTCInstant(rfc3339: text) == instant)
    }

    @Test func `every day of eight centuries reads back`() {
        for day in stride(from: -146_097, through: 146_097, by: 1) {
            let instant = UTCInstant(milliseconds: Int64(day) * 86_400_000 + 1)
            #expect(UTCInstant(rfc3339: instant.rfc3339()) == instant)
        }
    }

    @Test(arguments: [
        ("2026-11-21t09:10:00z", "2026-11-21T09:10:00Z"),
        ("2026-11-21 09:10Z", "2026-11-21T09:10:00Z"),
        ("2026/11/21 09:10+0900", "2026-11-21T00:10:00Z"),
        ("2026-11-21T09:10:00.5Z", "2026-11-21T09:10:00.500Z"),
        ("2026-11-21T09:10:00.123456789Z", "2026-11-21T09:10:00.123Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
        ("2026-12-31T24:00Z", "2027-01-01T00:00:00Z"),
        ("2026-11-21T09:10:00-00:00", "2026-11-21T09:10:00Z"),
    ])
    func `the forms of river data are read`(text: String, same: String) {
        #expect(UTCInstant(rfc3339: text)?.rfc3339() == same)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-11-21T", "2026-11-21T09", "2026-11-21T09:10:00",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "2026-11-21T25:00:00Z", "2026-11-21T24:00:01Z", "2026-11-21T24:01Z",
        "2026-11-21T09:60:00Z", "2026-11-21T09:10:61Z", "2026-11-21T09:10:00.Z",
        "2026-11-21T09:10:00+24:00", "2026-11-21T09:10:00+09:60", "2026-11-21T09:10:00+9:00",
        "2026-11-21T09:10:00Zx", "2026-11-21T09:10:00Z ", " 2026-11-21T09:10:00Z",
        "+026-11-21T09:10:00Z", "-026-11-21T09:10:00Z", "2026-1-21T09:10:00Z", "02026-11-21T09:10Z",
        "２０２６-11-21T09:10:00Z", "2026-11-21T09:10:00\u{0}", "2026-11-21T09:10:0\u{0660}Z",
        "2026-11-21T09:10:00Ｚ", "2026\u{301}-11-21T09:10:00Z",
    ])
    func `hostile text is no time`(text: String) {
        #expect(UTCInstant(rfc3339: text) == nil)
    }

    @Test func `a text without a zone takes the default zone`() {
        let text = "2026-11-21T09:10:00"
        #expect(
            UTCInstant(rfc3339: text, defaultOffsetSeconds: 32_400)?.rfc3339()
                == "2026-11-21T00:10:00Z")
        #expect(
            UTCInstant(rfc3339: text + "Z", defaultOffsetSeconds: 32_400)?.rfc3339()
                == "2026-11-21T09:10:00Z")
    }

    @Test func `the ends of 64 bits are written and subtracted without trapping`() {
        let low = UTCInstant(milliseconds: .min)
        let high = UTCInstant(milliseconds: .max)
        #expect(high.rfc3339(offsetSeconds: 32_400) == "9999-12-31T23:59:59.999+09:00")
        #expect(low.rfc3339(offsetSeconds: -32_400) == "0000-01-01T00:00:00-09:00")
        #expect(high.seconds(since: low) > 1.8e16)
        #expect(low.seconds(since: high) < -1.8e16)
        #expect(high.advanced(byMilliseconds: 1) == high)
        #expect(low.advanced(byMilliseconds: -1) == low)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, 1e16])
    func `seconds that do not fit are refused`(seconds: Double) {
        #expect(UTCInstant(secondsSinceEpoch: seconds) == nil)
    }

    @Test(arguments: [(0.0004, 0), (0.0006, 1), (-1.5, -1500), (1.8e9, 1_800_000_000_000)])
    func `seconds round to the nearest millisecond`(seconds: Double, milliseconds: Int64) {
        #expect(UTCInstant(secondsSinceEpoch: seconds)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["2026-05-28", "2024-02-29", "0000-01-01"])
    func `a day reads back`(text: String) throws {
        let date = try #require(CalendarDate(text))
        #expect(UTCInstant(rfc3339: text + "T12:00:00Z")?.date == date)
    }

    @Test(arguments: ["2026-5-28", "2026/05/28", "2026-02-29", "2026-05-28 ", "28.05.2026", ""])
    func `what is no day is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test func `days have an order over the turn of the year`() throws {
        let days = try ["2025-12-31", "2026-01-01", "2026-05-27", "2026-05-28"].map {
            try #require(CalendarDate($0))
        }
        #expect(days == days.sorted() && Set(days).count == 4)
        #expect(!(days[0] < days[0]))
    }

    @Test(arguments: [
        ("2023-11-14T23:59:59.999Z", 2023, 11, 14, 318), ("2024-12-31T00:00Z", 2024, 12, 31, 366),
        ("2025-12-31T00:00Z", 2025, 12, 31, 365), ("1969-12-31T23:59Z", 1969, 12, 31, 365),
        ("2024-03-01T00:00Z", 2024, 3, 1, 61),
    ])
    func `an instant has a date`(text: String, year: Int, month: Int, day: Int, dayOfYear: Int) {
        let date = UTCInstant(rfc3339: text)?.date
        #expect(
            date == CalendarDate(year: year, month: month, day: day, dayOfYear: dayOfYear))
    }
}
