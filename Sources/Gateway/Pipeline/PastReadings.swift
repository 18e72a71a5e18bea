package import GatewayModel
package import GatewayPorts

/// What the pipeline may ask of the past when its own memory does not reach back far enough.
///
/// Live it is the store; a replay has no past.
package struct PastReadings {
    /// Whether a reading is stored already.
    package var lookUp: (Observation) throws(AdapterFailure) -> IdentityLookup
    /// The highest stored identity of a reading's boot, or its channel's latest device time; nil
    /// where nothing of the kind is stored.
    package var highest: (Observation) throws(AdapterFailure) -> ReadingIdentity?

    package init(
        lookUp: @escaping (Observation) throws(AdapterFailure) -> IdentityLookup,
        highest: @escaping (Observation) throws(AdapterFailure) -> ReadingIdentity?
    ) {
        self.lookUp = lookUp
        self.highest = highest
    }

    /// A past that cannot be asked now, because the store is down.
    static func unknown(_ failure: AdapterFailure) -> PastReadings {
        PastReadings(
            lookUp: { _ throws(AdapterFailure) in throw failure },
            highest: { _ throws(AdapterFailure) in throw failure })
    }

    /// No past at all.
    package static var none: PastReadings {
        PastReadings(
            lookUp: { _ throws(AdapterFailure) in .absent },
            highest: { _ throws(AdapterFailure) in nil })
    }
}
