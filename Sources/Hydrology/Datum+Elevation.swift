package import GatewayModel

extension Datum {
    /// The elevation of the water surface above the datum, in metres.
    ///
    /// - Parameter stageMetres: the stage above the gauge zero, in metres.
    /// - Returns: zero elevation plus stage, in metres.
    /// - Source: 零点高 + 水位, as MLIT publishes both.
    package func elevationMetres(stageMetres: Double) -> Double { zeroMetres + stageMetres }
}
