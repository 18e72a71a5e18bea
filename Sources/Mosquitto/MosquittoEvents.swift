/// What a client tells its owner.
///
/// A client that is polled calls from inside `loopRead`, `loopWrite`, `loopMisc` and `connect`, on
/// the thread that called those. A client with a network thread calls on that thread, so its
/// handler must be `Sendable`. Either way libmosquitto holds a lock meanwhile and no keep-alive is
/// sent: copy and return. Publishing and subscribing from inside an event only queues.
///
/// MQTT's DUP mark is missing: libmosquitto 2.0 does not pass it on. It is only a hint anyway; a
/// message is the same message by what the sensor wrote into it.
package protocol MosquittoEvents: AnyObject {
    /// The broker answered to CONNECT.
    ///
    /// - Parameters:
    ///   - answer: `accepted`, or why not; after a refusal the running loop call throws too.
    ///   - isSessionPresent: whether the broker still has the session of this client id; where it
    ///     has not, subscribe again. Subscribing from here is right.
    func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool)

    /// The connection ended, or an attempt to connect failed.
    ///
    /// - Parameter code: `success` where we asked for it.
    func disconnected(_ code: MosquittoCode)

    /// A message came in. For QoS 1 its PUBACK is in the outgoing queue already.
    ///
    /// - Parameters:
    ///   - topic: the topic it was published to.
    ///   - payload: its bytes, valid until the return.
    ///   - qualityOfService: 0, 1 or 2.
    ///   - isRetained: whether it was kept by the broker from before the subscription.
    ///   - messageID: the packet id, reused after the acknowledgement; 0 with QoS 0.
    func received(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
        messageID: UInt16)

    /// A publication is done: with QoS 0 written to the socket, with QoS 1 acknowledged.
    ///
    /// - Parameter messageID: what `publish` returned.
    func published(messageID: Int32)

    /// The broker answered to SUBSCRIBE.
    ///
    /// - Parameters:
    ///   - messageID: what `subscribe` returned.
    ///   - grant: the granted QoS, or nil where the broker refused the topic filter (128).
    func subscribed(messageID: Int32, grantedQualityOfService grant: Int?)

    /// The broker answered to UNSUBSCRIBE.
    ///
    /// - Parameter messageID: what `unsubscribe` returned.
    func unsubscribed(messageID: Int32)
}

extension MosquittoEvents {
    package func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {}
    package func disconnected(_ code: MosquittoCode) {}
    package func received(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
        messageID: UInt16
    ) {}
    package func published(messageID: Int32) {}
    package func subscribed(messageID: Int32, grantedQualityOfService grant: Int?) {}
    package func unsubscribed(messageID: Int32) {}
}
