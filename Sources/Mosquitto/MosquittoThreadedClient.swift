import CMosquitto
package import GatewayModel
import Glibc
import Synchronization

/// A client whose network runs on a thread of libmosquitto's, which reconnects by itself.
///
/// It is meant for publishing: incoming messages are acknowledged when `received` returns. Its
/// calls may be made from any thread, also from inside an event, except `stop`. Events come on the
/// library's thread, one at a time.
///
/// `@unchecked Sendable`: the client is ours alone since `init`, and only functions that
/// libmosquitto declares thread-safe are called on it afterwards.
@safe package final class MosquittoThreadedClient: @unchecked Sendable {
    private let client: MosquittoClient
    /// Held from start to stop; nil afterwards, so that a handler may own its client.
    private let events: Mutex<(any MosquittoEvents & Sendable)?>

    /// Takes a client over, points it at a broker and starts its thread; C twins:
    /// `mosquitto_reconnect_delay_set`, `mosquitto_loop_start`, `mosquitto_connect_async`.
    ///
    /// The broker need not be there: the thread tries until it is. `disconnected` with a code that
    /// `endsNetworkThread` (a certificate that does not fit, above all) is the exception: then make
    /// a new client.
    ///
    /// - Parameters:
    ///   - client: set up, but neither connected nor with external threading.
    ///   - events: told on the library's thread; held until `stop`.
    ///   - host: name or address.
    ///   - port: its TCP port, not 0.
    ///   - keepAliveSeconds: 5 or more.
    ///   - reconnectDelaySeconds: the first and the longest pause between attempts, at least 1 s.
    /// - Throws: `AdapterFailure` where the thread cannot be started, TLS cannot be set up, or the
    ///   first attempt fails on this machine already: no such name, no network. Then make a new
    ///   client later.
    package init(
        _ client: sending MosquittoClient, events: any MosquittoEvents & Sendable, host: String,
        port: UInt16, keepAliveSeconds: UInt16, reconnectDelaySeconds: ClosedRange<UInt32> = 1...60
    ) throws(AdapterFailure) {
        precondition(reconnectDelaySeconds.lowerBound > 0, "a reconnect must not come at once")
        self.client = client
        self.events = Mutex(events)
        client.events = events
        client.setAddress(host: host, port: port, keepAliveSeconds: keepAliveSeconds)
        // Unsafe, here and below: the client keeps the handle alive.
        let delayCode = unsafe mosquitto_reconnect_delay_set(
            client.handle, reconnectDelaySeconds.lowerBound, reconnectDelaySeconds.upperBound, true)
        try client.check(delayCode, errno, "set the reconnect delay")
        // The thread first: without one, `mosquitto_connect_async` writes at once and fails where
        // nobody listens, and a thread started after that failure waits for ever (2.0.11).
        let startCode = unsafe mosquitto_loop_start(client.handle)
        try client.check(startCode, errno, "start the thread for broker \(client.address)")
        let connectCode = unsafe mosquitto_connect_async(
            client.handle, host, Int32(port), Int32(keepAliveSeconds))
        // Where this throws, the object is whole already and `deinit` stops the thread.
        try client.check(connectCode, errno, "connect to broker \(client.address)")
    }

    deinit { stop(force: true) }

    /// Disconnects and ends the thread; C twins: `mosquitto_disconnect`, `mosquitto_loop_stop`.
    ///
    /// It waits for the thread, so it must not be called from an event. Once stopped, a client
    /// stays so; stopping it again does nothing.
    ///
    /// - Parameter force: cancels the thread instead of letting it write what is queued and leave
    ///   a pause or an attempt to connect, which can take minutes.
    package func stop(force: Bool = false) {
        guard let handler = events.withLock({ $0.take() }) else { return }
        _ = unsafe mosquitto_disconnect(client.handle)
        _ = unsafe mosquitto_loop_stop(client.handle, force)
        // The client knows its handler weakly, and the last confirmations may come until here.
        extendLifetime(handler)
    }

    /// Queues a publication and wakes the thread; see `MosquittoClient.publish`.
    ///
    /// - Parameters:
    ///   - payload: its bytes.
    ///   - topic: without wildcards.
    ///   - qualityOfService: 0 or 1.
    ///   - isRetained: whether the broker keeps it for later subscribers.
    /// - Returns: the id that the event `published` will bear; it may bear it before the return.
    /// - Throws: as `MosquittoClient.publish`.
    @discardableResult
    package func publish(
        _ payload: Span<UInt8>, to topic: String, qualityOfService: Int, isRetained: Bool = false
    ) throws(AdapterFailure) -> Int32 {
        try client.publish(
            payload, to: topic, qualityOfService: qualityOfService, isRetained: isRetained)
    }

    /// Queues SUBSCRIBE and wakes the thread; see `MosquittoClient.subscribe`.
    ///
    /// - Returns: the id that the event `subscribed` will bear.
    /// - Throws: as `MosquittoClient.subscribe`.
    @discardableResult
    package func subscribe(
        to topicFilter: String, qualityOfService: Int
    ) throws(AdapterFailure) -> Int32 {
        try client.subscribe(to: topicFilter, qualityOfService: qualityOfService)
    }
}
