public import GatewayModel
import Synchronization

/// The owner of a ring's memory, held by both ends, and what is seldom touched.
///
/// The memory, in blocks of 128 bytes:
///
///     | tail | head | slot 0, slot 1 | slot 2, slot 3 | …
///
/// A cache line is 64 bytes on x86-64 and on the Cortex-A cores in question, and cores pass each
/// other whole lines. Were `tail` and `head` in one line, each push would take that line away from
/// the consumer and each drain would take it back, though neither needs the other's index. The
/// blocks are twice as long because many x86 cores fetch lines in aligned pairs.
///
/// `@unchecked Sendable`: what the pointers point to is divided between the ends as `RingMemory`
/// says, and the rest is behind a lock. `@safe`: the memory lives as long as the object.
@safe @usableFromInline final class RingStorage: @unchecked Sendable {
    /// Where everything lies; both ends keep a copy, to spare a load at each step.
    let memory: RingMemory
    /// What the producer refused; a lock, because it is touched only where samples are lost already.
    private let refusals = Mutex<Refusals?>(nil)
    private let allocation: UnsafeMutableRawPointer

    private static let lineBytes = 64
    private static let blockBytes = 2 * lineBytes

    init(capacity: Int) {
        precondition(
            MemoryLayout<Sample>.stride == Self.lineBytes, "a sample must fill one cache line")
        // Unsafe: raw memory, since Swift has no public way to align a stored property. It is laid
        // out once here, freed in deinit, and every pointer made from it stays inside it.
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: 2 * Self.blockBytes + capacity * Self.lineBytes, alignment: Self.blockBytes)
        let slots = unsafe (base + 2 * Self.blockBytes).bindMemory(
            to: Sample.self, capacity: capacity)
        // Every slot is written once now, so that the kernel hands out the pages here and not in
        // the middle of a flood.
        let nothing = Sample(
            channel: ChannelIndex(0), rawValue: 0,
            received: GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .unknown))
        unsafe slots.initialize(repeating: nothing, count: capacity)
        unsafe memory = RingMemory(
            tail: Self.makeIndex(base), head: Self.makeIndex(base + Self.blockBytes), slots: slots,
            capacity: capacity)
        unsafe allocation = base
    }

    /// Puts an index, 0, at a place.
    private static func makeIndex(_ place: UnsafeMutableRawPointer) -> UnsafePointer<Atomic<Int>> {
        // Unsafe: each place is used for one index and nothing else.
        let index = unsafe place.bindMemory(to: Atomic<Int>.self, capacity: 1)
        unsafe index.initialize(to: Atomic(0))
        return unsafe UnsafePointer(index)
    }

    deinit {
        // Unsafe: both ends are gone, so nothing else refers to the memory; neither `Atomic<Int>`
        // nor `Sample` needs to be deinitialized.
        unsafe allocation.deallocate()
    }

    /// Counts a refused sample.
    @usableFromInline @inline(never) func refuse(receivedUTC: UTCInstant) {
        refusals.withLock { $0.add(at: receivedUTC) }
    }

    /// Hands over what was refused since the last call.
    func takeRefusals() -> Refusals? { refusals.withLock { $0.takeAll() } }
}
