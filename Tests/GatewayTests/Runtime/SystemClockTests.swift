import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct SystemClockTests {
    @Test func `it shows the machine's civil time and a monotonic one`() {
        let clock = SystemClock()
        let first = clock.now()
        let second = clock.now()
        #expect(second.monotonicNanoseconds >= first.monotonicNanoseconds)
        let difference = Date().timeIntervalSince1970 - Double(second.utc.milliseconds) / 1000
        #expect(abs(difference) < 2)
        #expect([.synchronised, .unknown].contains(first.quality))
        let before = SystemClock.monotonicNanoseconds
        Thread.sleep(forTimeInterval: 0.02)
        #expect(SystemClock.monotonicNanoseconds - before >= 20_000_000)
    }
}
