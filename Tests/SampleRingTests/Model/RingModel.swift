/// The steps of `SampleRing` and `Doorbell`, as the model checker runs them.
///
/// Each program follows its source step by step; `relaxed` and `mutant` say what is weakened or broken
/// on purpose.
struct RingModel {
    /// The places in the sources where an ordering stronger than relaxed stands, by their functions.
    enum Ordering: CaseIterable, Sendable {
        case publish, lookAtTail, free, lookAtHead, ring, clear

        var order: Order {
            switch self {
            case .publish, .free, .ring: .releasing
            case .lookAtTail, .lookAtHead, .clear: .acquiring
            }
        }
    }

    /// Mistakes in the order of the steps, each tempting.
    enum Mutant: String, CaseIterable, Sendable {
        case publishBeforeWriting, freeBeforeReading, oneTooMany
        case ringBeforePublishing, clearAfterLooking, lookBeforeRinging, storeInsteadOfExchange
        case sleepWithoutComparing, wordBeforeDescriptor
    }

    /// How the consumer waits.
    enum Waiting: Sendable {
        /// Looks at the ring again and again.
        case spinning
        /// Sleeps at a bell for a thread, or for a poll loop.
        case onWord, onDescriptor
        /// Looks at the bell's word once before it sleeps.
        case spinningThenOnWord
    }

    var capacity: Int
    var sampleCount: Int8
    /// The most samples that one fill publishes, and one drain takes; 1 for `push` and `pop`.
    var batch: Int8 = 1
    var waiting = Waiting.spinning
    /// The ordering that is left out.
    var relaxed: Ordering?
    var mutant: Mutant?

    // The places, in the order of their numbers.
    static let tail = 0
    static let head = 1
    static let word = 2
    // What the word can be.
    static let silent: Int8 = 0
    static let rung: Int8 = 1
    static let parked: Int8 = 2

    func check(spuriousWakeCount: UInt8 = 0) -> ModelChecker.Outcome {
        ModelChecker(
            programs: [producer, consumer], placeCount: 3, slotCount: capacity,
            spuriousWakeCount: spuriousWakeCount
        ).run()
    }

    private func order(_ place: Ordering) -> Order { relaxed == place ? .relaxed : place.order }

    // MARK: Producer

    /// Registers: own tail, known head, samples in this batch, word.
    var producer: ModelProgram {
        let (tail, knownHead, count, found) = (0, 1, 2, 3)
        let (sampleCount, batch) = (sampleCount, batch)
        let capacity = Int8(capacity) + (mutant == .oneTooMany ? 1 : 0)
        let publish: [ModelStep] =
            (mutant == .ringBeforePublishing ? ringing(found) : [])
            + [.store(tail, to: Self.tail, order(.publish))]
        var steps: [ModelStep] = [
            .label("next"),
            .jump("end") { $0[tail] == sampleCount },
            .compute { $0[count] = 0 },
            // push: `tail - knownHead == capacity`; fill: `free < max`.
            .jump("room") {
                $0[tail] - $0[knownHead] + min(batch, sampleCount - $0[tail]) <= capacity
            },
            .load(knownHead, from: Self.head, order(.lookAtHead)),
            .jump("next") { $0[tail] - $0[knownHead] >= capacity },
            .label("room"),
        ]
        if mutant == .publishBeforeWriting { steps += [.compute { $0[tail] += 1 }] + publish }
        steps += [
            .label("write"),
            .compute { if self.mutant == .publishBeforeWriting { $0[tail] -= 1 } },
            .put(index: tail),
            .compute {
                $0[tail] += 1
                $0[count] += 1
            },
            .jump("write") {
                $0[count] < batch && $0[tail] < sampleCount
                    && $0[tail] - $0[knownHead] < capacity
            },
        ]
        if mutant != .publishBeforeWriting { steps += publish }
        let slotCount = Int8(self.capacity)
        steps.append(
            .check("head ≤ tail ≤ head + capacity") { registers, newest in
                (0...slotCount).contains(registers[tail] - newest(Self.head))
            })
        if mutant != .ringBeforePublishing { steps += ringing(found) }
        steps += [.jump("next"), .label("end")]
        return ModelProgram(name: "producer", steps: steps, registerCount: 4)
    }

