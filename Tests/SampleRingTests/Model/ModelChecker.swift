/// Runs modelled threads in every order, with every value that a weak memory may give to each load.
struct ModelChecker {
    let programs: [ModelProgram]
    let placeCount: Int
    let slotCount: Int
    /// How often in all a sleep may end for no reason, as futexes and signals allow.
    var spuriousWakeCount: UInt8 = 0

    struct Thread: Hashable {
        var position = 0
        var registers: [Int8]
        var view: WeakMemory.View
        /// The place it sleeps on.
        var sleepsOn: Int?
    }

    struct State: Hashable {
        var memory: WeakMemory
        var threads: [Thread]
        var signalCount: UInt8 = 0
        var spuriousWakesLeft: UInt8
    }

    struct Outcome {
        /// What went wrong first, with the shortest way there; nil where nothing can.
        var failure: String?
        var way: [String] = []
        var stateCount = 0
        /// How many different states all threads can end in.
        var endCount = 0
    }

    /// A state that follows another, or why none does.
    private enum Next {
        case state(State)
        case failure(String)
    }

    func run(stateLimit: Int = 2_000_000) -> Outcome {
        let view = WeakMemory.emptyView(placeCount: placeCount, slotCount: slotCount)
        var first = State(
            memory: WeakMemory(placeCount: placeCount, slotCount: slotCount),
            threads: programs.map {
                Thread(registers: Array(repeating: 0, count: $0.registerCount), view: view)
            }, spuriousWakesLeft: spuriousWakeCount)
        for thread in programs.indices { settle(&first, thread) }
        var seen: Set<State> = [first]
        var queue: [(state: State, parent: Int, step: String)] = [(first, -1, "start")]
        var outcome = Outcome()
        var place = 0
        // Breadth first, so that the way to a failure is a shortest one.
        while place < queue.count {
            let state = queue[place].state
            let following = successors(state)
            if following.isEmpty {
                guard state.threads.indices.allSatisfy({ isDone(state, $0) }) else {
                    outcome.failure = "nobody can go on: a wake-up was lost"
                    outcome.way = Self.way(to: place, in: queue)
                    break
                }
                outcome.endCount += 1
            }
            for (step, next) in following {
                switch next {
                case .failure(let text):
                    outcome.failure = text
                    outcome.way = Self.way(to: place, in: queue) + [step]
                case .state(let state):
                    if seen.insert(state).inserted { queue.append((state, place, step)) }
                }
            }
            if outcome.failure != nil { break }
            precondition(queue.count < stateLimit, "the model is larger than expected")
            place += 1
        }
        outcome.stateCount = queue.count
        return outcome
    }

    private static func way(
        to place: Int, in queue: [(state: State, parent: Int, step: String)]
    ) -> [String] {
        var way: [String] = []
        var place = place
        while place > 0 {
            way.append(queue[place].step)
            place = queue[place].parent
        }
        return way.reversed()
    }

    private func isDone(_ state: State, _ thread: Int) -> Bool {
        state.threads[thread].position >= programs[thread].steps.count
    }

    // MARK: Steps

    /// All that can happen next.
    private func successors(_ state: State) -> [(step: String, next: Next)] {
        state.threads.indices.flatMap { thread -> [(step: String, next: Next)] in
            if isDone(state, thread) { return [] }
            if state.threads[thread].sleepsOn != nil {
                guard state.spuriousWakesLeft > 0 else { return [] }
                var next = state
                next.spuriousWakesLeft -= 1
                next.threads[thread].sleepsOn = nil
                settle(&next, thread)
                return [("\(programs[thread].name): wakes for no reason", .state(next))]
            }
            let step = programs[thread].steps[state.threads[thread].position]
            return perform(step, thread, state).map { text, next in
                ("\(programs[thread].name): \(text)", next)
            }
        }
    }

