import GatewayModel

/// Whether the water rises without rain.
///
/// The rise is the value less the lowest one of the window, which includes its beginning. A greater one
/// than the threshold is suspect where less rain than the other threshold has fallen in the longer
/// window before. It never fails: snow melts, gates open, and rain falls upstream of the gauge. Where the
/// rain is not known nothing is evaluated, and a bound neither rises nor is risen from.
///
/// - Source: IOOS QARTOD, Water Level v2.1, test 9, with rain for the second variable.
struct MultiVariateCheck: Sendable, Equatable {
    private let limits: QualityLimits.MultiVariate
    private let windowMilliseconds: Int64
    private var readings: SlidingWindow

    /// - Parameter limits: a window of up to `QualityLimits.longestWindowSeconds`.
    init(limits: QualityLimits.MultiVariate) {
        self.limits = limits
        windowMilliseconds = Int64(limits.windowSeconds * 1000)
        readings = SlidingWindow(lengthMilliseconds: windowMilliseconds)
    }

    /// Takes a reading that is not late and is no bound.
    mutating func take(
        _ value: Double?, at time: SteadyInstant, rainMillimetres: Double?
    ) -> QualityFlag {
        readings.append(value, at: time.milliseconds)
        readings.drop(before: time.advanced(byMilliseconds: -windowMilliseconds).milliseconds)
        guard let value else { return .missing }
        guard let rainMillimetres else { return .notEvaluated }
        let isRising = value - readings.summary.low > limits.riseThreshold
        return isRising && rainMillimetres < limits.rainThresholdMillimetres ? .suspect : .good
    }

    /// Forgets the readings: what came between is not known.
    mutating func breakLine() { readings.removeAll() }
}
