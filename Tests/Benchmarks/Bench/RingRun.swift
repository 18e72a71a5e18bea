import CLinux
import CRingPeers
import GatewayModel
import SampleRing

/// One run of two threads over rings of ours; each thread takes its ends out of here.
@safe final class RingRun {
    let count: Int64
    let batch: Int
    /// How a thread waits for the other: so many pauses between two looks.
    let patience: Int
    private var producers: [ProducerBox] = []
    private var consumers: [ConsumerBox] = []
    let bells: (there: Doorbell, back: Doorbell)

    private final class ProducerBox {
        var end: SampleRing.Producer?
        init(_ end: consuming SampleRing.Producer) { self.end = consume end }
    }

    private final class ConsumerBox {
        var end: SampleRing.Consumer?
        init(_ end: consuming SampleRing.Consumer) { self.end = consume end }
    }

    /// - Parameters:
    ///   - count: samples, or rounds to and fro.
    ///   - capacity: of each of the two rings.
    ///   - batch: samples in one batch.
    ///   - patience: pauses between two looks.
    ///   - sleeper: who sleeps at the bells.
    /// - Throws: `AdapterFailure` where the process has no descriptor left for a bell.
    init(
        count: Int64, capacity: Int, batch: Int = 1, patience: Int = 1,
        sleeper: Doorbell.Sleeper = .thread
    ) throws {
        self.count = count
        self.batch = batch
        self.patience = patience
        bells = (try Doorbell(for: sleeper), try Doorbell(for: sleeper))
        for _ in 0..<2 {
            let ends = SampleRing.make(capacity: capacity)
            producers.append(ProducerBox(ends.producer))
            consumers.append(ConsumerBox(ends.consumer))
        }
    }

    func takeProducer(_ ring: Int) -> SampleRing.Producer {
        guard let end = producers[ring].end.take() else { fatalError("taken twice") }
        return end
    }

    func takeConsumer(_ ring: Int) -> SampleRing.Consumer {
        guard let end = consumers[ring].end.take() else { fatalError("taken twice") }
        return end
    }

    typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Int64

    func measure(_ producer: Body, _ consumer: Body) -> peer_result {
        // Unsafe: the run outlives both threads, because the call returns after they have ended.
        withExtendedLifetime(self) {
            unsafe peer_run_pair(producer, consumer, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> RingRun {
        guard let context = unsafe context else { fatalError("a body without its run") }
        // Unsafe: `measure` passes the run itself.
        return unsafe Unmanaged<RingRun>.fromOpaque(context).takeUnretainedValue()
    }
}

@inline(__always) private func pause(_ patience: Int) {
    for _ in 0..<patience { kawamori_spin_pause() }
}

// MARK: One by one

func pushSingly(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(0)
    let (count, patience, template) = (run.count, run.patience, emptySample)
    var number: Int64 = 0
    while number < count {
        while !producer.hasRoom() { pause(patience) }
        _ = producer.push(makeSample(number, from: template))
        number &+= 1
    }
    return 0
}

func popSingly(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var consumer = run.takeConsumer(0)
    let (count, patience) = (run.count, run.patience)
    var (number, wrong): (Int64, Int64) = (0, 0)
    while number < count {
        guard let sample = consumer.pop() else {
            pause(patience)
            continue
        }
        wrong &+= isWrong(sample, number)
        number &+= 1
    }
    return wrong
}

// MARK: Batches

func fillBatches(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(0)
    let (count, batch, patience) = (run.count, run.batch, run.patience)
    let template = emptySample
    var number: Int64 = 0
    while number < count {
        while !producer.hasRoom(for: batch) { pause(patience) }
        _ = producer.fill(max: batch) { slots in
            // A number of its own, because the captured one lives in memory.
            var next = number
            while !slots.isFull {
                slots.append(makeSample(next, from: template))
                next &+= 1
            }
            number = next
        }
    }
    return 0
}

func drainBatches(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var consumer = run.takeConsumer(0)
    let (count, batch, patience) = (run.count, run.batch, run.patience)
    var (number, wrong): (Int64, Int64) = (0, 0)
    while number < count {
        let taken = consumer.drain(max: batch) { samples in
            for index in samples.indices {
                wrong &+= isWrong(samples[index], number)
                number &+= 1
            }
        }
        if taken == 0 { pause(patience) }
    }
    return wrong
}

// MARK: To and fro

@inline(__always) private func popSpinning(
    _ consumer: inout SampleRing.Consumer, _ number: Int64
) -> Int64 {
    while true {
        if let sample = consumer.pop() { return isWrong(sample, number) }
        kawamori_spin_pause()
    }
}

func pingSpinning(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(0)
    var consumer = run.takeConsumer(1)
    let template = emptySample
    var wrong: Int64 = 0
    for number in 0..<run.count {
        _ = producer.push(makeSample(number, from: template))
        wrong &+= popSpinning(&consumer, number)
    }
    return wrong
}

func pongSpinning(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(1)
    var consumer = run.takeConsumer(0)
    let template = emptySample
    var wrong: Int64 = 0
    for number in 0..<run.count {
        wrong &+= popSpinning(&consumer, number)
        _ = producer.push(makeSample(number, from: template))
    }
    return wrong
}

@inline(__always) private func popParking(
    _ consumer: inout SampleRing.Consumer, _ bell: Doorbell, _ number: Int64
) -> Int64 {
    while true {
        if let sample = consumer.pop() { return isWrong(sample, number) }
        _ = bell.wait(timeoutMilliseconds: nil)
    }
}

func pingParking(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(0)
    var consumer = run.takeConsumer(1)
    let template = emptySample
    var wrong: Int64 = 0
    for number in 0..<run.count {
        peer_linger()
        _ = producer.push(makeSample(number, from: template))
        run.bells.there.ring()
        wrong &+= popParking(&consumer, run.bells.back, number)
    }
    return wrong
}

func pongParking(_ context: UnsafeMutableRawPointer?) -> Int64 {
    let run = unsafe RingRun.from(context)
    var producer = run.takeProducer(1)
    var consumer = run.takeConsumer(0)
    let template = emptySample
    var wrong: Int64 = 0
    for number in 0..<run.count {
        wrong &+= popParking(&consumer, run.bells.there, number)
        peer_linger()
        _ = producer.push(makeSample(number, from: template))
        run.bells.back.ring()
    }
    return wrong
}
