package import GatewayModel

/// A drill (訓練) that runs.
package struct DrillStatus: Sendable, Equatable {
    package var station: StationID
    /// Who began it.
    package var actor: String
    package var began: UTCInstant
    /// When it has ended at the latest; it ends earlier where all of its alarms are over.
    package var endsBy: UTCInstant
    /// The highest stage of its plan, in metres above the gauge zero.
    package var highestMetres: Double
    /// From the first to the last stage of its plan, in seconds.
    package var seconds: Double
    /// Whether sirens and lamps come on.
    package var isAloud: Bool

    package init(
        station: StationID, actor: String, began: UTCInstant, endsBy: UTCInstant,
        highestMetres: Double, seconds: Double, isAloud: Bool
    ) {
        self.station = station
        self.actor = actor
        self.began = began
        self.endsBy = endsBy
        self.highestMetres = highestMetres
        self.seconds = seconds
        self.isAloud = isAloud
    }
}

/// What every page says while a drill runs.
package enum DrillSign: Sendable, Equatable {
    /// Sirens and lamps stay as they are.
    case silent
    /// Sirens and lamps come on.
    case aloud
}
