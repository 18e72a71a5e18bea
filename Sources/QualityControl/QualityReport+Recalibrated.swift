package import GatewayModel

extension QualityReport {
    /// The checks that look at a reading's neighbours.
    private static let ofNeighbours: [QualityCheck] = [
        .spike, .rateOfChange, .flatLine, .multiVariate, .attenuatedSignal, .neighbor, .step,
    ]

    /// The flags of a stored reading whose value a later version of its calibration has changed.
    ///
    /// What looks at the value alone, gross range and climatology, is judged anew by the limits of
    /// today. What looks at the neighbours is not: it was said of other values. There a good word is
    /// taken back (not evaluated), and a suspicion stays, for it was raised by the signal itself and
    /// nobody has looked again.
    ///
    /// - Parameters:
    ///   - value: the new value; nil where there is none, and not finite where it left binary64.
    ///   - limits: the limits of the sensor.
    ///   - localTime: the station's own time at which the reading was observed, as if it were UTC.
    /// - Returns: the flags.
    package func recalibrated(
        value: Double?, limits: QualityLimits, localTime: UTCInstant
    ) -> QualityReport {
        let value = value.flatMap { $0.isNaN ? nil : $0 }
        let finite = value.flatMap { $0.isFinite ? $0 : nil }
        var report = self
        report[.grossRange] = .notEvaluated
        if let grossRange = limits.grossRange {
            report[.grossRange] = value.map { grossRange.flag($0) } ?? .missing
        }
        report[.climatology] = .notEvaluated
        if let climatology = limits.climatology {
            report[.climatology] =
                finite.map { climatology.flag($0, localTime: localTime) } ?? .missing
        }
        if limits.errorCode != nil { report[.errorCode] = value == nil ? .missing : .good }
        for check in Self.ofNeighbours where report[check] != .notEvaluated {
            switch report[check] {
            case _ where finite == nil: report[check] = .missing
            case .suspect, .fail: break
            default: report[check] = .notEvaluated
            }
        }
        return report
    }
}
