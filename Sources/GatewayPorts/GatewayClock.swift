package import GatewayModel

/// Where the Gateway layer gets its time from; the pure stages get it as data.
package protocol GatewayClock: Sendable {
    /// The clocks as they stand now.
    func now() -> GatewayInstant

    /// A moment of this boot at which the civil time was known; nil where it never was.
    var anchor: ClockAnchor? { get }

    /// The greatest error of the civil time now, in milliseconds; nil where nobody knows.
    var errorMilliseconds: Int64? { get }

    /// Takes up what the store knows of this boot: somebody may have moved the civil clock since. Nil
    /// changes nothing.
    func restore(_ anchor: ClockAnchor?)
}

extension GatewayClock {
    /// None: such a clock has nothing to be told apart from.
    package var anchor: ClockAnchor? { nil }
    /// Unknown.
    package var errorMilliseconds: Int64? { nil }
    /// Nothing could move such a clock.
    package func restore(_ anchor: ClockAnchor?) {}
}
