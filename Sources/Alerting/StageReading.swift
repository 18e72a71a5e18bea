package import GatewayModel

/// What the level alarms need to know of a reading of one of a station's sensors that speak of the
/// level: its stage sensor, or a float switch.
package struct StageReading: Sendable, Equatable {
    /// The sensor it came from; each has an order of its own.
    package var channel: ChannelIndex
    /// The stage above the gauge zero in metres; nil where there is none.
    package var stageMetres: Double?
    /// Whether the stage was measured, or bounds the true one.
    package var bound: ValueBound
    /// The flag of the whole reading.
    package var flag: QualityFlag
    /// The reading's own time, for people: no interval is measured with it.
    package var time: UTCInstant
    /// Where it stands on the steady timeline, which orders readings and measures holds.
    package var place: ReadingPlace
    /// Whether its sensor was told to measure at once, and this is what it measured then.
    package var answersMeasureNow: Bool
    /// Whether every check that its sensor has could judge it. Of a late one, those that look at the
    /// readings around it could not.
    package var isWhollyChecked: Bool
    /// The interval at which readings of its sensor are expected, in seconds; nil where unknown.
    package var intervalSeconds: Double?

    package init(
        channel: ChannelIndex, stageMetres: Double?, bound: ValueBound = .exact,
        flag: QualityFlag, time: UTCInstant, place: ReadingPlace, answersMeasureNow: Bool = false,
        isWhollyChecked: Bool = true, intervalSeconds: Double? = nil
    ) {
        self.channel = channel
        self.stageMetres = stageMetres
        self.bound = bound
        self.flag = flag
        self.time = time
        self.place = place
        self.answersMeasureNow = answersMeasureNow
        self.isWhollyChecked = isWhollyChecked
        self.intervalSeconds = intervalSeconds
    }
}
