/// How a thread waits at a doorbell.
package enum WaitingStrategy: Sendable, Equatable {
    /// Sleeps at once; the core is free for others and the pole's battery for the night. A wake-up
    /// costs two system calls and the scheduler's time, some microseconds.
    case park
    /// Looks at the bell so many times before it sleeps: for work that comes so often that falling
    /// asleep and waking would take longer than the wait. One look takes a few tens of nanoseconds
    /// and nothing else can use the core meanwhile.
    case spinThenPark(lookCount: Int)
}
