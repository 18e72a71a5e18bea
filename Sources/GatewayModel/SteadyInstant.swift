/// A point on the gateway's steady timeline: milliseconds that only the machine's monotonic clock moves.
///
/// It is the monotonic clock of the present boot. Instants of an earlier boot are moved onto it by
/// the civil time between the two boots where both knew it, and by nothing where not: what is
/// measured across a reboot then comes out too short, never too long. Nobody who sets the civil
/// clock moves it.
package struct SteadyInstant: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Milliseconds of the present boot's monotonic clock; negative before the boot.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: SteadyInstant, right: SteadyInstant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time from `earlier` to this instant in seconds; negative where this one is earlier.
    package func seconds(since earlier: SteadyInstant) -> Double {
        let (difference, overflow) =
            milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        // Beyond 64 bits of milliseconds nobody misses the last digits.
        guard !overflow else {
            return Double(milliseconds) / 1000 - Double(earlier.milliseconds) / 1000
        }
        return Double(difference) / 1000
    }

    /// This instant moved by a number of milliseconds, held at the ends of 64 bits.
    package func advanced(byMilliseconds delta: Int64) -> SteadyInstant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return SteadyInstant(milliseconds: overflow ? (delta > 0 ? .max : .min) : sum)
    }
}

extension GatewayInstant {
    /// The same moment on the steady timeline. Nobody sets a simulated clock, and it may run faster
    /// than the machine's: it is steady itself.
    package var steady: SteadyInstant {
        quality == .simulated
            ? SteadyInstant(milliseconds: utc.milliseconds)
            : SteadyInstant(milliseconds: monotonicNanoseconds / 1_000_000)
    }
}

/// Where a reading stands in time, whatever the civil clocks say.
package struct ReadingPlace: Hashable, Sendable, BitwiseCopyable {
    /// On its channel's own timeline, which goes on by the time between one reading and the next and
    /// starts anywhere: a reading before the newest of its channel is late.
    package var own: SteadyInstant
    /// On a timeline of its channel that goes on by no more than surely passed from one reading to the
    /// next: the time between their receipts, and more only where a device sends what it has kept.
    package var sure: SteadyInstant
    /// The earliest moment at which it was measured: its receipt, less the age that its device says.
    package var earliest: SteadyInstant
    /// The latest moment at which it was measured: its receipt.
    package var latest: SteadyInstant

    package init(
        own: SteadyInstant, sure: SteadyInstant, earliest: SteadyInstant, latest: SteadyInstant
    ) {
        self.own = own
        self.sure = sure
        self.earliest = earliest
        self.latest = latest
    }

    /// The place of a reading that was measured when it was received.
    package init(at moment: SteadyInstant) {
        self.init(own: moment, sure: moment, earliest: moment, latest: moment)
    }
}
