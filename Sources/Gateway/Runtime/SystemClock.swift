import CLinux
package import GatewayModel
import GatewayPorts
import Synchronization

/// The machine's own clocks, and how far the civil one can be believed.
///
/// - Source: adjtimex(2): the kernel says whether anything disciplines the clock.
package final class SystemClock: GatewayClock {
    /// When to ask the kernel again, in monotonic nanoseconds, and what it said.
    private let lastAnswer = Mutex<(askAgain: Int64, quality: ClockQuality)>((0, .unknown))

    package init() {}

    package func now() -> GatewayInstant {
        let monotonic = Self.monotonicNanoseconds
        let civil = kawamori_realtime_nanoseconds()
        let quality = lastAnswer.withLock { answer in
            if monotonic >= answer.askAgain {
                answer = (monotonic + 10_000_000_000, Self.kernelQuality())
            }
            return answer.quality
        }
        return GatewayInstant(
            monotonicNanoseconds: monotonic, utc: UTCInstant(milliseconds: civil / 1_000_000),
            quality: quality)
    }

    /// Nanoseconds of the monotonic clock, for intervals of this process's own.
    package static var monotonicNanoseconds: Int64 { kawamori_monotonic_nanoseconds() }

    /// Whether the kernel says that something disciplines the civil clock.
    static var isSynchronised: Bool { kawamori_clock_is_synchronised() }

    private static func kernelQuality() -> ClockQuality {
        isSynchronised ? .synchronised : .unknown
    }
}
