import CMosquitto

/// What libmosquitto's callbacks find behind their user pointer.
///
/// A C callback needs a reference, so this one class is it. The client owns it and destroys the
/// library's handle before letting go of it, so the unretained pointer never dangles.
final class CallbackContext {
    /// Whom to tell; set before the first loop call and weak, so that it may own the client.
    weak var events: (any MosquittoEvents)?
    /// What the last CONNACK said; touched only on the thread that runs the loop.
    private(set) var lastAnswer: ConnectionAnswer?

    /// Sets every callback of a new handle, whose user pointer is a context.
    ///
    /// C twins: `mosquitto_*_callback_set`.
    static func install(on handle: OpaquePointer) {
        // Unsafe, throughout: the handle is alive; the user pointer is the context by
        // `MosquittoClient.init`; pointers that the library hands over are read before the return.
        unsafe mosquitto_connect_with_flags_callback_set(handle) { _, user, code, flags in
            guard let context = unsafe CallbackContext.behind(user) else { return }
            let answer = ConnectionAnswer(rawValue: code)
            context.lastAnswer = answer
            uncancelled { context.events?.connected(answer, isSessionPresent: flags & 1 != 0) }
        }
        unsafe mosquitto_disconnect_callback_set(handle) { _, user, code in
            guard let context = unsafe CallbackContext.behind(user) else { return }
            uncancelled { context.events?.disconnected(MosquittoCode(rawValue: code)) }
        }
        unsafe mosquitto_message_callback_set(handle) { _, user, message in
            guard let context = unsafe CallbackContext.behind(user), let message = unsafe message
            else { return }
            uncancelled { unsafe context.receive(message.pointee) }
        }
        unsafe mosquitto_publish_callback_set(handle) { _, user, messageID in
            guard let context = unsafe CallbackContext.behind(user) else { return }
            uncancelled { context.events?.published(messageID: messageID) }
        }
        unsafe mosquitto_subscribe_callback_set(handle) { _, user, messageID, count, grants in
            guard let context = unsafe CallbackContext.behind(user), count > 0,
                let first = unsafe grants?.pointee
            else { return }
            // We subscribe to one filter at a time, so the first grant is the only one.
            let grant = (0...2).contains(first) ? Int(first) : nil
            uncancelled {
                context.events?.subscribed(messageID: messageID, grantedQualityOfService: grant)
            }
        }
        unsafe mosquitto_unsubscribe_callback_set(handle) { _, user, messageID in
            guard let context = unsafe CallbackContext.behind(user) else { return }
            uncancelled { context.events?.unsubscribed(messageID: messageID) }
        }
    }

    private static func behind(_ user: UnsafeMutableRawPointer?) -> CallbackContext? {
        // Unsafe: the pointer was made from a context by `MosquittoClient.init`.
        unsafe user.map { unsafe Unmanaged<CallbackContext>.fromOpaque($0).takeUnretainedValue() }
    }

    private func receive(_ message: mosquitto_message) {
        guard let events, let topic = unsafe message.topic else { return }
        // Unsafe: the library guarantees a terminated topic of valid UTF-8, and a payload of the
        // given length (a null pointer for none) that lives until the callback returns.
        let payload = unsafe UnsafeRawBufferPointer(
            start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen))
        unsafe payload.withMemoryRebound(to: UInt8.self) { bytes in
            events.received(
                topic: unsafe String(cString: topic), payload: unsafe bytes.span,
                qualityOfService: unsafe Int(message.qos), isRetained: unsafe message.retain,
                messageID: unsafe UInt16(truncatingIfNeeded: message.mid))
        }
    }
}

/// Runs `body` with thread cancellation put off.
///
/// `mosquitto_loop_stop(force)` cancels the library's thread, and a cancellation must not unwind
/// Swift's frames, which do not expect it.
private func uncancelled(_ body: () -> Void) {
    let wasCancellable = kawamori_set_cancellable(false)
    body()
    _ = kawamori_set_cancellable(wasCancellable)
}
