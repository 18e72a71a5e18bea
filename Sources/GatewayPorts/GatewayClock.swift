package import GatewayModel

/// Where the Gateway layer gets its time from; the pure stages get it as data.
package protocol GatewayClock: Sendable {
    /// The clocks as they stand now.
    func now() -> GatewayInstant
}
