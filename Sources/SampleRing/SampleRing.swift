/// The bounded queue between one source's thread and the pipeline's thread.
///
/// Single producer and single consumer hold by construction: each end is noncopyable, so there is
/// one of each, and each is moved to its thread. A full ring refuses the newest sample and counts
/// it, because what is already inside is older and was promised first.
@usableFromInline package enum SampleRing {
    /// The two ends of a new ring, to be taken apart and moved to their threads.
    ///
    /// Frozen, because only then may another module take the ends out one by one.
    @frozen @usableFromInline package struct Ends: ~Copyable, Sendable {
        /// For the source's thread.
        @usableFromInline package let producer: Producer
        /// For the pipeline's thread.
        @usableFromInline package let consumer: Consumer
    }

    /// Makes a ring; the only allocations of its life happen here.
    ///
    /// - Parameter capacity: the number of samples it holds, a power of two from 2 to 2^24 (1 GiB).
    /// - Returns: the two ends; the memory is freed with the later of them.
    @usableFromInline package static func make(capacity: Int) -> Ends {
        precondition(
            (2...1 << 24).contains(capacity) && capacity & (capacity - 1) == 0,
            "a ring's capacity must be a power of two from 2 to 2^24, not \(capacity)")
        let storage = RingStorage(capacity: capacity)
        return Ends(producer: Producer(storage), consumer: Consumer(storage))
    }
}
