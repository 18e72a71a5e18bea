import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct SimulatedClockTests {
    @Test func `a driven clock stands still until it is driven, and never goes back`() {
        let clock = SimulatedClock(start: instant().utc, speed: nil)
        #expect(clock.now().utc == instant().utc)
        #expect(clock.now().monotonicNanoseconds == 0)
        #expect(clock.now().quality == .simulated)
        clock.advance(to: instant(90).utc)
        #expect(clock.now().utc == instant(90).utc)
        #expect(clock.now().monotonicNanoseconds == 90_000_000_000)
        clock.advance(to: instant(60).utc)
        #expect(clock.now().utc == instant(90).utc)
        #expect(clock.realNanoseconds(until: instant(1000).utc) == 0)
    }

    @Test func `a running clock runs at its speed`() {
        let clock = SimulatedClock(start: instant().utc, speed: 1000)
        let wait = clock.realNanoseconds(until: instant(100).utc)
        #expect((0...100_000_000).contains(wait))
        #expect(clock.realNanoseconds(until: instant(-1).utc) == 0)
        let before = SystemClock.monotonicNanoseconds
        Thread.sleep(forTimeInterval: 0.1)
        let simulated = clock.now().utc.seconds(since: instant().utc)
        let real = Double(SystemClock.monotonicNanoseconds - before) / 1e9
        #expect(simulated >= 99)
        // The clock was made a little before the measurement began.
        #expect(simulated <= (real + 1) * 1000)
    }
}
