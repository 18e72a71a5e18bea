public import GatewayModel
public import Synchronization

extension SampleRing {
    /// The source's end of a ring.
    @safe @usableFromInline package struct Producer: ~Copyable, Sendable {
        @usableFromInline let memory: RingMemory
        @usableFromInline let storage: RingStorage
        /// Our own `tail`: nobody else stores it, so it need not be loaded.
        @usableFromInline var tail = 0
        /// The consumer's `head` as we last saw it. The true one may be ahead, never behind, so
        /// what this one says is free is free. Each look at the true one may cost a cache miss.
        @usableFromInline var knownHead = 0

        /// How many slots ahead of a single push its line is asked for: a line's journey takes about
        /// as long as making so many samples. Measured; 4 and 32 are slower.
        @usableFromInline static let slotsAhead = 16
        /// The most lines a batch asks for: 4 KiB, an eighth of a small first-level cache.
        @usableFromInline static let mostSlotsAhead = 64

        init(_ storage: RingStorage) {
            self.storage = storage
            memory = storage.memory
        }

        /// The number of samples the ring holds.
        @inlinable package var capacity: Int { memory.capacity }

        /// How many samples can be pushed now without a refusal; more as the consumer drains.
        @inlinable package var freeCount: Int {
            // Acquiring: a caller that goes by this number and then pushes must not overwrite a
            // slot before the consumer's reads of it are done; see `lookAtHead`.
            let head = unsafe memory.head.pointee.load(ordering: .acquiring)
            return memory.capacity &- (tail &- head)
        }

        /// Whether so many samples can be pushed now without a refusal, for a source that rather
        /// waits; cheaper than `freeCount`, because it looks at the consumer only in doubt.
        @inlinable package mutating func hasRoom(for count: Int = 1) -> Bool {
            if memory.capacity &- (tail &- knownHead) < count { lookAtHead() }
            return memory.capacity &- (tail &- knownHead) >= count
        }

        /// Puts a sample into the ring, or refuses and counts it where the ring is full.
        ///
        /// It never waits for the consumer and never allocates.
        ///
        /// - Parameter sample: the newest sample; its `receivedUTC` dates a refusal.
        /// - Returns: false where the ring was full and the sample was refused.
        /// - Complexity: O(1).
        @inlinable package mutating func push(_ sample: Sample) -> Bool {
            if tail &- knownHead == memory.capacity {
                lookAtHead()
                guard tail &- knownHead < memory.capacity else {
                    storage.refuse(receivedUTC: sample.receivedUTC)
                    return false
                }
            }
            // Unsafe: by the test above the slot lies outside `head..<tail`, so it is ours.
            unsafe memory.slot(tail).pointee = sample
            publish(1)
            // Now and not before: the consumer waits for the sample, and nobody for a hint.
            memory.expectToWrite(tail &+ Self.slotsAhead)
            return true
        }

        /// Puts samples into the ring, oldest first, and refuses and counts what finds no room.
        ///
        /// - Parameter samples: copied to their slots and published together.
        /// - Returns: how many were taken; those that follow were refused, the newest ones.
        /// - Complexity: O(number of samples).
        @inlinable package mutating func push(contentsOf samples: Span<Sample>) -> Int {
            var index = 0
            let count = fill(max: samples.count) { slots in
                while !slots.isFull {
                    slots.append(samples[index])
                    index &+= 1
                }
            }
            for index in count..<samples.count {
                storage.refuse(receivedUTC: samples[index].receivedUTC)
            }
            return count
        }

        /// Lends free slots to be filled where they lie, and publishes what was filled, together.
        ///
        /// The slots are lent as one run, or as two where they pass the ring's end; the second run
        /// only where the first was filled whole. A sample is written once, to its slot.
        ///
        /// - Parameters:
        ///   - max: the most slots to lend. Fewer are lent where the ring has fewer; that refuses
        ///     nothing, because no sample was there to refuse.
        ///   - body: appends samples, oldest first, as many as it has.
        /// - Returns: how many samples were put into the ring.
        /// - Complexity: O(number of samples); allocates nothing.
        @inlinable package mutating func fill(
            max: Int, _ body: (inout OutputSpan<Sample>) -> Void
        ) -> Int {
            precondition(max >= 0, "a ring cannot lend less than no slot")
            var free = memory.capacity &- (tail &- knownHead)
            if free < max {
                lookAtHead()
                free = memory.capacity &- (tail &- knownHead)
            }
            let lent = min(free, max)
            guard lent > 0 else { return 0 }
            // The slots of the next batch, probably; those of this one were asked for by the last.
            for ahead in 0..<min(lent, Self.mostSlotsAhead) {
                memory.expectToWrite(tail &+ lent &+ ahead)
            }
            let firstRun = memory.firstRun(from: tail, count: lent)
            var count = unsafe Self.fill(memory.slot(tail), firstRun, body)
            if count == firstRun, firstRun < lent {
                count &+= unsafe Self.fill(memory.slots, lent &- firstRun, body)
            }
            publish(count)
            return count
        }

        /// Lends one run of slots.
        @inlinable @inline(__always) static func fill(
            _ slots: UnsafeMutablePointer<Sample>, _ count: Int,
            _ body: (inout OutputSpan<Sample>) -> Void
        ) -> Int {
            // Unsafe: the run lies inside the allocation and outside `head..<tail`, so it is ours.
            // A sample is trivial: what a slot held before needs no deinitializing.
            let run = unsafe UnsafeMutableBufferPointer(start: slots, count: count)
            var output = unsafe OutputSpan(buffer: run, initializedCount: 0)
            body(&output)
            return unsafe output.finalize(for: run)
        }

        /// Moves `tail` over slots that are filled.
        @inlinable @inline(__always) mutating func publish(_ count: Int) {
            tail &+= count
            // Releasing, with the consumer's acquiring load of `tail`: our writes to the slots
            // happen before its reads. Relaxed, the store could overtake them, and the consumer
            // would read what the slot held a lap ago.
            unsafe memory.tail.pointee.store(tail, ordering: .releasing)
        }

        /// Learns how far the consumer is.
        @inlinable @inline(__always) mutating func lookAtHead() {
            // Acquiring, with the consumer's releasing store of `head`: its reads of the slots
            // before `head` happen before our next writes to them. Relaxed, a write could overtake
            // the look, and the consumer would still be reading the slot that it changes.
            knownHead = unsafe memory.head.pointee.load(ordering: .acquiring)
        }
    }
}
