import GatewayModel
import LineSensing
import Synchronization

@testable import GPIOSource

/// Lines in memory: what they were set to, and which are taken or gone.
final class FakeLines: Sendable {
    private struct State {
        /// Held lines and their levels.
        var levels: [String: Bool] = [:]
        var settings: [String: Int] = [:]
        var taken: Set<String> = []
        var gone: Set<String> = []
    }

    private let state = Mutex(State())

    /// The level of a line that is held; nil while nobody holds it.
    func level(_ line: String) -> Bool? { state.withLock { $0.levels[line] } }

    /// How often a line was set.
    func setCount(_ line: String) -> Int { state.withLock { $0.settings[line] ?? 0 } }

    /// Somebody else takes a line, or gives it back.
    func take(_ line: String, _ isTaken: Bool) {
        state.withLock {
            if isTaken { $0.taken.insert(line) } else { $0.taken.remove(line) }
        }
    }

    /// A line's chip is pulled out, or put back.
    func pull(_ line: String, _ isGone: Bool) {
        state.withLock {
            if isGone { $0.gone.insert(line) } else { $0.gone.remove(line) }
        }
    }

    func open(_ wiring: RelayWiring) throws(AdapterFailure) -> any RelayOutput {
        let refusal = state.withLock { state -> String? in
            if state.gone.contains(wiring.line) { return "the chip is gone" }
            if state.taken.contains(wiring.line) { return "held by `gpioset`" }
            precondition(state.levels[wiring.line] == nil, "\(wiring.line) is held already")
            state.levels[wiring.line] = false
            return nil
        }
        if let refusal { throw Self.failure(wiring.line, refusal) }
        return Output(lines: self, line: wiring.line)
    }

    private static func failure(_ line: String, _ cause: String) -> AdapterFailure {
        AdapterFailure(.unavailable, operation: "use \(line)", cause: cause)
    }

    private final class Output: RelayOutput {
        let lines: FakeLines
        let line: String

        init(lines: FakeLines, line: String) {
            self.lines = lines
            self.line = line
        }

        deinit { lines.state.withLock { $0.levels[line] = nil } }

        func set(_ isActive: Bool) throws(AdapterFailure) {
            let isGone = lines.state.withLock { state in
                guard !state.gone.contains(line) else { return true }
                state.levels[line] = isActive
                state.settings[line, default: 0] += 1
                return false
            }
            if isGone { throw FakeLines.failure(line, "the chip is gone") }
        }
    }
}
