package import GatewayModel
import Glibc
import Synchronization

/// Wakes a sleeping thread from any other: many rings before it wakes are one.
///
/// The rule that loses no wake-up: the one side puts its work where the other finds it, *then*
/// rings; the other wakes, clears the bell, *then* looks for work. Whoever polls other descriptors
/// too adds `fileDescriptor` (readable: it was rung) to them and calls `clear` itself.
///
/// Underneath is a socket pair that never holds more than one byte. An eventfd would do the same
/// with one descriptor less, but Swift's Glibc module carries neither it nor `pipe2`.
package final class Doorbell: Sendable {
    /// Readable while the bell is rung; it is closed with the doorbell.
    package let fileDescriptor: Int32
    /// The other end of the pair.
    private let ringingDescriptor: Int32
    /// Whether the pair holds a byte or is about to: saves a system call per ring.
    private let isRung = Atomic(false)

    /// Makes a silent doorbell; C twin: `socketpair(2)`.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where the process has no descriptor left.
    package init() throws(AdapterFailure) {
        var ends: (reading: Int32, writing: Int32) = (-1, -1)
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        // Unsafe: socketpair writes two descriptors where the tuple holds two.
        let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            let descriptors = unsafe bytes.baseAddress?.assumingMemoryBound(to: Int32.self)
            return unsafe socketpair(AF_UNIX, Int32(kind), 0, descriptors)
        }
        let error = errno
        guard result == 0 else {
            // Unsafe: the text of strerror is copied before any other call could change it.
            let text = unsafe String(cString: strerror(error))
            throw AdapterFailure(
                .unavailable, operation: "make a doorbell (socketpair)", cause: text)
        }
        fileDescriptor = ends.reading
        ringingDescriptor = ends.writing
    }

    deinit {
        close(fileDescriptor)
        close(ringingDescriptor)
    }

    /// Wakes the waiting thread, now or at its next wait. Any thread may call it; it never blocks.
    package func ring() {
        // Acquiring and releasing, on the same flag as the exchange in `clear`. Where we find
        // false, we write and the waiter wakes. Where we find true, a byte is in the pair or on its
        // way, the exchange that follows it comes after ours and reads what ours released, and so
        // the waiter sees the work that was put there before this ring.
        guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        // Unsafe: one byte of a local variable is lent for the call. The write cannot fail: both
        // descriptors are ours and open, and the pair is empty.
        let written = unsafe write(ringingDescriptor, &byte, 1)
        precondition(written == 1, "an empty socket pair refused a byte")
    }

    /// Silences the bell; call it before looking for work, never after.
    ///
    /// One thread at a time may call it or `wait`.
    ///
    /// - Returns: whether it had been rung.
    @discardableResult
    package func clear() -> Bool {
        var byte: UInt8 = 0
        // The byte first, the flag second. A ring between the two finds the flag still true and
        // writes nothing, and its work is found by the look that follows. The other way round, such
        // a ring's byte would be read away here while its flag stayed true, and the bell were dumb.
        // Unsafe: one byte of a local variable is lent for the call.
        let count = unsafe read(fileDescriptor, &byte, 1)
        // Nothing read: a ringer may stand between its exchange and its write. The flag must stay,
        // for the byte will come and wake us again.
        guard count == 1 else { return false }
        return isRung.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Sleeps until the bell is rung, and clears it; C twin: `poll(2)`.
    ///
    /// - Parameter timeoutMilliseconds: the longest sleep; 0 only looks; nil sleeps for ever.
    /// - Returns: false where nobody rang in time, or a signal ended the sleep early.
    package func wait(timeoutMilliseconds: Int32?) -> Bool {
        precondition(timeoutMilliseconds ?? 0 >= 0, "a wait cannot last less than no time")
        var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        // Unsafe: one local entry is lent for the call.
        let ready = unsafe poll(&entry, 1, timeoutMilliseconds ?? -1)
        return ready > 0 && clear()
    }
}
