import CIngestPeer

/// Sends messages that were prepared before.
///
/// `@unchecked Sendable`: one thread at a time uses it, the one that made it or the one that sends.
@safe final class Publisher: @unchecked Sendable {
    // Everything unsafe here: the handle lives as long as this object, and arrays and texts are lent
    // for the calls.
    private let handle: OpaquePointer
    private(set) var count: Int64 = 0

    init(port: UInt16) throws {
        var reason = Reason()
        guard let handle = unsafe peer_publisher_open(port, &reason.text) else {
            throw reason.error
        }
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe peer_publisher_close(handle) }

    /// Keeps a message for sending.
    func add(_ payload: [UInt8], to topic: String) throws {
        var reason = Reason()
        guard unsafe peer_publisher_add(handle, topic, payload, payload.count, &reason.text) else {
            throw reason.error
        }
        count += 1
    }

    /// Sends kept messages with QoS 1 and waits for all confirmations.
    ///
    /// - Parameters:
    ///   - numbers: which of them.
    ///   - intervalNanoseconds: from one to the next; 0 is as fast as the broker takes them.
    /// - Returns: the monotonic time of each, in nanoseconds.
    /// - Throws: what libmosquitto says, or that the broker does not confirm.
    @discardableResult
    func send(_ numbers: Range<Int64>, intervalNanoseconds: Int64 = 0) throws -> [Int64] {
        var reason = Reason()
        var times = [Int64](repeating: 0, count: numbers.count)
        let isSent = unsafe peer_publisher_send(
            handle, numbers.lowerBound, Int64(numbers.count), intervalNanoseconds, &times,
            &reason.text)
        guard isSent else { throw reason.error }
        return times
    }
}
