package import GatewayModel
import GatewayPorts
import Synchronization

/// A clock for demos: it starts where it is told, and runs faster than the world or as it is driven.
///
/// Its instants carry `.simulated`, so that no page or message passes them off as real.
package final class SimulatedClock: GatewayClock {
    private struct State {
        var simulatedAnchorMilliseconds: Int64
        var realAnchorNanoseconds: Int64
        /// Simulated seconds per real second; nil where the clock is driven by `advance(to:)`.
        var speed: Double?
    }

    private let origin: UTCInstant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - start: the first instant.
    ///   - speed: simulated seconds per real second, above 0; nil stands still until driven.
    package init(start: UTCInstant, speed: Double?) {
        precondition(speed ?? 1 > 0, "a clock's speed is above 0")
        origin = start
        state = Mutex(
            State(
                simulatedAnchorMilliseconds: start.milliseconds,
                realAnchorNanoseconds: SystemClock.monotonicNanoseconds, speed: speed))
    }

    package func now() -> GatewayInstant {
        let milliseconds = state.withLock { Self.milliseconds($0) }
        return GatewayInstant(
            monotonicNanoseconds: (milliseconds - origin.milliseconds) * 1_000_000,
            utc: UTCInstant(milliseconds: milliseconds), quality: .simulated)
    }

    /// Moves a driven clock on; it never goes back.
    package func advance(to instant: UTCInstant) {
        state.withLock {
            $0.simulatedAnchorMilliseconds = max(
                $0.simulatedAnchorMilliseconds, instant.milliseconds)
        }
    }

    /// How long to wait, in real nanoseconds, until the clock shows `instant`; 0 where it does, and
    /// always for a driven clock.
    package func realNanoseconds(until instant: UTCInstant) -> Int64 {
        state.withLock { state in
            guard let speed = state.speed else { return 0 }
            let milliseconds = instant.milliseconds - Self.milliseconds(state)
            return Int64(max(0, Double(milliseconds) * 1e6 / speed))
        }
    }

    private static func milliseconds(_ state: State) -> Int64 {
        guard let speed = state.speed else { return state.simulatedAnchorMilliseconds }
        let elapsed = SystemClock.monotonicNanoseconds - state.realAnchorNanoseconds
        return state.simulatedAnchorMilliseconds + Int64(Double(elapsed) / 1e6 * speed)
    }
}
