package import GatewayModel

/// What a session does with the messages it reads.
///
/// A handler is called on the session's thread only, inside libmosquitto's callback: it copies into
/// ring and side lane and returns.
package protocol MessageHandler: AnyObject {
    /// Whether there is room for whatever one read from the socket may bring.
    var hasRoom: Bool { get }

    /// Takes one message whole.
    ///
    /// - Returns: whether everything in it was handed over; if not, the session drops the
    ///   connection unacknowledged, and the broker sends the message again.
    func take(
        topic: String, payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) -> Bool

    /// Tells people how the session stands.
    func report(_ status: SessionStatus, at instant: GatewayInstant)
}

/// How a session stands with its broker.
package enum SessionStatus: Sendable, Equatable {
    case connected(broker: String)
    case disconnected(AdapterFailure)
    case stopped
}
