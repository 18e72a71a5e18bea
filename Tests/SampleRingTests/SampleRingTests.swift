import GatewayModel
import SampleRing
import Synchronization
import Testing

@Suite struct SampleRingTests {
    @Test(arguments: [2, 4, 64], [UInt64(1), 2, 3, 4])
    func `any history of pushes and drains gives what a plain queue gives`(
        capacity: Int, seed: UInt64
    ) {
        var random = SplitMix(state: seed)
        let ends = SampleRing.make(capacity: capacity)
        var producer = ends.producer
        var consumer = ends.consumer
        var model: [UInt32] = []
        var refused: [UInt32] = []
        var highest = 0
        var refusedCount = 0
        for number in UInt32(1)...20_000 {
            // Turns of filling and of emptying, so that the ring is full and empty many times.
            if random.next() % 8 < (number / 400 % 2 == 0 ? 7 : 1) {
                let accepted = producer.push(sample(number))
                #expect(accepted == (model.count < capacity))
                if accepted { model.append(number) } else { refused.append(number) }
                refusedCount += accepted ? 0 : 1
            } else if random.next() % 16 == 0 {
                let wanted = refused.last.map { last in
                    (UInt64(refused.count), moment(refused[0]), moment(last))
                }
                let taken = consumer.takeRefusals()
                #expect(taken?.count == wanted?.0)
                #expect(taken?.first == wanted?.1)
                #expect(taken?.last == wanted?.2)
                refused = []
            } else {
                let limit = Int(random.next() % 5) + 1
                highest = max(highest, model.count)
                var drained: [Sample] = []
                let count = consumer.drain(max: limit, into: &drained)
                #expect(count == drained.count)
                #expect(drained.map(\.sequence) == Array(model.prefix(limit)))
                #expect(drained.allSatisfy { $0.rawValue == Double($0.sequence) / 3 })
                model.removeFirst(count)
            }
            let (free, waiting, mark) = (
                producer.freeCount, consumer.count, consumer.highWaterMark
            )
            #expect(free == capacity - model.count)
            #expect(waiting == model.count)
            #expect(mark == highest)
        }
        #expect(refusedCount > 0)
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

    /// A small ring and random batches, so that full and empty happen all the time.
    @Test func `a million samples cross two threads whole and in order`() async {
        let total: UInt32 = 1_000_000
        let ends = SampleRing.make(capacity: 256)
        let producer = Mutex(ends.producer)
        let consumer = Mutex(ends.consumer)
        async let refusedCount = onThread {
            producer.withLock { producer in
                var refused: UInt64 = 0
                for number in 1...total {
                    while !producer.push(sample(number)) {
                        refused += 1
                        pause()
                    }
                }
                return refused
            }
        }
        async let outcome = onThread {
            consumer.withLock { consumer in
                var random = SplitMix(state: 9)
                var expected: UInt32 = 1
                var wrong = 0
                while expected <= total {
                    let count = consumer.drain(max: Int(random.next() % 300) + 1) { run in
                        for index in run.indices {
                            if run[index] != sample(expected) { wrong += 1 }
                            expected += 1
                        }
                    }
                    if count == 0 { pause() }
                }
                return (wrong, consumer.count, consumer.highWaterMark)
            }
        }
        let (wrong, left, highest) = await outcome
        let refused = await refusedCount
        #expect(wrong == 0)
        #expect(left == 0)
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
}

/// A sample whose every field follows from its number, so that a torn one shows.
private func sample(_ number: UInt32) -> Sample {
    Sample(
        channel: ChannelIndex(number &* 7), rawValue: Double(number) / 3,
        received: GatewayInstant(
            monotonicNanoseconds: Int64(number) * 11, utc: moment(number), quality: .synchronised),
        identity: .sequence(bootCounter: ~number, sequence: number),
        deviceTime: UTCInstant(milliseconds: -Int64(number)), errorCode: UInt16(number & 0xFFFF),
        batteryMillivolts: UInt16(number >> 4 & 0xFFFF), marks: .wantsAcknowledgement)
}

private func moment(_ number: UInt32) -> UTCInstant { UTCInstant(milliseconds: Int64(number)) }

private func != (left: Sample, right: Sample) -> Bool {
    left.channel != right.channel || left.rawValue != right.rawValue
        || left.receivedMonotonicNanoseconds != right.receivedMonotonicNanoseconds
        || left.receivedUTC != right.receivedUTC || left.identity != right.identity
        || left.deviceTime != right.deviceTime || left.errorCode != right.errorCode
        || left.batteryMillivolts != right.batteryMillivolts || left.marks != right.marks
}