    // MARK: Consumer

    /// Registers: own head, known tail, samples in this batch, word, descriptor.
    var consumer: ModelProgram {
        let (head, knownTail, count, found, size) = (0, 1, 2, 3, 4)
        let (sampleCount, batch) = (sampleCount, batch)
        let look: [ModelStep] = [.load(knownTail, from: Self.tail, order(.lookAtTail))]
        var steps: [ModelStep] = [
            .label("next"),
            .jump("end") { $0[head] == sampleCount },
            .compute { $0[count] = 0 },
            // pop: `knownTail == head`; drain: always.
            .jump("take") { batch == 1 && $0[knownTail] != $0[head] },
        ]
        steps += look
        steps += [.jump("take") { $0[knownTail] != $0[head] }]
        steps += waiting(found, size)
        steps += [.jump("next"), .label("take")]
        let free: [ModelStep] = [.store(head, to: Self.head, order(.free))]
        if mutant == .freeBeforeReading {
            steps += [.compute { $0[head] += 1 }] + free + [.compute { $0[head] -= 1 }]
        }
        steps += [
            .take(index: head),
            .compute {
                $0[head] += 1
                $0[count] += 1
            },
            .jump("take") { $0[count] < batch && $0[head] != $0[knownTail] },
        ]
        if mutant != .freeBeforeReading { steps += free }
        steps += [.jump("next"), .label("end")]
        return ModelProgram(name: "consumer", steps: steps, registerCount: 5)
    }

    // MARK: Doorbell

    /// `Doorbell.ring`.
    private func ringing(_ found: Int) -> [ModelStep] {
        guard waiting != .spinning else { return [] }
        var steps: [ModelStep] = []
        if mutant == .lookBeforeRinging {
            steps += [
                .load(found, from: Self.word, .relaxed), .jump("rung") { $0[found] == Self.rung },
            ]
        }
        steps.append(.exchange(found, Self.word, with: Self.rung, order(.ring)))
        if waiting != .onDescriptor {
            steps += [.jump("rung") { $0[found] != Self.parked }, .wake(Self.word)]
        } else {
            steps += [.jump("rung") { $0[found] == Self.rung }, .signal]
        }
        return steps + [.label("rung")]
    }

    /// `Doorbell.wait`, after a look that found nothing.
    private func waiting(_ found: Int, _ size: Int) -> [ModelStep] {
        switch waiting {
        case .spinning: []
        case .onWord: [.label("asleep")] + sleepingOnWord(found) + clearing(found, size)
        case .onDescriptor: [.label("asleep"), .poll] + clearing(found, size)
        case .spinningThenOnWord:
            [
                .label("asleep"), .load(found, from: Self.word, .relaxed),
                .jump("awake") { $0[found] == Self.rung },
            ] + sleepingOnWord(found) + clearing(found, size)
        }
    }

    private func sleepingOnWord(_ found: Int) -> [ModelStep] {
        [
            .exchangeIf(found, Self.word, expected: Self.silent, with: Self.parked),
            .jump("awake") { $0[found] == 0 },
            mutant == .sleepWithoutComparing
                ? .sleepBlindly(Self.word) : .sleep(Self.word, expected: Self.parked),
            .label("awake"),
        ]
    }

    /// `Doorbell.clear`.
    private func clearing(_ found: Int, _ size: Int) -> [ModelStep] {
        let word: [ModelStep] =
            mutant == .storeInsteadOfExchange
            ? [.compute { $0[found] = Self.silent }, .store(found, to: Self.word, order(.clear))]
            : [.exchange(found, Self.word, with: Self.silent, order(.clear))]
        var clear = word
        if waiting == .onDescriptor {
            clear =
                mutant == .wordBeforeDescriptor
                ? word + [.takeSignal(size)]
                : [.takeSignal(size), .jump("cleared") { $0[size] == 0 }] + word
        }
        guard mutant == .clearAfterLooking else { return clear + [.label("cleared")] }
        // The look at the tail comes before the clear, and after it only the next sleep.
        return [.load(1, from: Self.tail, order(.lookAtTail))] + clear
            + [.label("cleared"), .jump("take") { $0[1] != $0[0] }, .jump("asleep")]
    }
}
