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

    package init(
        channel: ChannelIndex, stageMetres: Double?, bound: ValueBound = .exact,
        flag: QualityFlag, time: UTCInstant, place: ReadingPlace, answersMeasureNow: Bool = false
    ) {
        self.channel = channel
        self.stageMetres = stageMetres
        self.bound = bound
        self.flag = flag
        self.time = time
        self.place = place
        self.answersMeasureNow = answersMeasureNow
    }
}
