import CRingPeers
import SampleRing

/// One way of doing the work, measured once in each round.
struct Contender {
    let name: String
    /// By how many a run's time is divided: samples, or one-way trips.
    let unitCount: Int64
    /// What each of them lasts without any work: for how long a side lingers first.
    let idleNanoseconds: Int64
    let run: () throws -> peer_result
    /// Nanoseconds for one unit, round by round.
    var figures: [Double] = []

    init(
        _ name: String, per unitCount: Int64, idleNanoseconds: Int64 = 0,
        _ run: @escaping () throws -> peer_result
    ) {
        self.name = name
        self.unitCount = unitCount
        self.idleNanoseconds = idleNanoseconds
        self.run = run
    }

    mutating func measure() throws {
        let result = try run()
        guard result.wrong_count == 0 else {
            throw WrongContent(contender: name, count: result.wrong_count)
        }
        figures.append(
            Double(result.nanoseconds) / Double(unitCount) - Double(idleNanoseconds))
    }
}

/// A consumer found samples whose content was not what their number asks for.
struct WrongContent: Error {
    let contender: String
    let count: Int64
}

/// What is measured against what, and what is expected of it.
struct Comparison {
    enum Goal: String, Encodable {
        /// The ratio is the peer's time by ours.
        case faster
        /// The ratio is our time by the peer's.
        case noSlower
    }

    let what: String
    let against: String
    let unit: String
    let goal: Goal
    /// What the ratio must reach, and what we aim at; nil where the row only informs.
    let must: Double?
    let aim: Double?
    /// Our way first; of the others, the fastest counts.
    var contenders: [Contender]
}

/// The rows of the table.
struct Comparisons {
    /// Samples that a ring, a queue or all buffers together hold: 256 KiB.
    static let capacity = 4096
    static let batch = 64
    /// Waiting in a stream: long enough for the other side to get ahead, so that the two do not
    /// quarrel over one line for each sample. Peers run with it and with the shortest, and the
    /// better counts.
    static let patience = 64
    /// Each run is short, a few milliseconds, so that those of one round meet the same machine.
    private static let samples = Int64(batch) * 3200
    private static let spins: Int64 = 10_000
    private static let sleeps: Int64 = 200
    private static let linger = Int64(PEER_LINGER_NANOSECONDS)

    static var all: [Comparison] {
        [oneByOne, batches, copies, latency, wakeUp, wakeUpThroughDescriptor]
    }

    private static var oneByOne: Comparison {
        var contenders = [
            Contender("ring, push and pop", per: samples) {
                let run = try RingRun(count: samples, capacity: capacity, patience: patience)
                return unsafe run.measure(pushSingly, popSingly)
            }
        ]
        for (form, inPlace) in [("pop", false), ("consume_one", true)] {
            for patience in [1, patience] {
                contenders.append(
                    Contender("push, \(form), \(patience) pauses", per: samples) {
                        boost_one_by_one(samples, Int64(capacity), inPlace, Int64(patience))
                    })
            }
        }
        return Comparison(
            what: "one by one, two threads", against: "Boost.Lockfree spsc_queue",
            unit: "ns/sample", goal: .faster, must: 1, aim: 2, contenders: contenders)
    }

    private static var ringBatches: Contender {
        Contender("ring, fill and drain", per: samples) {
            let run = try RingRun(
                count: samples, capacity: capacity, batch: batch, patience: patience)
            return unsafe run.measure(fillBatches, drainBatches)
        }
    }

    private static var batches: Comparison {
        return Comparison(
            what: "batches of \(batch)", against: "Boost's batch push / consume_all",
            unit: "ns/sample", goal: .faster, must: 1, aim: 1.5,
            contenders: [ringBatches]
                + [1, patience].map { patience in
                    Contender("push, consume_all, \(patience) pauses", per: samples) {
                        boost_batches(samples, Int64(capacity), Int64(batch), Int64(patience))
                    }
                })
    }

    private static var copies: Comparison {
        var contenders = [ringBatches]
        for buffers in [1, 2, capacity / batch] {
            for patience in [1, patience] {
                contenders.append(
                    Contender("\(buffers) buffers, \(patience) pauses", per: samples) {
                        copy_buffers(samples, Int64(buffers), Int64(batch), Int64(patience))
                    })
            }
        }
        return Comparison(
            what: "batches of \(batch)", against: "a copy from core to core",
            unit: "ns/sample", goal: .faster, must: 0.5, aim: 0.9, contenders: contenders)
    }

    private static var latency: Comparison {
        Comparison(
            what: "one sample to a spinning consumer", against: "a bare atomic ping-pong",
            unit: "ns one way", goal: .noSlower, must: 1.3, aim: 1.1,
            contenders: [
                Contender("ring, push and pop", per: 2 * spins) {
                    let run = try RingRun(count: spins, capacity: capacity)
                    return unsafe run.measure(pingSpinning, pongSpinning)
                },
                Contender("two atomic words", per: 2 * spins) { atomic_ping_pong(spins) },
            ])
    }

    private static var wakeUp: Comparison {
        Comparison(
            what: "wake-up of a parked consumer", against: "a bare futex ping-pong",
            unit: "ns one way", goal: .noSlower, must: 1.5, aim: 1.1,
            contenders: [
                Contender(
                    "ring and doorbell for a thread", per: 2 * sleeps, idleNanoseconds: linger
                ) {
                    let run = try RingRun(count: sleeps, capacity: capacity)
                    return unsafe run.measure(pingParking, pongParking)
                },
                Contender("two futexes", per: 2 * sleeps, idleNanoseconds: linger) {
                    futex_ping_pong(sleeps)
                },
            ])
    }

    private static var wakeUpThroughDescriptor: Comparison {
        Comparison(
            what: "wake-up of a poll loop", against: "a bare eventfd ping-pong",
            unit: "ns one way", goal: .noSlower, must: nil, aim: nil,
            contenders: [
                Contender(
                    "ring and doorbell for a poll loop", per: 2 * sleeps, idleNanoseconds: linger
                ) {
                    let run = try RingRun(count: sleeps, capacity: capacity, sleeper: .pollLoop)
                    return unsafe run.measure(pingParking, pongParking)
                },
                Contender("two eventfds", per: 2 * sleeps, idleNanoseconds: linger) {
                    eventfd_ping_pong(sleeps)
                },
            ])
    }
}
