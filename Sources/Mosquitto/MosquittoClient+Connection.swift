import CMosquitto
package import GatewayModel
import Glibc

// Every call here belongs to the thread that polls the client.
extension MosquittoClient {
    /// Opens the TCP connection and queues CONNECT; C twin: `mosquitto_connect`.
    ///
    /// It blocks while the name is resolved and TCP connects, at worst for the system's two
    /// minutes. The broker's answer comes later, as the event `connected`: poll on.
    ///
    /// - Parameters:
    ///   - host: name or address.
    ///   - port: its TCP port, not 0.
    ///   - keepAliveSeconds: 5 or more; the longest silence either side takes for life.
    /// - Throws: `AdapterFailure` naming host and port: `unreachable`, or `refused` by TLS.
    package func connect(
        host: String, port: UInt16, keepAliveSeconds: UInt16
    ) throws(AdapterFailure) {
        setAddress(host: host, port: port, keepAliveSeconds: keepAliveSeconds)
        let code = unsafe mosquitto_connect(
            handle, host, Int32(port), Int32(keepAliveSeconds))
        try check(code, errno, "connect to broker \(address)")
    }

    /// Drops the connection, if there is one, with all that is queued for it, and opens it anew to
    /// the same place; C twin: `mosquitto_reconnect`.
    ///
    /// Publications of QoS 1 stay and are sent again; unsent PUBACKs are gone, so the broker
    /// delivers their messages again.
    ///
    /// - Throws: as `connect`.
    package func reconnect() throws(AdapterFailure) {
        let code = unsafe mosquitto_reconnect(handle)
        try check(code, errno, "reconnect to broker \(address)")
    }

    /// Queues DISCONNECT; C twin: `mosquitto_disconnect`.
    ///
    /// It leaves with the next `loopWrite`, after every PUBACK that is queued: not the way to part
    /// after a failed commit.
    ///
    /// - Throws: `AdapterFailure` with `unreachable` where there is no connection.
    package func disconnect() throws(AdapterFailure) {
        let code = unsafe mosquitto_disconnect(handle)
        try check(code, errno, "disconnect from broker \(address)")
    }

    /// The descriptor to poll for reading, and for writing while `wantsWrite`; nil where there is
    /// no connection; C twin: `mosquitto_socket`.
    package var socket: Int32? {
        let descriptor = unsafe mosquitto_socket(handle)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Whether something waits to be written; C twin: `mosquitto_want_write`.
    package var wantsWrite: Bool { unsafe mosquitto_want_write(handle) }

    /// Reads and delivers what has come, one message or a few; C twin: `mosquitto_loop_read`.
    ///
    /// Call it when `socket` is readable. It does not block.
    ///
    /// - Throws: `AdapterFailure` where the connection is over: `unreachable`, or `refused` or
    ///   `busy` with what the broker's CONNACK said. `socket` is nil then.
    package func loopRead() throws(AdapterFailure) {
        precondition(events != nil, "a message would be acknowledged that nobody has received")
        let code = unsafe mosquitto_loop_read(handle, 1)
        try check(code, errno, "read from broker \(address)")
    }

    /// Writes everything that is queued, PUBACKs too, as far as the socket takes it; C twin:
    /// `mosquitto_loop_write`.
    ///
    /// Call it when what was received is safe. It does not block; while `wantsWrite` stays true,
    /// call it again when `socket` is writable.
    ///
    /// - Throws: `AdapterFailure` where the connection is over.
    package func loopWrite() throws(AdapterFailure) {
        let code = unsafe mosquitto_loop_write(handle, 1)
        try check(code, errno, "write to broker \(address)")
    }

    /// Looks after the keep-alive; C twin: `mosquitto_loop_misc`. About once a second.
    ///
    /// The PINGREQ that it queues leaves with `loopWrite`, as everything does.
    ///
    /// - Throws: `AdapterFailure` with `unreachable` where there is no connection any more.
    package func loopMisc() throws(AdapterFailure) {
        let code = unsafe mosquitto_loop_misc(handle)
        try check(code, errno, "keep the connection to broker \(address) alive")
    }

    /// Queues SUBSCRIBE; C twin: `mosquitto_subscribe`. The answer is the event `subscribed`.
    ///
    /// - Parameters:
    ///   - topicFilter: may hold `+` and `#`.
    ///   - qualityOfService: 0 or 1. With 2, libmosquitto can lose a message in a crash.
    /// - Returns: the id that `subscribed` will bear.
    /// - Throws: `AdapterFailure`: `rejected` for a wrong filter, `unreachable` without connection.
    @discardableResult
    package func subscribe(
        to topicFilter: String, qualityOfService: Int
    ) throws(AdapterFailure) -> Int32 {
        precondition((0...1).contains(qualityOfService), "subscribe with QoS 0 or 1")
        var messageID: Int32 = 0
        let code = unsafe mosquitto_subscribe(
            handle, &messageID, topicFilter, Int32(qualityOfService))
        try check(code, errno, "subscribe to \(topicFilter) at broker \(address)")
        return messageID
    }

    /// Queues UNSUBSCRIBE; C twin: `mosquitto_unsubscribe`.
    ///
    /// - Returns: the id that the event `unsubscribed` will bear.
    /// - Throws: as `subscribe`.
    @discardableResult
    package func unsubscribe(from topicFilter: String) throws(AdapterFailure) -> Int32 {
        var messageID: Int32 = 0
        let code = unsafe mosquitto_unsubscribe(handle, &messageID, topicFilter)
        try check(code, errno, "unsubscribe from \(topicFilter) at broker \(address)")
        return messageID
    }

    /// Queues a publication; C twin: `mosquitto_publish`.
    ///
    /// With QoS 1 and no connection libmosquitto calls that an error yet keeps the message and
    /// sends it after a reconnect; here that is no error, since publishing once more would double
    /// it. That memory is unbounded and volatile: keep count of what is not `published`.
    ///
    /// - Parameters:
    ///   - payload: at most 268 435 455 bytes, less the topic.
    ///   - topic: without wildcards.
    ///   - qualityOfService: 0 or 1.
    ///   - isRetained: whether the broker keeps it for later subscribers.
    /// - Returns: the id that the event `published` will bear.
    /// - Throws: `AdapterFailure`: `rejected` for a wrong topic or size, `unreachable` for QoS 0
    ///   without connection.
    @discardableResult
    package func publish(
        _ payload: Span<UInt8>, to topic: String, qualityOfService: Int, isRetained: Bool = false
    ) throws(AdapterFailure) -> Int32 {
        precondition((0...1).contains(qualityOfService), "publish with QoS 0 or 1")
        var messageID: Int32 = 0
        let code = unsafe payload.withUnsafeBufferPointer { bytes in
            unsafe mosquitto_publish(
                handle, &messageID, topic, Int32(bytes.count), bytes.baseAddress,
                Int32(qualityOfService), isRetained)
        }
        let error = errno
        if MosquittoCode(rawValue: code) == .notConnected && qualityOfService > 0 {
            return messageID
        }
        try check(code, error, "publish to \(topic) at broker \(address)")
        return messageID
    }
}
