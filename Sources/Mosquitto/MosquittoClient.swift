import CMosquitto
package import GatewayModel
import Glibc

/// One MQTT 3.1.1 client of libmosquitto: an owner of its handle, without policy.
///
/// It is set up, connected and polled on one thread, which the compiler enforces: the class is not
/// `Sendable`. With `useExternalThreading`, acknowledgements leave only in `loopWrite`, so that the
/// caller decides when. For a client whose network runs on a thread of the library's, hand it to
/// `MosquittoThreadedClient`.
///
/// Releasing it closes the connection without DISCONNECT and without writing what is queued: the
/// broker sends everything unacknowledged again and publishes the will. That is how to let go of
/// messages whose commit failed. Making a client sets SIGPIPE to be ignored, in the whole process.
@safe package final class MosquittoClient {
    /// The library's object; alive from init to deinit.
    let handle: OpaquePointer
    /// What the callbacks find; it outlives the handle.
    let context = CallbackContext()
    /// Where `connect` was last told to go, for the text of failures.
    private(set) var address = "no address"

    /// Makes a client that is not connected; C twin: `mosquitto_new`.
    ///
    /// - Parameters:
    ///   - clientID: names the session at the broker; not empty. Two clients with one id push each
    ///     other out.
    ///   - cleanSession: false keeps subscriptions and unacknowledged messages at the broker
    ///     between connections.
    /// - Throws: `AdapterFailure` where memory or descriptors are short.
    package init(clientID: String, cleanSession: Bool) throws(AdapterFailure) {
        precondition(!clientID.isEmpty, "an MQTT client id must not be empty")
        try MosquittoLibrary.start()
        // Unsafe: the context lives as long as the handle, see `deinit`.
        let user = unsafe Unmanaged.passUnretained(context).toOpaque()
        let made = unsafe mosquitto_new(clientID, cleanSession, user)
        let error = errno
        guard let made = unsafe made else {
            throw MosquittoCode(MOSQ_ERR_ERRNO).failure(
                operation: "make the MQTT client \(clientID)", systemError: error)
        }
        unsafe handle = made
        unsafe CallbackContext.install(on: handle)
        try setOption(MOSQ_OPT_PROTOCOL_VERSION, to: MQTT_PROTOCOL_V311)
    }

    deinit {
        // Unsafe: nobody else holds the handle; C twin: `mosquitto_destroy`. No callback runs
        // after it, and none is running: every loop call holds a reference to `self`.
        unsafe mosquitto_destroy(handle)
    }

    /// Whom to tell of messages and connections; held weakly, so that it may own the client.
    package var events: (any MosquittoEvents)? {
        get { context.events }
        set { context.events = newValue }
    }

    /// Puts off every write to `loopWrite`, PUBACKs included; C twin: `mosquitto_threaded_set`.
    ///
    /// Call it before `connect`. Without it libmosquitto acknowledges a message before it tells
    /// about it.
    package func useExternalThreading() {
        // Unsafe here and below: the handle is alive, and texts are copied by the library.
        _ = unsafe mosquitto_threaded_set(handle, true)
    }

    /// Sets user name and password; C twin: `mosquitto_username_pw_set`. Before `connect`.
    ///
    /// - Throws: `AdapterFailure` where memory is short or a text is not valid for MQTT.
    package func setCredentials(userName: String, password: String?) throws(AdapterFailure) {
        let code = unsafe mosquitto_username_pw_set(handle, userName, password)
        try check(code, errno, "set the MQTT user name")
    }

    /// Makes the connection TLS; C twins: `mosquitto_tls_set`, `mosquitto_tls_insecure_set`.
    ///
    /// Call it before `connect`, which reads the files.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where a file cannot be read.
    package func setTLS(_ tls: MosquittoTLS) throws(AdapterFailure) {
        let files = [tls.authorityFile, tls.identity?.certificateFile, tls.identity?.keyFile]
        for file in files.compactMap({ $0 }) { try checkReadable(file) }
        if tls.authorityFile == nil { try setOption(MOSQ_OPT_TLS_USE_OS_CERTS, to: 1) }
        // A key with a passphrase must fail, not ask on the terminal: the callback gives none.
        let code = unsafe mosquitto_tls_set(
            handle, tls.authorityFile, nil, tls.identity?.certificateFile, tls.identity?.keyFile,
            { _, _, _, _ in 0 })
        try check(code, errno, "set up TLS")
        if tls.acceptsAnyHostName {
            let code = unsafe mosquitto_tls_insecure_set(handle, true)
            try check(code, errno, "accept any host name")
        }
    }

    /// Sets what the broker publishes when the client is lost; C twin: `mosquitto_will_set`.
    ///
    /// Call it before `connect`.
    ///
    /// - Throws: `AdapterFailure` with `rejected` where the topic is not one to publish to.
    package func setWill(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool
    ) throws(AdapterFailure) {
        let code = unsafe payload.withUnsafeBufferPointer { bytes in
            unsafe mosquitto_will_set(
                handle, topic, Int32(bytes.count), bytes.baseAddress, Int32(qualityOfService),
                isRetained)
        }
        try check(code, errno, "set the will on topic \(topic)")
    }

    /// Limits unacknowledged publications of our own; C twin:
    /// `mosquitto_max_inflight_messages_set`.
    ///
    /// Towards us the limit is the broker's `max_inflight_messages`: MQTT 3.1.1 has no word for
    /// ours.
    ///
    /// - Parameter count: 1 to 65 535; 20 where it is never set. More wait in memory.
    /// - Throws: `AdapterFailure`, which no known library brings about.
    package func setMaximumInFlight(_ count: UInt16) throws(AdapterFailure) {
        precondition(count > 0, "at least one message must be allowed in flight")
        let code = unsafe mosquitto_max_inflight_messages_set(handle, UInt32(count))
        try check(code, errno, "set the in-flight limit")
    }

    /// Remembers where a connection goes, and checks what libmosquitto would only call invalid.
    func setAddress(host: String, port: UInt16, keepAliveSeconds: UInt16) {
        precondition(!host.isEmpty && port > 0, "a broker has a host and a port")
        precondition(keepAliveSeconds >= 5, "libmosquitto takes a keep-alive of at least 5 s")
        address = "\(host):\(port)"
    }

    /// Throws what a code means, unless it is success.
    ///
    /// - Parameters:
    ///   - code: what the library returned.
    ///   - systemError: errno, read on the line after the call.
    ///   - operation: what was being done.
    /// - Throws: the failure that the code means.
    func check(
        _ code: Int32, _ systemError: Int32, _ operation: @autoclosure () -> String
    ) throws(AdapterFailure) {
        let code = MosquittoCode(rawValue: code)
        guard code != .success else { return }
        throw code.failure(
            operation: operation(), systemError: systemError, refusal: context.lastAnswer)
    }

    private func setOption(_ option: mosq_opt_t, to value: Int32) throws(AdapterFailure) {
        let code = unsafe mosquitto_int_option(handle, option, value)
        try check(code, errno, "set option \(option.rawValue) of libmosquitto")
    }

    private func checkReadable(_ file: String) throws(AdapterFailure) {
        // Unsafe: the path is lent for the call.
        guard unsafe access(file, R_OK) != 0 else { return }
        let error = errno
        // Unsafe: the text of strerror is copied before any other call could change it.
        let text = unsafe String(cString: strerror(error))
        throw AdapterFailure(.unavailable, operation: "read the TLS file \(file)", cause: text)
    }
}
