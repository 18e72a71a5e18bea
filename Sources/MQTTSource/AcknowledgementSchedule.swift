/// When a session may read, when it must stop, and when its acknowledgements may leave.
///
/// libmosquitto puts the PUBACK of a message into one queue with everything else it sends, before
/// the message is even handed to us. A write empties that whole queue. So a write is allowed only
/// while every message read so far is on disk; and since messages may keep coming, the session stops
/// reading from time to time, asks for a commit, and lets the disk catch up. It is pure: numbers and
/// times come in, decisions go out.
package struct AcknowledgementSchedule: Sendable {
    /// What the session may do next.
    package struct Step: Sendable, Equatable {
        /// Whether another message may be taken from the socket.
        package var mayRead: Bool
        /// Whether the send queue may go out: nothing in it speaks of an uncommitted message.
        package var mayWrite: Bool
        /// Whether the pipeline must be asked for a commit now; true once per pause.
        package var asksForCommit: Bool
        /// The monotonic time, in nanoseconds, at which to look again even if nothing happens; nil
        /// where only an event can change anything.
        package var deadlineNanoseconds: Int64?
    }

    /// How many unacknowledged messages make the session pause.
    package let pauseCount: UInt64

    private var read: UInt64 = 0
    private var committed: UInt64 = 0
    private var oldestUnacknowledged: Int64?
    private var isPaused = false

    /// - Parameter inflightWindow: how many messages the broker sends before it wants an
    ///   acknowledgement, at least 1; the session pauses at half of it, so that the broker always
    ///   has something to send while the disk works.
    package init(inflightWindow: Int) {
        precondition(inflightWindow >= 1, "an in-flight window holds at least one message")
        pauseCount = UInt64(max(1, inflightWindow / 2))
    }

    /// Takes down that messages up to `number` have been read.
    package mutating func didRead(upTo number: UInt64, atNanoseconds now: Int64) {
        precondition(number >= read, "message numbers only grow")
        if number > read, oldestUnacknowledged == nil { oldestUnacknowledged = now }
        read = number
    }

    /// Takes down that messages up to `number` are on disk.
    package mutating func didCommit(upTo number: UInt64) {
        precondition(number <= read, "only what was read can be committed")
        committed = max(committed, number)
        guard committed == read else { return }
        oldestUnacknowledged = nil
        isPaused = false
    }

    /// Decides what may happen at `now`, under the commit window in force.
    package mutating func step(atNanoseconds now: Int64, windowNanoseconds: Int64) -> Step {
        let isSettled = committed == read
        var asks = false
        if !isSettled, !isPaused {
            let oldest = oldestUnacknowledged ?? now
            if read - committed >= pauseCount || now - oldest >= windowNanoseconds {
                isPaused = true
                asks = true
            }
        }
        return Step(
            mayRead: !isPaused, mayWrite: isSettled, asksForCommit: asks,
            deadlineNanoseconds: isSettled || isPaused
                ? nil : oldestUnacknowledged.map { $0 + windowNanoseconds })
    }
}
