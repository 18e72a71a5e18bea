package import GatewayModel

/// What the level alarms need to know of a reading of a station's stage sensor.
package struct StageReading: Sendable, Equatable {
    /// The stage above the gauge zero in metres; nil where there is none.
    package var stageMetres: Double?
    /// The flag of the whole reading.
    package var flag: QualityFlag
    /// The reading's own time.
    package var time: UTCInstant

    package init(stageMetres: Double?, flag: QualityFlag, time: UTCInstant) {
        self.stageMetres = stageMetres
        self.flag = flag
        self.time = time
    }
}
