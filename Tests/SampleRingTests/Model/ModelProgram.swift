/// One step of a modelled thread that other threads can see or see the lack of.
///
/// Registers are named by their number in the thread's own array.
enum ModelStep: Sendable {
    case load(Int, from: Int, Order)
    case store(Int, to: Int, Order)
    /// Replaces a place's value by a constant; the old value goes to the register.
    case exchange(Int, Int, with: Int8, Order)
    /// Replaces the value where it is as expected; 1 or 0 goes to the register.
    case exchangeIf(Int, Int, expected: Int8, with: Int8)
    /// Writes the sample of an index to its slot; the sample is the index itself.
    case put(index: Int)
    /// Reads the slot of an index; anything but the index's own sample is a failure.
    case take(index: Int)
    /// futex(2): falls asleep where the place's newest value is as expected, in one step.
    case sleep(Int, expected: Int8)
    /// The mutant of it that falls asleep whatever the value.
    case sleepBlindly(Int)
    case wake(Int)
    /// eventfd(2) and poll(2): add one; wait for more than none; take all, or 0.
    case signal
    case poll
    case takeSignal(Int)
    /// Steps of the thread with itself, which nobody else can see.
    case compute(@Sendable (inout [Int8]) -> Void)
    case jump(String, when: @Sendable ([Int8]) -> Bool)
    case label(String)
    /// A claim about the registers and the newest values of all places.
    case check(String, @Sendable ([Int8], _ newest: (Int) -> Int8) -> Bool)

    static func jump(_ label: String) -> ModelStep { .jump(label) { _ in true } }

    /// Whether the step is nobody else's business, so that no other thread need run before it.
    var isPrivate: Bool {
        switch self {
        case .compute, .jump, .label, .check: true
        default: false
        }
    }
}

/// What a modelled thread does, from its first step to its last.
struct ModelProgram: Sendable {
    let name: String
    let steps: [ModelStep]
    let registerCount: Int

    func position(of label: String) -> Int {
        let position = steps.firstIndex {
            if case .label(let name) = $0 { name == label } else { false }
        }
        guard let position else { preconditionFailure("\(name) has no label \(label)") }
        return position
    }
}
