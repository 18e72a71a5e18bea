/// What a command asks a running gateway, by its own API.
package protocol GatewayQuery: Sendable {
    /// - Parameters:
    ///   - configuration: of the running gateway.
    ///   - person: who calls; alarms and the audit log bear the name.
    init(configuration: GatewayConfiguration, person: String)
}
