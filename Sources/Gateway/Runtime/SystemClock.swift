import CLinux
package import GatewayModel
import GatewayPorts
import Synchronization

/// The machine's own clocks, and how far the civil one can be believed.
///
/// - Source: adjtimex(2): the kernel says whether anything disciplines the clock, and how far it may
///   be off at most.
package final class SystemClock: GatewayClock {
    private struct Answer {
        /// When to ask the kernel again, in monotonic nanoseconds.
        var asksAgainAt: Int64 = 0
        /// Nil where the clock is not synchronised.
        var errorMilliseconds: Int64?
    }

    private let lastAnswer = Mutex(Answer())

    package init() {}

    package func now() -> GatewayInstant {
        let (monotonic, civil) = Self.read()
        let isSynchronised = lastAnswer.withLock { answer in
            if monotonic >= answer.asksAgainAt {
                answer = Answer(
                    asksAgainAt: monotonic + 10_000_000_000,
                    errorMilliseconds: Self.kernelErrorMilliseconds)
            }
            return answer.errorMilliseconds != nil
        }
        return GatewayInstant(
            monotonicNanoseconds: monotonic, utc: UTCInstant(milliseconds: civil / 1_000_000),
            quality: isSynchronised ? .synchronised : .unknown)
    }

    /// The greatest error of the civil time, in milliseconds; nil where nobody knows.
    package var errorMilliseconds: Int64? { lastAnswer.withLock { $0.errorMilliseconds } }

    /// Both clocks as near to one another as three tries bring them: a thread may be put aside
    /// between two readings.
    private static func read() -> (monotonic: Int64, civil: Int64) {
        var best: (width: Int64, monotonic: Int64, civil: Int64)?
        for _ in 0..<3 {
            let before = kawamori_monotonic_nanoseconds()
            let civil = kawamori_realtime_nanoseconds()
            let width = kawamori_monotonic_nanoseconds() - before
            if width < best?.width ?? .max { best = (width, before + width / 2, civil) }
            // Less than the millisecond that civil times are kept in.
            if width < 100_000 { break }
        }
        return best.map { ($0.monotonic, $0.civil) } ?? (0, 0)
    }

    /// Nanoseconds of the monotonic clock, for intervals of this process's own.
    package static var monotonicNanoseconds: Int64 { kawamori_monotonic_nanoseconds() }

    /// Whether the kernel says that something disciplines the civil clock.
    static var isSynchronised: Bool { kawamori_clock_is_synchronised() }

    /// The greatest error of the civil clock, in whole milliseconds rounded up; nil where nothing
    /// disciplines it.
    static var kernelErrorMilliseconds: Int64? {
        let microseconds = kawamori_clock_error_microseconds()
        return microseconds < 0 ? nil : microseconds / 1000 + 1
    }
}
