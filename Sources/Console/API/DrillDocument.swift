import GatewayModel
package import GatewayPorts

/// A drill (訓練) that runs, as JSON shows it.
package struct DrillDocument: Codable, Sendable, Equatable {
    package var station: String
    /// Who began it.
    package var by: String
    package var began: String
    /// When it has ended at the latest.
    package var endsBy: String
    /// The highest stage of its plan, in metres above the gauge zero.
    package var peakMetres: Double
    package var minutes: Double
    /// Whether sirens and lamps come on.
    package var siren: Bool

    enum CodingKeys: String, CodingKey {
        case station, by, began, minutes, siren
        case endsBy = "ends_by"
        case peakMetres = "peak_m"
    }

    /// Writes times with the station's offset from UTC, in seconds.
    package init(_ drill: DrillStatus, offsetSeconds: Int) {
        station = drill.station.text
        by = drill.actor
        began = drill.began.rfc3339(offsetSeconds: offsetSeconds)
        endsBy = drill.endsBy.rfc3339(offsetSeconds: offsetSeconds)
        peakMetres = drill.highestMetres
        minutes = drill.seconds / 60
        siren = drill.isAloud
    }
}
