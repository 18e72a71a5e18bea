import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Gateway

@Suite struct AnchoredClockTests {
    /// A machine's clock that the test moves.
    private final class MovedClock: GatewayClock {
        let reading = Mutex(instant())

        func now() -> GatewayInstant { reading.withLock { $0 } }

        var errorMilliseconds: Int64? { 12 }

        func show(_ instant: GatewayInstant) { reading.withLock { $0 = instant } }
    }

    @Test func `nobody who moves the machine's clock moves ours`() {
        let machine = MovedClock()
        let clock = AnchoredClock(machine)
        #expect(clock.anchor == nil && clock.errorMilliseconds == nil)
        #expect(clock.now() == instant())
        #expect(clock.anchor?.utc == instant().utc)
        machine.show(
            GatewayInstant(
                monotonicNanoseconds: instant(600).monotonicNanoseconds, utc: instant(7800).utc,
                quality: .synchronised))
        #expect(clock.now().utc == instant(600).utc)
        #expect(clock.now().quality == .provisional)
        // 100 ppm of ten minutes.
        #expect(clock.errorMilliseconds == 72)
    }

    @Test func `what the store knows of the boot comes before what the machine says now`() {
        let machine = MovedClock()
        machine.show(
            GatewayInstant(
                monotonicNanoseconds: instant(60).monotonicNanoseconds, utc: instant(7260).utc,
                quality: .synchronised))
        let clock = AnchoredClock(machine)
        #expect(clock.now().utc == instant(7260).utc)
        clock.restore(
            ClockAnchor(
                monotonicNanoseconds: instant().monotonicNanoseconds, utc: instant().utc,
                errorMilliseconds: 1))
        #expect(clock.now().utc == instant(60).utc)
    }
}
