/// How far the gateway's own civil time can be believed.
package enum ClockQuality: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Nobody has confirmed the clock since boot: it may be behind by the whole outage.
    case unknown = 0
    /// Derived from an earlier confirmation; the error grows with the oscillator's drift.
    case provisional = 1
    /// Confirmed by NTP or GNSS since boot.
    case synchronised = 2
    /// Not real time at all: a demo or a drill runs on a clock of its own (模擬).
    case simulated = 3
}

/// One reading of the gateway's clocks: the monotonic one decides intervals, UTC is for people.
package struct GatewayInstant: Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds of the boot's monotonic clock; it never goes back and says nothing across boots.
    package let monotonicNanoseconds: Int64
    /// What the civil clock said at that moment.
    package let utc: UTCInstant
    /// How far `utc` can be believed.
    package let quality: ClockQuality

    package init(monotonicNanoseconds: Int64, utc: UTCInstant, quality: ClockQuality) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.utc = utc
        self.quality = quality
    }

    /// Monotonic seconds from `earlier`, of the same boot, to this instant.
    package func seconds(since earlier: GatewayInstant) -> Double {
        Double(monotonicNanoseconds - earlier.monotonicNanoseconds) / 1e9
    }
}
