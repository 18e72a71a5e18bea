public import GatewayModel
public import Synchronization

extension SampleRing {
    /// The pipeline's end of a ring.
    @safe @usableFromInline package struct Consumer: ~Copyable, Sendable {
        @usableFromInline let memory: RingMemory
        private let storage: RingStorage
        /// Our own `head`: nobody else stores it, so it need not be loaded.
        @usableFromInline var head = 0
        /// The producer's `tail` as we last saw it. The true one may be ahead, never behind, so what
        /// this one says is there is there. Each look at the true one may cost a cache miss.
        @usableFromInline var knownTail = 0
        /// The most samples that waited at any look.
        @usableFromInline var mostSeen = 0

        init(_ storage: RingStorage) {
            self.storage = storage
            memory = storage.memory
        }

        /// The number of samples the ring holds.
        @inlinable package var capacity: Int { memory.capacity }

        /// How many samples wait now; more as the producer pushes.
        @inlinable package var count: Int {
            // Acquiring for the same reason as in `lookAtTail`, should a caller rely on the number.
            unsafe memory.tail.pointee.load(ordering: .acquiring) &- head
        }

        /// The most samples that waited in the ring at the beginning of any drain, or now.
        ///
        /// Where a drain takes all, nothing else lets the number fall, and this is its peak. A pop
        /// looks only when it knows of no more, and so may miss a peak between two looks. The number
        /// is the consumer's: the producer would have to look at `head` for it, and wait for that
        /// line at each push.
        package var highWaterMark: Int { max(mostSeen, count) }

        /// Takes the oldest waiting sample and frees its slot.
        ///
        /// - Returns: nil where none waits.
        /// - Complexity: O(1).
        @inlinable package mutating func pop() -> Sample? {
            if knownTail == head {
                lookAtTail()
                guard knownTail != head else { return nil }
            }
            // Unsafe: by the test above the slot lies inside `head..<tail`, so it is ours.
            let sample = unsafe memory.slot(head).pointee
            free(1)
            return sample
        }

        /// Takes waiting samples, oldest first, and frees their slots.
        ///
        /// The samples are lent where they lie, as one run, or two where they pass the ring's end;
        /// their slots are freed together when `body` has seen all.
        ///
        /// - Parameters:
        ///   - max: the most samples to take, at least 1.
        ///   - body: sees each run once; it must copy what it keeps.
        /// - Returns: how many samples were taken; 0 where none waited.
        /// - Complexity: O(number taken); allocates nothing.
        @inlinable package mutating func drain(max: Int, _ body: (Span<Sample>) -> Void) -> Int {
            precondition(max > 0, "a drain must be allowed to take at least one sample")
            // Always, for the sake of the high-water mark; a batch can afford it.
            lookAtTail()
            let count = min(knownTail &- head, max)
            guard count > 0 else { return 0 }
            let firstRun = memory.firstRun(from: head, count: count)
            // Unsafe: both runs lie inside the allocation and inside `head..<tail`, so they are
            // ours until `free`.
            unsafe body(UnsafeBufferPointer(start: memory.slot(head), count: firstRun).span)
            if firstRun < count {
                unsafe body(
                    UnsafeBufferPointer(start: memory.slots, count: count &- firstRun).span)
            }
            free(count)
            return count
        }

        /// Takes waiting samples, oldest first, to the end of an array.
        ///
        /// - Parameters:
        ///   - max: the most samples to take, at least 1.
        ///   - array: allocates nothing where it has the room reserved.
        /// - Returns: how many samples were taken.
        package mutating func drain(max: Int, into array: inout [Sample]) -> Int {
            drain(max: max) { run in
                for index in run.indices { array.append(run[index]) }
            }
        }

        /// Learns how far the producer is.
        @inlinable @inline(__always) mutating func lookAtTail() {
            // Acquiring, with the producer's releasing store of `tail`: its writes to the slots
            // before `tail` happen before our reads. Relaxed, a read could overtake the look and
            // find what the slot held a lap ago.
            knownTail = unsafe memory.tail.pointee.load(ordering: .acquiring)
            mostSeen = max(mostSeen, knownTail &- head)
        }

        /// Moves `head` over slots that have been read.
        @inlinable @inline(__always) mutating func free(_ count: Int) {
            head &+= count
            // Releasing, with the producer's acquiring load of `head`: our reads of these slots
            // happen before its next writes to them. Relaxed, the store could overtake the reads,
            // and they would find a sample of the next lap, or half of one.
            unsafe memory.head.pointee.store(head, ordering: .releasing)
        }

        /// Hands over what was refused since the last call, and starts the count again.
        ///
        /// - Returns: nil where nothing was refused.
        package func takeRefusals() -> Refusals? { storage.takeRefusals() }
    }
}
