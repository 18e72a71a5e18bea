/// How fast a stage rises, as the slope of a straight line through its recent readings.
package struct RateOfRise: Sendable, Equatable, BitwiseCopyable {
    /// The slope; negative where the river falls.
    package var metresPerHour: Double
    /// The standard error of the slope, from how the readings scatter about the line, in metres per
    /// hour.
    package var standardErrorMetresPerHour: Double
    /// Where the line ends, at the newest reading, in metres above the gauge zero.
    package var stageMetres: Double
    /// How much time the line spans, in seconds.
    package var spanSeconds: Double
    /// How many points it goes through.
    package var pointCount: Int

    package init(
        metresPerHour: Double, standardErrorMetresPerHour: Double, stageMetres: Double,
        spanSeconds: Double, pointCount: Int
    ) {
        self.metresPerHour = metresPerHour
        self.standardErrorMetresPerHour = standardErrorMetresPerHour
        self.stageMetres = stageMetres
        self.spanSeconds = spanSeconds
        self.pointCount = pointCount
    }
}
