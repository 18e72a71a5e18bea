import GatewayModel
import LineSensing

/// The outputs of one guard: for each a machine that says when it is on, and the line itself.
///
/// A line that cannot be had is asked for again every few seconds, while the others work and while
/// its own machine goes on: where an alarm still wants it, it comes on as soon as it is held.
struct RelayBank {
    /// Takes a line, inactive.
    typealias Opener = (RelayWiring) throws(AdapterFailure) -> any RelayOutput

    /// From one attempt to take a line to the next.
    static let retryNanoseconds: Int64 = 5_000_000_000
    /// More outputs than a pole can have.
    static let outputLimit = 64

    private struct Output {
        let wiring: RelayWiring
        var machine: RelayMachine
        /// Nil while it cannot be held.
        var line: (any RelayOutput)?
        /// What the line was last set to.
        var isActive = false
        var problem = ""
        /// When to ask for the line again; the first time at once.
        var retryNanoseconds = Int64.min
        /// Whether somebody waits to hear how it stands.
        var mustTell = true
    }

    private let open: Opener
    private var outputs: [Output] = []

    init(open: @escaping Opener) { self.open = open }

    /// When `step` must be called next; nil while all is held and off.
    var deadlineNanoseconds: Int64? {
        outputs.compactMap { output in
            let retry = output.line == nil ? output.retryNanoseconds : nil
            return [retry, output.machine.deadlineNanoseconds].compactMap(\.self).min()
        }.min()
    }

    /// Takes an order, and sets the line that it concerns.
    ///
    /// - Returns: false where the order makes no sense; then nothing was done.
    mutating func take(_ order: RelayOrder, atNanoseconds now: Int64) -> Bool {
        switch order {
        case .hold(let place, let wiring):
            guard place == outputs.count, place < Self.outputLimit else { return false }
            outputs.append(
                Output(wiring: wiring, machine: RelayMachine(limits: wiring.limits)))
            settle(place, atNanoseconds: now)
        case .command(let place, let command):
            guard outputs.indices.contains(place) else { return false }
            outputs[place].machine.step(command, atNanoseconds: now)
            outputs[place].mustTell = true
            // A line whose chip has gone says so only when it is set: every renewal asks it.
            settle(place, atNanoseconds: now, isSetAgain: outputs[place].machine.isActive)
        }
        return true
    }

    /// Lets the time pass: switches off what is due, and asks again for what is not held.
    mutating func step(atNanoseconds now: Int64) {
        for place in outputs.indices {
            outputs[place].machine.step(atNanoseconds: now)
            settle(place, atNanoseconds: now)
        }
    }

    /// Makes every line inactive and gives it back.
    mutating func release() {
        for place in outputs.indices {
            // One that cannot be set is gone, and with it what it drove.
            try? outputs[place].line?.set(false)
            outputs[place].line = nil
            outputs[place].isActive = false
        }
    }

    /// How the outputs stand that have changed or were asked about since the last call.
    mutating func takeReports() -> [RelayReport] {
        outputs.indices.compactMap { place in
            guard outputs[place].mustTell else { return nil }
            outputs[place].mustTell = false
            return .state(output: place, state(outputs[place]))
        }
    }

    /// Has everything told anew.
    mutating func tellAll() {
        for place in outputs.indices { outputs[place].mustTell = true }
    }

    private func state(_ output: Output) -> RelayState {
        RelayState(
            isHeld: output.line != nil, isActive: output.isActive, cause: output.machine.cause,
            activation: output.machine.activation, problem: output.problem)
    }

    /// Brings one line to what its machine wants.
    private mutating func settle(
        _ place: Int, atNanoseconds now: Int64, isSetAgain: Bool = false
    ) {
        let before = state(outputs[place])
        defer { if state(outputs[place]) != before { outputs[place].mustTell = true } }
        do {
            if outputs[place].line == nil {
                guard now >= outputs[place].retryNanoseconds else { return }
                outputs[place].line = try open(outputs[place].wiring)
                outputs[place].isActive = false
                outputs[place].problem = ""
            }
            let isWanted = outputs[place].machine.isActive
            guard isWanted != outputs[place].isActive || isSetAgain else { return }
            try outputs[place].line?.set(isWanted)
            outputs[place].isActive = isWanted
        } catch {
            outputs[place].line = nil
            outputs[place].isActive = false
            outputs[place].problem = error.description
            outputs[place].retryNanoseconds = now + Self.retryNanoseconds
        }
    }
}
