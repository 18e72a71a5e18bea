package import GatewayModel

extension Companion {
    /// The quantity that a calibration goes by.
    ///
    /// - Parameters:
    ///   - measured: what the source says; nil where it has said nothing, or too long ago.
    ///   - plausible: the values that such a quantity can have; others are a broken sensor's.
    /// - Returns: the measured value, else the constant; `standsIn` where the constant stands in for a
    ///   measured one.
    package func chosen(
        measured: Double?, plausible: ClosedRange<Double>
    ) -> (value: Double, standsIn: Bool) {
        guard source != nil else { return (constant, false) }
        guard let measured, plausible.contains(measured) else { return (constant, true) }
        return (measured, false)
    }
}
