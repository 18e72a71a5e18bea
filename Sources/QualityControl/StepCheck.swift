import GatewayModel

/// Whether the value has jumped and then stands still where it jumped to.
///
/// Something under the sensor, a sensor lifted out of the water, or an echo from a branch: the value
/// leaps by more than the threshold and stays within the tolerance of the place. Such readings are
/// suspect until the value comes back to within the threshold of where it was, or moves on as water
/// does, by more than the tolerance three readings running, or has stood for the hold: then that is
/// where the water is. A flood that rises faster than the threshold in one interval is suspect for
/// four readings, told as unconfirmed, and never fails.
///
/// A leap is looked for between readings that are no farther apart than the hold. A missing reading
/// changes nothing; a bound forgets all.
///
/// - Source: our own; signatures of ultrasonic and lidar gauges in the field.
struct StepCheck: Sendable, Equatable {
    private struct Leap: Sendable, Equatable {
        var value: Double
        /// How many readings have moved on, one after the other.
        var movedCount = 0
        let since: SteadyInstant
    }

    /// So many readings that move on are water.
    private static let movedLimit = 3

    private let limits: QualityLimits.Step
    /// The newest value that was believed, and when.
    private var base: Double?
    private var baseTime = SteadyInstant(milliseconds: 0)
    private var leap: Leap?

    init(limits: QualityLimits.Step) { self.limits = limits }

    /// Takes a reading that is not late and is no bound.
    mutating func take(_ value: Double?, at time: SteadyInstant) -> QualityFlag {
        guard let value else { return .missing }
        guard let base, time.seconds(since: leap?.since ?? baseTime) <= limits.holdSeconds,
            (value - base).magnitude > limits.threshold
        else { return believe(value, at: time) }
        guard var leap else {
            self.leap = Leap(value: value, since: time)
            return .suspect
        }
        let moved = (value - leap.value).magnitude
        let isMovingOn = moved > limits.tolerance && moved <= limits.threshold
        leap.movedCount = isMovingOn ? leap.movedCount + 1 : 0
        leap.value = value
        self.leap = leap
        return leap.movedCount < Self.movedLimit ? .suspect : believe(value, at: time)
    }

    /// Forgets the readings: what came between is not known.
    mutating func breakLine() {
        base = nil
        leap = nil
    }

    private mutating func believe(_ value: Double, at time: SteadyInstant) -> QualityFlag {
        base = value
        baseTime = time
        leap = nil
        return .good
    }
}
