import GatewayModel

extension QualityLimits.Neighbor {
    /// Holds a value against that of a second sensor.
    ///
    /// The thresholds themselves pass. Which of the two is wrong nobody can tell: where both name each
    /// other, both are suspect. Without a usable reading of the other in time it is not evaluated.
    ///
    /// - Parameters:
    ///   - value: finite.
    ///   - neighbour: what the other says; nil where it says nothing in time.
    /// - Returns: the flag.
    /// - Source: IOOS QARTOD, Water Level v2.1, test 11.
    func flag(_ value: Double, neighbour: Double?) -> QualityFlag {
        guard let neighbour else { return .notEvaluated }
        let difference = (value - neighbour).magnitude
        if let failThreshold, difference > failThreshold { return .fail }
        return difference > suspectThreshold ? .suspect : .good
    }
}
