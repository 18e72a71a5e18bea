package import GatewayModel
import Synchronization

extension SampleRing {
    /// The source's end of a ring.
    package struct Producer: ~Copyable, Sendable {
        private let storage: RingStorage
        /// Our own `tail`: nobody else stores it, so it need not be loaded.
        private var tail = 0
        /// The consumer's `head` as last seen: never ahead of the true one, so what it says is
        /// free is free. Looking again costs a cache miss and is put off until it says full.
        private var knownHead = 0

        init(_ storage: RingStorage) { self.storage = storage }

        /// The number of samples the ring holds.
        package var capacity: Int { storage.capacity }

        /// How many samples can be pushed now without a refusal; more as the consumer drains.
        package var freeCount: Int {
            // Acquiring: a caller that goes by this number and then pushes must not overwrite a
            // slot before the consumer's reads of it are done; see `push`.
            let head = unsafe storage.head.pointee.load(ordering: .acquiring)
            return storage.capacity - (tail - head)
        }

        /// Puts a sample into the ring, or refuses and counts it where the ring is full.
        ///
        /// It never waits for the consumer and never allocates.
        ///
        /// - Parameter sample: the newest sample; its `receivedUTC` dates a refusal.
        /// - Returns: false where the ring was full and the sample was refused.
        /// - Complexity: O(1).
        package mutating func push(_ sample: Sample) -> Bool {
            if tail - knownHead == storage.capacity {
                // Acquiring, with the consumer's releasing store of `head`: its reads of the slots
                // before `head` happen before our writes to them.
                knownHead = unsafe storage.head.pointee.load(ordering: .acquiring)
                if tail - knownHead == storage.capacity {
                    storage.refusals.withLock { $0.add(at: sample.receivedUTC) }
                    return false
                }
            }
            // Unsafe: the slot lies inside the allocation by the mask, and outside `head..<tail`
            // by the test above, so the consumer does not read it.
            unsafe storage.slots[tail & storage.mask] = sample
            tail += 1
            // Releasing, with the consumer's acquiring load of `tail`: our write to the slot
            // happens before its read.
            unsafe storage.tail.pointee.store(tail, ordering: .releasing)
            return true
        }
    }
}