    /// The ways in which one step of a thread can go.
    private func perform(
        _ step: ModelStep, _ thread: Int, _ state: State
    ) -> [(String, Next)] {
        if case .load(let register, let place, let order) = step {
            return state.memory.readable(place, state.threads[thread].view).map { number in
                var next = state
                let value = next.memory.load(
                    place, number: number, order, &next.threads[thread].view)
                next.threads[thread].registers[register] = value
                return finish("load \(place) gives \(value)", thread, next)
            }
        }
        if case .poll = step, state.signalCount == 0 { return [] }
        var next = state
        var text = "\(step)"
        let failure = performSingle(step, thread, &next, &text)
        if let failure { return [(text, .failure(failure))] }
        return [finish(text, thread, next)]
    }

    private func finish(_ text: String, _ thread: Int, _ state: State) -> (String, Next) {
        var next = state
        next.threads[thread].position += 1
        // A sleeper's private steps wait until it wakes.
        if next.threads[thread].sleepsOn == nil, let failure = settle(&next, thread) {
            return (text, .failure(failure))
        }
        return (text, .state(next))
    }

    /// A step that can go in one way only.
    ///
    /// - Returns: what is wrong with it.
    private func performSingle(
        _ step: ModelStep, _ thread: Int, _ state: inout State, _ text: inout String
    ) -> String? {
        var own = state.threads[thread]
        defer { state.threads[thread] = own }
        switch step {
        case .store(let register, let place, let order):
            state.memory.store(place, own.registers[register], order, &own.view)
            text = "store \(own.registers[register]) to \(place)"
        case .exchange(let register, let place, let value, let order):
            own.registers[register] = state.memory.exchange(place, value, order, &own.view)
            text = "exchange \(own.registers[register]) for \(value) at \(place)"
        case .exchangeIf(let register, let place, let expected, let value):
            let fits = state.memory.newest(place) == expected
            own.registers[register] = fits ? 1 : 0
            if fits { _ = state.memory.exchange(place, value, .relaxed, &own.view) }
            text = "exchange \(expected) for \(value) at \(place): \(fits)"
        case .put(let index):
            let number = own.registers[index]
            text = "write sample \(number)"
            if !state.memory.write(slot: Int(number) % slotCount, number, &own.view) {
                return "a slot is written while it may still be read"
            }
        case .take(let index):
            let number = own.registers[index]
            text = "read sample \(number)"
            guard let value = state.memory.read(slot: Int(number) % slotCount, &own.view) else {
                return "a slot is read while it may still be written"
            }
            if value != number { return "sample \(value) is read for sample \(number)" }
        case .sleep(let place, let expected):
            if state.memory.newest(place) == expected { own.sleepsOn = place }
            text = own.sleepsOn == nil ? "does not fall asleep" : "falls asleep"
        case .sleepBlindly(let place):
            own.sleepsOn = place
            text = "falls asleep"
        case .wake(let place):
            // A sleeper is never the thread itself.
            if let sleeper = state.threads.firstIndex(where: { $0.sleepsOn == place }) {
                state.threads[sleeper].sleepsOn = nil
                settle(&state, sleeper)
            }
            text = "wakes"
        case .signal: state.signalCount += 1
        case .takeSignal(let register):
            own.registers[register] = Int8(state.signalCount)
            text = "takes \(state.signalCount) from the descriptor"
            state.signalCount = 0
        case .poll: text = "finds the descriptor readable"
        case .load, .compute, .jump, .label, .check: preconditionFailure("no single step")
        }
        return nil
    }

    /// Runs a thread's private steps up to the next one that concerns others.
    ///
    /// - Returns: what is wrong with a claim of its.
    @discardableResult
    private func settle(_ state: inout State, _ thread: Int) -> String? {
        let program = programs[thread]
        while state.threads[thread].position < program.steps.count {
            let step = program.steps[state.threads[thread].position]
            guard step.isPrivate else { return nil }
            state.threads[thread].position += 1
            switch step {
            case .compute(let body): body(&state.threads[thread].registers)
            case .jump(let label, let condition):
                if condition(state.threads[thread].registers) {
                    state.threads[thread].position = program.position(of: label)
                }
            case .check(let claim, let holds):
                let memory = state.memory
                if !holds(state.threads[thread].registers, { memory.newest($0) }) {
                    return "it does not hold that \(claim)"
                }
            default: break
            }
        }
        return nil
    }
}
