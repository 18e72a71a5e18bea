import GatewayModel
import Synchronization

/// The memory that both ends of a ring share: two index lines, then the slots.
///
/// Layout, in lines of 64 bytes (the coherence unit of x86-64 and of the Cortex-A cores in
/// question): line 0 holds `tail`, line 1 `head`, then one line per slot. Thus the producer's
/// stores to `tail` never take away the line that the consumer writes `head` to, and the reverse.
///
/// Indices count up without wrapping into the slots; `index & mask` is the slot. 64 bits of them
/// outlast any machine.
///
/// `@unchecked Sendable`: the pointers are fixed at init. The indices are atomic, a slot is written
/// by the producer only while it lies outside `head..<tail` and read by the consumer only while it
/// lies inside, and the orderings at the four places that touch the indices make that exclusive.
/// `@safe`: the pointers are valid for as long as the object is, and freed with it.
@safe final class RingStorage: @unchecked Sendable {
    /// The number of slots, a power of two.
    let capacity: Int
    /// Turns an index into a slot number.
    let mask: Int
    /// The index of the next slot to be written; stored by the producer alone.
    let tail: UnsafePointer<Atomic<Int>>
    /// The index of the next slot to be read; stored by the consumer alone.
    let head: UnsafePointer<Atomic<Int>>
    /// The slots; only those in `head..<tail` hold a sample.
    let slots: UnsafeMutablePointer<Sample>
    /// What the producer refused; a lock, because it is touched only where samples are lost already.
    let refusals = Mutex<Refusals?>(nil)
    private let memory: UnsafeMutableRawPointer

    private static let lineBytes = 64

    init(capacity: Int) {
        precondition(
            MemoryLayout<Sample>.stride == Self.lineBytes, "a sample must fill one cache line")
        self.capacity = capacity
        mask = capacity - 1
        // Unsafe: raw memory, since Swift has no public way to align a stored property. It is laid
        // out once here, freed in deinit, and every pointer below stays inside it.
        unsafe memory = UnsafeMutableRawPointer.allocate(
            byteCount: (2 + capacity) * Self.lineBytes, alignment: Self.lineBytes)
        let first = unsafe memory.bindMemory(to: Atomic<Int>.self, capacity: 1)
        let second = unsafe (memory + Self.lineBytes).bindMemory(to: Atomic<Int>.self, capacity: 1)
        unsafe first.initialize(to: Atomic(0))
        unsafe second.initialize(to: Atomic(0))
        unsafe tail = UnsafePointer(first)
        unsafe head = UnsafePointer(second)
        unsafe slots = (memory + 2 * Self.lineBytes).bindMemory(
            to: Sample.self, capacity: capacity)
    }

    deinit {
        // Unsafe: both ends are gone, so nothing else refers to the memory; neither `Atomic<Int>`
        // nor `Sample` needs to be deinitialized.
        unsafe memory.deallocate()
    }
}
