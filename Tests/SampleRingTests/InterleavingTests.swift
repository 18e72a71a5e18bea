import Testing

/// Every order of the steps of a small ring, and every value that a weak memory may give to each load.
///
/// The model is a second writing of the algorithm, so it proves the reasoning and not the code; the
/// code itself runs under the thread sanitizer in `SampleRingTests` and `DoorbellTests`.
@Suite struct InterleavingTests {
    private static let rings: [RingModel] = [
        RingModel(capacity: 2, sampleCount: 7),
        RingModel(capacity: 4, sampleCount: 5),
        RingModel(capacity: 4, sampleCount: 9, batch: 3),
        RingModel(capacity: 2, sampleCount: 3, waiting: .onWord),
        RingModel(capacity: 2, sampleCount: 4, waiting: .onDescriptor),
        RingModel(capacity: 2, sampleCount: 3, waiting: .spinningThenOnWord),
        RingModel(capacity: 4, sampleCount: 5, batch: 2, waiting: .onWord),
    ]

    @Test(arguments: rings.indices)
    func `no order of steps loses, tears or swaps a sample, or a wake-up`(index: Int) {
        let outcome = Self.rings[index].check()
        #expect(outcome.failure == nil, "\(outcome.way.joined(separator: "\n"))")
        #expect(outcome.stateCount > 500)
        #expect(outcome.endCount > 0)
    }

    @Test(arguments: [RingModel.Waiting.onWord, .spinningThenOnWord])
    func `a sleep that ends for no reason does no harm`(waiting: RingModel.Waiting) {
        let model = RingModel(capacity: 2, sampleCount: 2, waiting: waiting)
        let outcome = model.check(spuriousWakeCount: 2)
        #expect(outcome.failure == nil, "\(outcome.way.joined(separator: "\n"))")
    }

    // MARK: Each ordering is needed

    @Test(arguments: [RingModel.Ordering.publish, .lookAtTail, .free, .lookAtHead], [Int8(1), 3])
    func `an index without its ordering is a race on a slot`(
        ordering: RingModel.Ordering, batch: Int8
    ) {
        var model = RingModel(capacity: 4, sampleCount: 6, batch: batch)
        model.relaxed = ordering
        let isOnTail = [.publish, .lookAtTail].contains(ordering)
        #expect(
            model.check().failure
                == (isOnTail
                    ? "a slot is read while it may still be written"
                    : "a slot is written while it may still be read"))
    }

    @Test(
        arguments: [RingModel.Ordering.ring, .clear],
        [RingModel.Waiting.onWord, .onDescriptor, .spinningThenOnWord])
    func `a bell without its ordering loses a wake-up`(
        ordering: RingModel.Ordering, waiting: RingModel.Waiting
    ) {
        var model = RingModel(capacity: 2, sampleCount: 2, waiting: waiting)
        model.relaxed = ordering
        #expect(model.check().failure == Self.lostWakeUp)
    }

    // MARK: Each step is in its place

    private static let lostWakeUp = "nobody can go on: a wake-up was lost"

    @Test(
        arguments: [
            (.publishBeforeWriting, "sample -1 is read for sample 0"),
            (.freeBeforeReading, "a slot is read while it may still be written"),
            (.oneTooMany, "it does not hold that head ≤ tail ≤ head + capacity"),
        ] as [(RingModel.Mutant, String)])
    func `a ring with its steps in another order breaks`(
        mutant: RingModel.Mutant, failure: String
    ) {
        var model = RingModel(capacity: 2, sampleCount: 3)
        model.mutant = mutant
        #expect(model.check().failure == failure)
    }

    @Test(
        arguments: [
            (.ringBeforePublishing, .onWord), (.ringBeforePublishing, .onDescriptor),
            (.clearAfterLooking, .onWord), (.clearAfterLooking, .onDescriptor),
            (.lookBeforeRinging, .onWord), (.lookBeforeRinging, .onDescriptor),
            (.storeInsteadOfExchange, .onWord), (.storeInsteadOfExchange, .onDescriptor),
            (.sleepWithoutComparing, .onWord), (.wordBeforeDescriptor, .onDescriptor),
        ] as [(RingModel.Mutant, RingModel.Waiting)])
    func `a bell with its steps in another order loses a wake-up`(
        mutant: RingModel.Mutant, waiting: RingModel.Waiting
    ) {
        var model = RingModel(capacity: 2, sampleCount: 2, waiting: waiting)
        model.mutant = mutant
        #expect(model.check().failure == Self.lostWakeUp)
    }

    // MARK: Several ringers

    /// Two threads leave a note each and ring; the third may wake once for both.
    private func twoRingers(_ ring: Order) -> ModelChecker {
        let word = 2
        func ringer(_ place: Int) -> ModelProgram {
            ModelProgram(
                name: "ringer \(place)",
                steps: [
                    .compute { $0[0] = 1 }, .store(0, to: place, .relaxed),
                    .exchange(1, word, with: RingModel.rung, ring),
                    .jump("end") { $0[1] != RingModel.parked }, .wake(word), .label("end"),
                ], registerCount: 2)
        }
        let waiter = ModelProgram(
            name: "waiter",
            steps: [
                .label("next"),
                .exchangeIf(2, word, expected: RingModel.silent, with: RingModel.parked),
                .jump("awake") { $0[2] == 0 }, .sleep(word, expected: RingModel.parked),
                .label("awake"), .exchange(2, word, with: RingModel.silent, .acquiring),
                .load(0, from: 0, .relaxed), .load(1, from: 1, .relaxed),
                .jump("next") { $0[0] + $0[1] < 2 },
            ], registerCount: 3)
        return ModelChecker(programs: [ringer(0), ringer(1), waiter], placeCount: 3, slotCount: 0)
    }

    /// The clear may read the later ring's value; it must acquire the earlier one's work as well.
    @Test func `a clear hears all rings before it`() {
        let outcome = twoRingers(.releasing).run()
        #expect(outcome.failure == nil, "\(outcome.way.joined(separator: "\n"))")
        #expect(outcome.endCount > 0)
        #expect(twoRingers(.relaxed).run().failure == Self.lostWakeUp)
    }
}
