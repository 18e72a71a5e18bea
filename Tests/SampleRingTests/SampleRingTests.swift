import CAllocationCount
import Foundation
import GatewayModel
import SampleRing
import Synchronization
import Testing

@Suite struct SampleRingTests {
    // MARK: Against a plain queue

    @Test(arguments: [2, 4, 64], [UInt64(1), 2, 3, 4])
    func `any history of pushes and drains gives what a plain queue gives`(
        capacity: Int, seed: UInt64
    ) {
        var rig = QueueRig(capacity: capacity, seed: seed)
        for number in 1...20_000 {
            // Turns of filling and of emptying, so that the ring is full and empty many times.
            if rig.random.next() % 8 < (number / 400 % 2 == 0 ? 7 : 1) {
                rig.putIn()
            } else if rig.random.next() % 16 == 0 {
                rig.compareRefusals()
            } else {
                rig.takeOut()
            }
            rig.compareCounts()
        }
        #expect(rig.everRefusedCount > 0)
        #expect(rig.highest == capacity)
    }

    @Test func `a drain past the ring's end lends two runs, oldest first`() {
        let ends = SampleRing.make(capacity: 4)
        var producer = ends.producer
        var consumer = ends.consumer
        for number in UInt32(1)...3 { _ = producer.push(sample(number)) }
        _ = consumer.drain(max: 3) { _ in }
        for number in UInt32(4)...6 { _ = producer.push(sample(number)) }
        var runs: [[UInt32]] = []
        let count = consumer.drain(max: 10) { run in
            runs.append(run.indices.map { run[$0].sequence })
        }
        #expect(count == 3)
        #expect(runs == [[4], [5, 6]])
    }

    @Test func `a fill past the ring's end lends two runs, the second after a whole first`() {
        let ends = SampleRing.make(capacity: 4)
        var producer = ends.producer
        var consumer = ends.consumer
        for number in UInt32(1)...3 { _ = producer.push(sample(number)) }
        _ = consumer.drain(max: 3) { _ in }
        var lent: [Int] = []
        let none = producer.fill(max: 3) { slots in lent.append(slots.freeCapacity) }
        #expect(none == 0)
        #expect(lent == [1])
        let three = producer.fill(max: 3) { slots in
            lent.append(slots.freeCapacity)
            while !slots.isFull { slots.append(sample(UInt32(lent.count))) }
        }
        #expect(three == 3)
        #expect(lent == [1, 1, 2])
        var drained: [Sample] = []
        _ = consumer.drain(max: 9, into: &drained)
        #expect(drained.map(\.sequence) == [2, 3, 3])
    }

    @Test func `a full ring keeps the old, refuses the newest, and says so once`() {
        let ends = SampleRing.make(capacity: 2)
        var producer = ends.producer
        var consumer = ends.consumer
        let accepted = (UInt32(1)...5).map { producer.push(sample($0)) }
        #expect(accepted == [true, true, false, false, false])
        let refusals = consumer.takeRefusals()
        #expect(refusals?.count == 3)
        #expect(refusals?.first == moment(3))
        #expect(refusals?.last == moment(5))
        let again = consumer.takeRefusals()
        #expect(again == nil)
        var kept: [Sample] = []
        _ = consumer.drain(max: 9, into: &kept)
        #expect(kept.map(\.sequence) == [1, 2])
        let acceptedAfterDrain = producer.push(sample(6))
        #expect(acceptedAfterDrain)
    }

    // MARK: Two threads

    /// A small ring and random batches, so that full and empty happen all the time. Ten million
    /// samples, or as many as KAWAMORI_RING_SAMPLES says; the Makefile says how to send many more.
    @Test func `millions of samples cross two threads whole and in order`() async {
        let wish = ProcessInfo.processInfo.environment["KAWAMORI_RING_SAMPLES"]
        let total = wish.flatMap { UInt32($0) } ?? 10_000_000
        let ends = SampleRing.make(capacity: 256)
        let producer = Mutex(ends.producer)
        let consumer = Mutex(ends.consumer)
        async let refusedCount = onThread {
            producer.withLock { pushAll(total, into: &$0) }
        }
        let (wrong, taken) = await onThread {
            consumer.withLock { takeAll(total, from: &$0) }
        }
        let refused = await refusedCount
        #expect(wrong == 0)
        #expect(taken == total)
        let left = consumer.withLock { $0.count }
        #expect(left == 0)
        let highest = consumer.withLock { $0.highWaterMark }
        #expect((1...256).contains(highest))
        let counted = consumer.withLock { $0.takeRefusals()?.count }
        #expect(counted ?? 0 == refused)
    }

    @Test func `the memory outlives the earlier end`() {
        var producer: SampleRing.Producer
        do {
            let ends = SampleRing.make(capacity: 8)
            producer = ends.producer
        }
        // The consumer is gone already; the address sanitizer would object to a freed slot.
        let accepted = producer.push(sample(1))
        #expect(accepted)
    }

