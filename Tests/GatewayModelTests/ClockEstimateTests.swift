import GatewayModel
import Testing

@Suite struct ClockEstimateTests {
    /// Both clocks at a second of the boot; the civil one is `ahead` seconds ahead of the truth.
    private func clocks(
        _ second: Double, ahead: Double = 0, _ quality: ClockQuality = .synchronised
    ) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(second * 1e9),
            utc: UTCInstant(milliseconds: 1_795_252_200_000 + Int64((second + ahead) * 1000)),
            quality: quality)
    }

    @Test func `a clock that nobody has confirmed is shown as it is`() {
        var estimate = ClockEstimate()
        let reading = clocks(5, ahead: -7200, .unknown)
        #expect(estimate.step(reading, errorMilliseconds: 9) == reading)
        #expect(estimate.anchor == nil)
        #expect(estimate.errorMilliseconds(atNanoseconds: 0) == nil)
    }

    @Test func `the first synchronisation is the anchor, and dates what came before`() {
        var estimate = ClockEstimate()
        _ = estimate.step(clocks(5, ahead: -7200, .unknown), errorMilliseconds: 9)
        #expect(estimate.step(clocks(600), errorMilliseconds: 9) == clocks(600))
        #expect(estimate.anchor?.utc(atNanoseconds: 5_000_000_000) == clocks(5).utc)
        #expect(estimate.anchor?.errorMilliseconds(atNanoseconds: 600_000_000_000) == 9)
        // 100 ppm of a day.
        #expect(estimate.anchor?.errorMilliseconds(atNanoseconds: 87_000_000_000_000) == 8649)
    }

    @Test(arguments: [7200.0, -7200, 20, -1_576_800_000])
    func `a clock that is moved is not followed, and one that is moved back is believed again`(
        step: Double
    ) {
        var estimate = ClockEstimate()
        _ = estimate.step(clocks(0), errorMilliseconds: 1)
        for second in stride(from: 10.0, through: 900, by: 10) {
            let believed = estimate.step(clocks(second, ahead: step), errorMilliseconds: 1)
            #expect(believed.utc == clocks(second).utc && believed.quality == .provisional)
        }
        #expect(estimate.step(clocks(901), errorMilliseconds: 1) == clocks(901))
        // From now on the fifteen minutes begin anew.
        let again = estimate.step(clocks(905, ahead: step), errorMilliseconds: 1)
        #expect(again.quality == .provisional)
    }

    @Test func `a clock that stands by its new time for fifteen minutes is believed`() {
        var estimate = ClockEstimate()
        _ = estimate.step(clocks(0), errorMilliseconds: 1)
        for second in stride(from: 10.0, through: 909, by: 1) {
            let believed = estimate.step(clocks(second, ahead: 60), errorMilliseconds: 1)
            #expect(believed.utc == clocks(second).utc)
        }
        #expect(
            estimate.step(clocks(910, ahead: 60), errorMilliseconds: 1) == clocks(910, ahead: 60))
        #expect(estimate.anchor?.utc == clocks(910, ahead: 60).utc)
    }

    @Test func `a slew is followed however far it leads`() {
        var estimate = ClockEstimate()
        for minute in 0...2000 {
            // 500 ppm, the most that the kernel slews.
            let reading = clocks(Double(minute) * 60, ahead: Double(minute) * 0.03)
            #expect(estimate.step(reading, errorMilliseconds: 1) == reading)
        }
    }

    @Test func `a clock that lost its source goes on as provisional`() {
        var estimate = ClockEstimate(
            restoring: ClockAnchor(
                monotonicNanoseconds: 0, utc: clocks(0).utc, errorMilliseconds: 10))
        let believed = estimate.step(clocks(86_400, ahead: 4, .unknown), errorMilliseconds: 0)
        #expect(believed.utc == clocks(86_400).utc && believed.quality == .provisional)
        #expect(
            estimate.errorMilliseconds(atNanoseconds: believed.monotonicNanoseconds) == 8650)
        // Within what it may have drifted, it is the same clock.
        let back = clocks(86_460, ahead: 8)
        #expect(estimate.step(back, errorMilliseconds: 1) == back)
    }

    @Test func `a simulated clock is nobody's business`() {
        var estimate = ClockEstimate()
        for second in [0.0, 9000, 5] {
            let reading = clocks(0, ahead: second, .simulated)
            #expect(estimate.step(reading, errorMilliseconds: 1) == reading)
        }
        #expect(estimate.anchor == nil)
    }
}
