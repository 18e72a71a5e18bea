package import GatewayModel

/// What a calibration makes of a raw value.
package struct ConvertedReading: Sendable, Equatable {
    /// The value in the calibration's unit; nil where the raw value is a sensor's sign of a fault.
    package var value: Double?
    /// What the value says of the true one.
    package var bound: ValueBound
    /// Whether part of it was reckoned: a constant stood in for a measured temperature or pressure,
    /// or the raw value lies outside what was calibrated.
    package var isEstimated: Bool

    package init(value: Double?, bound: ValueBound = .exact, isEstimated: Bool = false) {
        self.value = value
        self.bound = bound
        self.isEstimated = isEstimated
    }
}
