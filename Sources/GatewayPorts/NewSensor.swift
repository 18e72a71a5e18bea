package import GatewayModel

/// A sensor that no station file has yet, as a person describes it while adopting a device.
package struct NewSensor: Sendable, Equatable {
    /// The pole that it hangs on; a station file describes it.
    package var station: StationID
    /// Its name at the station; nil where the lines name it, or the gateway shall choose.
    package var local: String?
    /// What it measures, such as `stage.pressure`; nil leaves the guess to the gateway. Lines say it
    /// themselves.
    package var kind: String?
    /// The one entry that would stand under `sensors` in the station file, as YAML; nil takes what
    /// the gateway suggests.
    package var lines: String?

    package init(
        station: StationID, local: String? = nil, kind: String? = nil, lines: String? = nil
    ) {
        self.station = station
        self.local = local
        self.kind = kind
        self.lines = lines
    }
}
