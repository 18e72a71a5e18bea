public import CLinux
public import GatewayModel
public import Synchronization

/// The places of a ring's memory, and the rules by which its two ends share them.
///
/// Indices count samples since the beginning and never wrap into the slots: the sample of index `i`
/// lies in slot `i & mask`, and 64 bits of them outlast any machine. At every moment
///
///     head ≤ tail ≤ head + capacity
///
/// and the samples `head..<tail` wait. The producer alone stores `tail` and writes only slots outside
/// `head..<tail`; the consumer alone stores `head` and reads only slots inside. So no slot is ever
/// written and read at once, provided each end knows where the other one's index stands. It need not
/// know it exactly: an old `head` makes the producer see less room than there is, an old `tail` makes
/// the consumer see fewer samples, and both are safe.
///
/// `@unchecked Sendable` and `@safe`: the pointers are fixed, valid as long as the `RingStorage`
/// that each end holds, and used by these rules.
@safe @usableFromInline struct RingMemory: @unchecked Sendable {
    /// The index of the next sample to be put in.
    @usableFromInline let tail: UnsafePointer<Atomic<Int>>
    /// The index of the next sample to be taken out.
    @usableFromInline let head: UnsafePointer<Atomic<Int>>
    @usableFromInline let slots: UnsafeMutablePointer<Sample>
    /// The number of slots, a power of two.
    @usableFromInline let capacity: Int

    init(
        tail: UnsafePointer<Atomic<Int>>, head: UnsafePointer<Atomic<Int>>,
        slots: UnsafeMutablePointer<Sample>, capacity: Int
    ) {
        unsafe self.tail = unsafe tail
        unsafe self.head = unsafe head
        unsafe self.slots = unsafe slots
        self.capacity = capacity
    }

    /// The slot of an index.
    @inlinable @inline(__always) func slot(_ index: Int) -> UnsafeMutablePointer<Sample> {
        // Unsafe: the mask keeps it inside the allocation, since the capacity is a power of two.
        unsafe slots + (index & (capacity &- 1))
    }

    /// How many of `count` slots from an index on lie before the end of the memory; the others are
    /// the first ones of the memory.
    @inlinable @inline(__always) func firstRun(from index: Int, count: Int) -> Int {
        min(count, capacity &- (index & (capacity &- 1)))
    }

    /// Asks for the line of a slot that will be written soon, and on which nobody waits yet.
    ///
    /// A lap ago the consumer read it, so its line lies in the consumer's cache. Stores leave a core
    /// in order: each one that must wait for its line holds up all that follow, `tail` included.
    /// Asked for early, many lines travel at once while other samples are made.
    @inlinable @inline(__always) func expectToWrite(_ index: Int) {
        // Unsafe: a hint, which touches nothing; the slot may be anybody's.
        unsafe kawamori_prefetch_to_write(slot(index))
    }
}
