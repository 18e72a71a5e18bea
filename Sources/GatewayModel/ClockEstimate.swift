/// One moment on both of a boot's clocks, read while the civil one was known.
package struct ClockAnchor: Hashable, Sendable, BitwiseCopyable {
    /// How fast a cheap oscillator may run off, in parts per million: 8.6 seconds a day.
    package static let driftPartsPerMillion: Int64 = 100

    package let monotonicNanoseconds: Int64
    package let utc: UTCInstant
    /// The greatest error of `utc`, in milliseconds.
    package let errorMilliseconds: Int64

    package init(monotonicNanoseconds: Int64, utc: UTCInstant, errorMilliseconds: Int64) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.utc = utc
        self.errorMilliseconds = errorMilliseconds
    }

    /// The civil time at another moment of the same boot, before or after.
    package func utc(atNanoseconds nanoseconds: Int64) -> UTCInstant {
        utc.advanced(byMilliseconds: milliseconds(to: nanoseconds))
    }

    /// The greatest error of that, in milliseconds: it grows with the distance.
    package func errorMilliseconds(atNanoseconds nanoseconds: Int64) -> Int64 {
        let distance = Int64(clamping: milliseconds(to: nanoseconds).magnitude)
        return errorMilliseconds + (distance / 1_000_000) * Self.driftPartsPerMillion
            + (distance % 1_000_000) * Self.driftPartsPerMillion / 1_000_000
    }

    /// Whether it tells another time than an earlier anchor of the same boot, beyond slew and drift.
    package func isOther(than earlier: ClockAnchor) -> Bool {
        let deviation = utc.seconds(since: earlier.utc(atNanoseconds: monotonicNanoseconds))
        let drift =
            earlier.errorMilliseconds(atNanoseconds: monotonicNanoseconds)
            - earlier.errorMilliseconds
        return deviation.magnitude * 1000 > Double(ClockEstimate.stepMilliseconds + drift)
    }

    private func milliseconds(to nanoseconds: Int64) -> Int64 {
        let (difference, overflow) =
            nanoseconds.subtractingReportingOverflow(monotonicNanoseconds)
        guard !overflow else { return nanoseconds < monotonicNanoseconds ? .min : .max }
        return difference / 1_000_000
    }
}

/// What is believed of a boot's civil clock: it is read once it is synchronised, and from then on the
/// monotonic clock carries it.
///
/// | the machine's civil clock | what is believed |
/// |---|---|
/// | is not synchronised, and never was | what it says, `unknown` |
/// | is synchronised, and near the estimate | what it says, and the estimate follows it |
/// | is not synchronised any more | the estimate, `provisional`; its error grows |
/// | is synchronised, and was moved | the estimate, `provisional`, until the clock has stood by \
/// the other time for 15 minutes |
/// | is simulated | what it says |
///
/// A state machine: it reads no clock.
package struct ClockEstimate: Sendable {
    /// The deviation that is no slew any more but a step, in milliseconds, besides the drift.
    package static let stepMilliseconds: Int64 = 500
    /// How long a clock that was moved must stand by it before it is believed, in seconds.
    package static let confirmationSeconds = 900.0
    /// How often the estimate follows the clock at most, in nanoseconds.
    private static let followingNanoseconds: Int64 = 60_000_000_000

    /// Where the estimate stands; nil before the boot's first synchronisation.
    package private(set) var anchor: ClockAnchor?
    /// What a clock that was moved says, since it says so.
    private var candidate: ClockAnchor?

    /// - Parameter anchor: what the same boot knew before; nil where it knew nothing.
    package init(restoring anchor: ClockAnchor? = nil) { self.anchor = anchor }

    /// Takes a reading of the machine's clocks.
    ///
    /// - Parameters:
    ///   - reading: both clocks; `quality` says whether the civil one is synchronised now.
    ///   - errorMilliseconds: the greatest error of a synchronised clock.
    /// - Returns: the same moment as it is believed.
    package mutating func step(
        _ reading: GatewayInstant, errorMilliseconds: Int64
    ) -> GatewayInstant {
        let moment = reading.monotonicNanoseconds
        guard reading.quality != .simulated else { return reading }
        let isSynchronised = reading.quality == .synchronised
        let read = ClockAnchor(
            monotonicNanoseconds: moment, utc: reading.utc, errorMilliseconds: errorMilliseconds)
        guard let anchor else {
            if isSynchronised { self.anchor = read }
            return reading
        }
        let believed = GatewayInstant(
            monotonicNanoseconds: moment, utc: anchor.utc(atNanoseconds: moment),
            quality: .provisional)
        guard isSynchronised else {
            candidate = nil
            return believed
        }
        if !read.isOther(than: anchor) {
            candidate = nil
            if moment - anchor.monotonicNanoseconds >= Self.followingNanoseconds {
                self.anchor = read
            }
            return reading
        }
        guard let insisted = candidate, !read.isOther(than: insisted) else {
            candidate = read
            return believed
        }
        let elapsed = Double(moment - insisted.monotonicNanoseconds) / 1e9
        guard elapsed >= Self.confirmationSeconds else { return believed }
        candidate = nil
        self.anchor = read
        return reading
    }

    /// The greatest error of the civil time at a moment, in milliseconds; nil where nobody knows.
    package func errorMilliseconds(atNanoseconds moment: Int64) -> Int64? {
        anchor?.errorMilliseconds(atNanoseconds: moment)
    }
}
