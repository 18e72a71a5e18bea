import CLinux
import GPIO
package import GatewayModel
package import GatewayPorts
import LineSensing
package import SampleRing
import Synchronization

/// The lamps and sirens: follows the alarms, and has a guard process drive the lines.
///
/// It holds no line itself. It starts the guard, tells it what the alarms want, renews that while
/// something is on, and hears how the outputs stand. While everything is off it sleeps without any
/// wake-up. When the guard dies, `run` throws; the next `run` starts another one and brings every
/// output to where the alarms want it, with the on-time that is left.
///
/// A restarted gateway begins every activation anew: an alarm that nobody has acknowledged is heard
/// again after a power cut.
package final class RelaySession: BlockingAdapter {
    /// How long things may take.
    package struct Timing: Sendable, Equatable {
        /// How long an output stays on when the gateway hangs.
        package var leaseSeconds: Double
        /// How long the guard may leave an order unanswered before it is replaced.
        package var answerSeconds: Double
        /// How long the guard may take to end before it is killed.
        package var endSeconds: Double

        package init(
            leaseSeconds: Double = 15, answerSeconds: Double = 30, endSeconds: Double = 3
        ) {
            self.leaseSeconds = leaseSeconds
            self.answerSeconds = answerSeconds
            self.endSeconds = endSeconds
        }
    }

    package let name: String
    let outputs: [OutputSettings]
    let command: GuardCommand
    let timing: Timing
    package let bell: Doorbell
    private let board: LineBoard
    private let clock: any GatewayClock
    private let report: @Sendable (SystemCondition) -> Void
    private let isStopRequested = Atomic(false)
    private let shared: Mutex<[Shared]>

    /// One output, as both the session's thread and others see it.
    private struct Shared {
        let tracePlace: Int
        let policy: RelayPolicy
        var activation = RelayActivation()
        /// How the guard says that it stands; nil while there is no guard.
        var state: RelayState?
        var test: Test?
        /// What people were told last.
        var told: OutputTrouble.Kind?
    }

    private struct Test {
        let answer: CheckedContinuation<RelayTestRefusal?, Never>
        /// Nil until it is sent.
        var deadlineNanoseconds: Int64?
    }

    /// - Parameters:
    ///   - name: the adapter's name for people.
    ///   - outputs: at least one and at most 64; their names differ.
    ///   - command: how the guard is started.
    ///   - timing: how long things may take.
    ///   - bell: what the session sleeps on; whoever calls `run` again after a failure sleeps on the
    ///     same one.
    ///   - board: gets a trace of every output.
    ///   - clock: dates what people are told.
    ///   - report: gets what people must know: an output cannot be held, was lost, or has reached
    ///     its maximum on-time; and, once at the start too, that it works. Called on the session's
    ///     thread; it must not block.
    package init(
        name: String = "outputs", outputs: [OutputSettings], command: GuardCommand = .own,
        timing: Timing = Timing(), bell: Doorbell, board: LineBoard, clock: any GatewayClock,
        report: @escaping @Sendable (SystemCondition) -> Void
    ) {
        precondition((1...RelayBank.outputLimit).contains(outputs.count), "1 to 64 outputs")
        precondition(Set(outputs.map(\.name)).count == outputs.count, "outputs' names differ")
        self.name = name
        self.outputs = outputs
        self.command = command
        self.timing = timing
        self.bell = bell
        self.board = board
        self.clock = clock
        self.report = report
        shared = Mutex(
            outputs.map { output in
                var trace = LineTrace(
                    name: output.name, direction: .output, chip: output.address.chip ?? "",
                    line: output.lineText)
                trace.detail = "Not held yet."
                return Shared(tracePlace: board.add(trace), policy: output.policy)
            })
    }

    /// Takes the newest state of every alarm, from any thread; it never waits for a line.
    ///
    /// Call it whenever an alarm has changed, and once at the start with the restored ones.
    ///
    /// - Parameters:
    ///   - alarms: all of them, of all stations, cleared ones too.
    ///   - drills: the alarms of those drills that shall sound, under their subjects.
    ///   - isSimulated: whether they are those of a demo, which switch nothing on.
    package func update(
        alarms: [AlarmState], sounding drills: [AlarmState] = [], isSimulated: Bool
    ) {
        let now = kawamori_monotonic_nanoseconds()
        let isChanged = shared.withLock { outputs in
            var isChanged = false
            for place in outputs.indices {
                let reasons = outputs[place].policy.reasons(
                    for: alarms, sounding: drills, isSimulated: isSimulated)
                if outputs[place].activation.step(reasons, atNanoseconds: now) { isChanged = true }
            }
            return isChanged
        }
        if isChanged { bell.ring() }
    }

    /// Switches an output on for its test's time; returns once the line is on.
    ///
    /// - Throws: `RelayTestRefusal` where there is none of that name, it is not held, or it is on.
    package func test(output name: String) async throws(RelayTestRefusal) {
        guard let place = outputs.firstIndex(where: { $0.name == name }) else {
            throw .unknownOutput(name)
        }
        let refusal = await withCheckedContinuation { answer in
            let refusal = shared.withLock { outputs -> RelayTestRefusal? in
                if let refusal = Self.refusal(of: outputs[place]) { return refusal }
                outputs[place].test = Test(answer: answer)
                return nil
            }
            if let refusal { answer.resume(returning: refusal) } else { bell.ring() }
        }
        if let refusal { throw refusal }
    }

    package func run() throws(AdapterFailure) {
        do {
            try serve()
            guardIsGone("the gateway stops", isOrderly: true)
        } catch {
            guardIsGone(error.description, isOrderly: isStopped)
            throw error
        }
    }

    package func stop() {
        isStopRequested.store(true, ordering: .releasing)
        bell.ring()
    }

    var isStopped: Bool { isStopRequested.load(ordering: .acquiring) }

    private static func refusal(of output: Shared) -> RelayTestRefusal? {
        guard let state = output.state else {
            return .notHeld("the process that drives it is being started; try again soon")
        }
        guard state.isHeld else { return .notHeld(state.problem) }
        if output.activation.isOn { return .alarmStands }
        return output.test != nil || state.isActive ? .testRuns : nil
    }
}