    // MARK: Nothing is allocated

    @Test(.enabled(if: allocations_are_counted(), "the sanitizer counts in our place"))
    func `after it is made, a ring never allocates`() throws {
        let ends = SampleRing.make(capacity: 64)
        var producer = ends.producer
        var consumer = ends.consumer
        let (bell, polledBell) = (try Doorbell(for: .thread), try Doorbell())
        let some = sample(1)
        let before = allocation_count()
        for round in 0..<10_000 {
            for _ in 0..<round % 100 { _ = producer.push(some) }
            _ = producer.fill(max: 10) { slots in
                while !slots.isFull { slots.append(some) }
            }
            _ = consumer.pop()
            _ = consumer.drain(max: 64) { _ in }
            _ = consumer.takeRefusals()
            bell.ring()
            _ = bell.wait(timeoutMilliseconds: 0, strategy: .spinThenPark(lookCount: 1))
            polledBell.ring()
            _ = polledBell.wait(timeoutMilliseconds: 0)
        }
        #expect(allocation_count() == before)
        // The counter counts: this cannot be kept on the stack.
        let kept = [sample(2), sample(3)]
        #expect(allocation_count() > before)
        #expect(kept.count == 2)
    }

    // MARK: Misuse

    @Test func `a capacity that is no power of two is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) { _ = SampleRing.make(capacity: 1000) }
        await #expect(processExitsWith: .failure) { _ = SampleRing.make(capacity: 0) }
        await #expect(processExitsWith: .failure) { _ = SampleRing.make(capacity: 1) }
        await #expect(processExitsWith: .failure) { _ = SampleRing.make(capacity: 1 << 25) }
    }

    @Test func `a drain of nothing is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            let ends = SampleRing.make(capacity: 2)
            var consumer = ends.consumer
            _ = consumer.drain(max: 0) { _ in }
        }
    }

    @Test func `a fill of less than nothing is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            let ends = SampleRing.make(capacity: 2)
            var producer = ends.producer
            _ = producer.fill(max: -1) { _ in }
        }
    }

    @Test func `more than was lent cannot be filled`() async {
        await #expect(processExitsWith: .failure) {
            let ends = SampleRing.make(capacity: 2)
            var producer = ends.producer
            _ = producer.fill(max: 1) { slots in
                slots.append(sample(1))
                slots.append(sample(2))
            }
        }
    }
}

// MARK: - What the threads do

/// Puts in the samples 1 to `total`, singly and in batches, trying again where there is no room.
///
/// - Returns: how often a sample was refused.
private func pushAll(_ total: UInt32, into producer: inout SampleRing.Producer) -> UInt64 {
    var random = SplitMix(state: 4)
    let template = sample(0)
    var refused: UInt64 = 0
    var number: UInt32 = 1
    while number <= total {
        let left = Int(total - number) + 1
        switch random.next() % 4 {
        case 0:
            _ = producer.fill(max: min(left, Int(random.next() % 300))) { slots in
                while !slots.isFull {
                    slots.append(marked(number, template))
                    number += 1
                }
            }
        case 1:
            while !producer.hasRoom() { letOthersRun() }
            fallthrough
        default:
            if producer.push(marked(number, template)) {
                number += 1
            } else {
                refused += 1
                letOthersRun()
            }
        }
    }
    return refused
}

/// Takes out `total` samples, singly and in batches.
///
/// - Returns: how many were not the sample that was due, and how many came.
private func takeAll(
    _ total: UInt32, from consumer: inout SampleRing.Consumer
) -> (wrong: Int, taken: UInt32) {
    var random = SplitMix(state: 9)
    var taken: UInt32 = 0
    var wrong = 0
    while taken < total {
        var isEmpty = false
        if random.next() % 2 == 0 {
            isEmpty =
                consumer.drain(max: Int(random.next() % 300) + 1) { run in
                    for index in run.indices {
                        taken += 1
                        if !isMarked(run[index], taken) { wrong += 1 }
                    }
                } == 0
        } else if let popped = consumer.pop() {
            taken += 1
            if !isMarked(popped, taken) { wrong += 1 }
        } else {
            isEmpty = true
        }
        if isEmpty { letOthersRun() }
    }
    return (wrong, taken)
}

/// A sample with its number at the beginning, in the middle and at the end of its cache line.
private func marked(_ number: UInt32, _ template: Sample) -> Sample {
    var sample = template
    sample.rawValue = Double(number)
    sample.sequence = number
    sample.deviceID = ~UInt64(number)
    return sample
}

private func isMarked(_ sample: Sample, _ number: UInt32) -> Bool {
    sample.rawValue == Double(number) && sample.sequence == number
        && sample.deviceID == ~UInt64(number)
}

/// A ring and a plain queue, to which the same is done.
private struct QueueRig: ~Copyable {
    var random: SplitMix
    private var producer: SampleRing.Producer
    private var consumer: SampleRing.Consumer
    private let capacity: Int
    private var queue: [UInt32] = []
    private var refused: [UInt32] = []
    private var number: UInt32 = 0
    private(set) var highest = 0
    /// The most that waited when a drain began.
    private var highestAtDrain = 0
    private(set) var everRefusedCount = 0

    init(capacity: Int, seed: UInt64) {
        self.capacity = capacity
        random = SplitMix(state: seed)
        let ends = SampleRing.make(capacity: capacity)
        producer = ends.producer
        consumer = ends.consumer
    }

    mutating func putIn() {
        let free = capacity - queue.count
        switch random.next() % 4 {
        case 0:
            let samples = newSamples()
            let taken = producer.push(contentsOf: samples.span)
            #expect(taken == min(free, samples.count))
            note(samples.prefix(taken), refused: samples.dropFirst(taken))
        case 1:
            let samples = newSamples()
            var next = 0
            // A body that has less than it was lent room for.
            let taken = producer.fill(max: samples.count + 1) { slots in
                while !slots.isFull, next < samples.count {
                    slots.append(samples[next])
                    next += 1
                }
            }
            #expect(taken == min(free, samples.count))
            note(samples.prefix(taken), refused: [])
        case 2:
            let hasRoom = producer.hasRoom(for: 2)
            #expect(hasRoom == (free >= 2))
        default:
            number += 1
            let accepted = producer.push(sample(number))
            #expect(accepted == (free > 0))
            note(accepted ? [sample(number)] : [], refused: accepted ? [] : [sample(number)])
        }
    }

    private mutating func newSamples() -> [Sample] {
        let first = number + 1
        number += UInt32(random.next() % 5)
        return (first..<number + 1).map(sample)
    }

    private mutating func note(_ accepted: ArraySlice<Sample>, refused: ArraySlice<Sample>) {
        queue += accepted.map(\.sequence)
        self.refused += refused.map(\.sequence)
        everRefusedCount += refused.count
        highest = max(highest, queue.count)
    }

    mutating func takeOut() {
        let limit = Int(random.next() % 5) + 1
        var drained: [Sample] = []
        if limit == 1 {
            drained = consumer.pop().map { [$0] } ?? []
        } else {
            highestAtDrain = max(highestAtDrain, queue.count)
            let count = consumer.drain(max: limit, into: &drained)
            #expect(count == drained.count)
        }
        #expect(drained.map(\.sequence) == Array(queue.prefix(limit)))
        #expect(drained.allSatisfy { !isOther($0, than: sample($0.sequence)) })
        queue.removeFirst(drained.count)
    }

    mutating func compareRefusals() {
        let taken = consumer.takeRefusals()
        #expect(taken?.count == (refused.isEmpty ? nil : UInt64(refused.count)))
        #expect(taken?.first == refused.first.map(moment))
        #expect(taken?.last == refused.last.map(moment))
        refused = []
    }

    func compareCounts() {
        let (free, waiting, mark) = (producer.freeCount, consumer.count, consumer.highWaterMark)
        #expect(free == capacity - queue.count)
        #expect(waiting == queue.count)
        // A pop may let a peak pass; a drain may not.
        #expect((max(highestAtDrain, queue.count)...highest).contains(mark))
    }
}

/// A sample whose every field follows from its number, so that a torn one shows.
private func sample(_ number: UInt32) -> Sample {
    Sample(
        channel: ChannelIndex(number &* 7), rawValue: Double(number) / 3,
        received: GatewayInstant(
            monotonicNanoseconds: Int64(number) * 11, utc: moment(number), quality: .synchronised),
        identity: .sequence(bootCounter: ~number, sequence: number),
        deviceTime: UTCInstant(milliseconds: -Int64(number)), errorCode: UInt16(number & 0xFFFF),
        batteryMillivolts: UInt16(number >> 4 & 0xFFFF), deviceID: UInt64(number) &* 0x1_0000_0001,
        marks: .wantsAcknowledgement)
}

private func moment(_ number: UInt32) -> UTCInstant { UTCInstant(milliseconds: Int64(number)) }

private func isOther(_ left: Sample, than right: Sample) -> Bool {
    left.channel != right.channel || left.rawValue != right.rawValue
        || left.receivedMonotonicNanoseconds != right.receivedMonotonicNanoseconds
        || left.receivedUTC != right.receivedUTC || left.identity != right.identity
        || left.deviceTime != right.deviceTime || left.errorCode != right.errorCode
        || left.batteryMillivolts != right.batteryMillivolts || left.marks != right.marks
        || left.deviceID != right.deviceID
}
