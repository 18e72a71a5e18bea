package import GatewayModel
import Synchronization

extension SampleRing {
    /// The pipeline's end of a ring.
    package struct Consumer: ~Copyable, Sendable {
        private let storage: RingStorage
        /// Our own `head`: nobody else stores it, so it need not be loaded.
        private var head = 0
        /// The most samples that ever waited in the ring.
        ///
        /// Between two drains the number only rises, so its value at the start of each drain is
        /// the highest since the one before.
        package private(set) var highWaterMark = 0

        init(_ storage: RingStorage) { self.storage = storage }

        /// The number of samples the ring holds.
        package var capacity: Int { storage.capacity }

        /// How many samples wait now; more as the producer pushes.
        package var count: Int {
            // Acquiring for the same reason as in `drain`, should a caller rely on the number.
            unsafe storage.tail.pointee.load(ordering: .acquiring) - head
        }

        /// Takes waiting samples, oldest first, and frees their slots.
        ///
        /// The samples are lent where they lie, as one run, or two where they pass the ring's end;
        /// their slots are freed together when `body` has seen all. One look at the producer's
        /// index serves the whole batch, so no copy of it is kept between drains.
        ///
        /// - Parameters:
        ///   - max: the most samples to take, at least 1.
        ///   - body: sees each run once; it must copy what it keeps.
        /// - Returns: how many samples were taken; 0 where none waited.
        /// - Complexity: O(number taken); allocates nothing.
        package mutating func drain(max: Int, _ body: (Span<Sample>) -> Void) -> Int {
            precondition(max > 0, "a drain must be allowed to take at least one sample")
            // Acquiring, with the producer's releasing store of `tail`: its writes to the slots
            // before `tail` happen before our reads.
            let waiting = unsafe storage.tail.pointee.load(ordering: .acquiring) - head
            guard waiting > 0 else { return 0 }
            highWaterMark = Swift.max(highWaterMark, waiting)
            let count = min(waiting, max)
            let start = head & storage.mask
            let firstRun = min(count, storage.capacity - start)
            // Unsafe: both runs lie inside the allocation by the mask and inside `head..<tail`, so
            // the producer does not write to them until `head` is stored below.
            let slots = unsafe storage.slots
            unsafe body(UnsafeBufferPointer(start: slots + start, count: firstRun).span)
            if firstRun < count {
                unsafe body(UnsafeBufferPointer(start: slots, count: count - firstRun).span)
            }
            head += count
            // Releasing, with the producer's acquiring load of `head`: our reads of these slots
            // happen before its next writes to them.
            unsafe storage.head.pointee.store(head, ordering: .releasing)
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

        /// Hands over what was refused since the last call, and starts the count again.
        ///
        /// - Returns: nil where nothing was refused.
        package func takeRefusals() -> Refusals? { storage.refusals.withLock { $0.takeAll() } }
    }
}