// MARK: - What the session's thread shares with others

extension RelaySession {
    /// What is wanted now: for each output the command, and which tests are to be sent.
    func takeWishes(
        atNanoseconds now: Int64
    ) -> (commands: [RelayCommand], tests: [Int]) {
        shared.withLock { outputs in
            var tests: [Int] = []
            for place in outputs.indices {
                guard outputs[place].test != nil,
                    outputs[place].test?.deadlineNanoseconds == nil
                else { continue }
                outputs[place].test?.deadlineNanoseconds =
                    now + Int64(timing.answerSeconds * 1e9)
                tests.append(place)
            }
            return (outputs.map(\.activation.command), tests)
        }
    }

    /// Keeps how an output stands, and tells everybody.
    func take(_ state: RelayState, of place: Int, guard description: String) {
        let (isWanted, tracePlace, answer) = shared.withLock { outputs in
            outputs[place].state = state
            let answer = outputs[place].test.flatMap { test in
                Self.answer(to: test, state, outputs[place].activation).map { (test.answer, $0) }
            }
            if answer != nil { outputs[place].test = nil }
            return (outputs[place].activation.isOn, outputs[place].tracePlace, answer)
        }
        if let (waiting, outcome) = answer { waiting.resume(returning: outcome.refusal) }
        let words = OutputWords(output: outputs[place])
        board.update(tracePlace) { trace in
            trace.isHeld = state.isHeld
            trace.isActive = state.isHeld ? state.isActive : nil
            trace.detail = words.detail(of: state, guard: description)
        }
        tell(OutputTrouble(state, isWanted: isWanted), of: place)
    }

    /// Notes that no guard drives the outputs any more.
    ///
    /// - Parameters:
    ///   - cause: why, for people.
    ///   - isOrderly: whether somebody asked for it, so that nobody need be told.
    func guardIsGone(_ cause: String, isOrderly: Bool) {
        let refusal = RelayTestRefusal.notHeld(cause)
        let left = shared.withLock { outputs in
            var waiting: [CheckedContinuation<RelayTestRefusal?, Never>] = []
            for place in outputs.indices {
                outputs[place].state = nil
                if let test = outputs[place].test.take() { waiting.append(test.answer) }
            }
            return (waiting: waiting, tracePlaces: outputs.map(\.tracePlace))
        }
        for answer in left.waiting { answer.resume(returning: refusal) }
        for place in outputs.indices {
            board.update(left.tracePlaces[place]) { trace in
                trace.isHeld = false
                trace.isActive = nil
                trace.detail = "Not held: \(cause)."
            }
            if !isOrderly { tell(.guardGone(cause), of: place) }
        }
    }

    /// Refuses tests that the guard did not make in time.
    ///
    /// - Returns: when to look again; nil while no test waits.
    func refuseLateTests(atNanoseconds now: Int64) -> Int64? {
        let (late, next) = shared.withLock { outputs in
            var late: [CheckedContinuation<RelayTestRefusal?, Never>] = []
            for place in outputs.indices {
                guard let test = outputs[place].test, let deadline = test.deadlineNanoseconds,
                    now >= deadline
                else { continue }
                outputs[place].test = nil
                late.append(test.answer)
            }
            return (late, outputs.compactMap(\.test?.deadlineNanoseconds).min())
        }
        for answer in late {
            answer.resume(returning: .notHeld("the process that drives it did not switch it on"))
        }
        return next
    }

    /// What a state says to somebody who waits for a test; nil where it says nothing yet.
    private static func answer(
        to test: Test, _ state: RelayState, _ activation: RelayActivation
    ) -> (refusal: RelayTestRefusal?, Void)? {
        guard test.deadlineNanoseconds != nil else { return nil }
        guard state.isHeld else { return (.notHeld(state.problem), ()) }
        if activation.isOn { return (.alarmStands, ()) }
        return state.isActive && state.cause == .test ? (nil, ()) : nil
    }

    /// Tells people of a trouble that is new, or that it is over.
    private func tell(_ trouble: OutputTrouble, of place: Int) {
        let isNew = shared.withLock { outputs in
            defer { outputs[place].told = trouble.kind }
            return outputs[place].told != trouble.kind
        }
        guard isNew else { return }
        let output = outputs[place]
        report(
            SystemCondition(
                subject: AlarmSubject(
                    station: output.station, rule: "system.output.\(output.name)"),
                isFailing: trouble.kind != .none,
                detail: OutputWords(output: output).sentence(on: trouble),
                at: clock.now()))
    }
}
