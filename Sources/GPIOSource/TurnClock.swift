import GatewayModel

/// One look at the clocks, by which the monotonic times of a turn become civil ones.
///
/// Edges carry the kernel's monotonic time; what the civil clock said then is reckoned from the
/// present distance of the two.
struct TurnClock: Sendable {
    let now: GatewayInstant

    var nanoseconds: Int64 { now.monotonicNanoseconds }

    /// The civil time at a moment of the monotonic clock.
    func utc(atNanoseconds moment: Int64) -> UTCInstant {
        let difference = moment - now.monotonicNanoseconds
        // Rounded down, as the clock itself is.
        let milliseconds = difference / 1_000_000 - (difference % 1_000_000 < 0 ? 1 : 0)
        return now.utc.advanced(byMilliseconds: milliseconds)
    }

    /// Both clocks at a moment of the monotonic one.
    func instant(atNanoseconds moment: Int64) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: moment, utc: utc(atNanoseconds: moment), quality: now.quality)
    }
}
