import GatewayModel
import Testing

@testable import GPIOSource

@Suite struct TurnClockTests {
    private let clock = TurnClock(
        now: GatewayInstant(
            monotonicNanoseconds: 5 * second, utc: UTCInstant(milliseconds: 1_000_000),
            quality: .provisional))

    /// Nanoseconds from the present, and the milliseconds that the civil clock said then.
    private static let cases: [(difference: Int64, milliseconds: Int64)] = [
        (0, 1_000_000), (-1_000_000_000, 999_000), (-1, 999_999), (-999_999, 999_999),
        (-1_000_000, 999_999), (-1_000_001, 999_998), (999_999, 1_000_000),
        (1_000_000, 1_000_001),
    ]

    @Test(arguments: cases)
    func `civil times are reckoned from the present, rounded down`(
        difference: Int64, milliseconds: Int64
    ) {
        #expect(clock.utc(atNanoseconds: 5 * second + difference).milliseconds == milliseconds)
    }

    @Test func `a moment keeps its monotonic time and the clock's quality`() {
        let instant = clock.instant(atNanoseconds: 4 * second + 7)
        #expect(instant.monotonicNanoseconds == 4 * second + 7)
        #expect(instant.quality == .provisional)
    }
}
