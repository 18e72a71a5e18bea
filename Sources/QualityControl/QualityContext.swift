package import GatewayModel

/// What is known of a reading beside its value and its time: what other sensors of the station say, and
/// how it came in.
package struct QualityContext: Sendable, Equatable {
    /// What the second sensor's newest usable reading says; nil where it says nothing in time.
    package var neighbour: Double?
    /// The temperature in or at the housing, in °C; nil where it is not known.
    package var celsius: Double?
    /// The rain of the window that `limits.multiVariate` looks at, in millimetres; nil where not all of
    /// it is known and what is known does not suffice.
    package var rainMillimetres: Double?
    /// The end of the measuring range at which the raw value lies; nil where it was measured.
    package var rangeEnd: QualityLimits.MeasuringRange.End?
    /// Whether the payload bore what `limits.syntax` wants; nil where nobody looked.
    package var isWhole: Bool?

    /// What the payload's position comes to; nil where it says none.
    package var location: QualityFlag?

    package init(
        neighbour: Double? = nil, celsius: Double? = nil, rainMillimetres: Double? = nil,
        rangeEnd: QualityLimits.MeasuringRange.End? = nil, isWhole: Bool? = nil,
        location: QualityFlag? = nil
    ) {
        self.neighbour = neighbour
        self.celsius = celsius
        self.rainMillimetres = rainMillimetres
        self.rangeEnd = rangeEnd
        self.isWhole = isWhole
        self.location = location
    }
}
