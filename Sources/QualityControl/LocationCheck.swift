package import GatewayModel

extension QualityLimits.Location {
    /// Whether a device is where its station stands.
    ///
    /// A place that does not exist, or half of one, fails; one that is farther away than the range is
    /// suspect, the range itself passes. `ioos_qc` measures from one position to the next, for drifting
    /// buoys; a gauge is held against its station. Sensors that say nothing of their place, as most of
    /// ours, are not evaluated.
    ///
    /// - Parameters:
    ///   - position: what the payload says; nil where it says nothing.
    ///   - station: where the station stands.
    /// - Returns: the flag.
    /// - Source: IOOS QARTOD, Water Level v2.1, test 3; `ioos_qc.qartod.location_test`.
    package func flag(_ position: GeoPosition?, station: GeoPosition) -> QualityFlag {
        guard let position else { return .notEvaluated }
        guard position.isPlausible else { return .fail }
        return position.metres(to: station) > rangeMetres ? .suspect : .good
    }
}
