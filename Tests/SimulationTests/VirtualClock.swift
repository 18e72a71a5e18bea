import GatewayModel
import GatewayPorts
import Synchronization

/// The world's time, and what the gateway's clocks say of it.
final class VirtualClock: GatewayClock {
    private struct State {
        var milliseconds: Int64 = 0
        var bootMilliseconds: Int64 = 0
        /// How far the gateway's civil clock is off.
        var errorMilliseconds: Int64 = 0
        var quality = ClockQuality.synchronised
        /// Since when it has told the true time; nil while it does not.
        var isTrueSince: Int64? = 0
    }

    /// 2026-11-21T09:10:00Z.
    static let start: Int64 = 1_795_252_200_000

    private let state = Mutex(State())

    /// The world's time since the start.
    var milliseconds: Int64 { state.withLock { $0.milliseconds } }

    /// The true civil time.
    var utc: UTCInstant { UTCInstant(milliseconds: Self.start + milliseconds) }

    func advance(to milliseconds: Int64) {
        state.withLock { state in
            precondition(milliseconds >= state.milliseconds, "time goes on")
            state.milliseconds = milliseconds
        }
    }

    /// The machine boots with a civil clock that is so far off.
    func boot(errorMilliseconds: Int64, quality: ClockQuality) {
        state.withLock { state in
            state.bootMilliseconds = state.milliseconds
            state.errorMilliseconds = errorMilliseconds
            state.quality = quality
            if errorMilliseconds != 0 || quality != .synchronised { state.isTrueSince = nil }
        }
    }

    /// Somebody, who claims to know better, moves the civil clock.
    func step(by milliseconds: Int64) {
        state.withLock { state in
            state.errorMilliseconds += milliseconds
            state.isTrueSince = nil
        }
    }

    /// Somebody sets the civil clock right.
    func synchronise() {
        state.withLock { state in
            state.errorMilliseconds = 0
            state.quality = .synchronised
            state.isTrueSince = state.isTrueSince ?? state.milliseconds
        }
    }

    /// For how long, in milliseconds, the civil clock has told the true time.
    var trueMilliseconds: Int64 {
        state.withLock { state in state.isTrueSince.map { state.milliseconds - $0 } ?? 0 }
    }

    var isSynchronised: Bool { state.withLock { $0.quality == .synchronised } }

    var errorMilliseconds: Int64? { isSynchronised ? 1 : nil }

    /// For a gateway that believes every clock.
    var anchor: ClockAnchor? {
        let now = now()
        guard now.quality == .synchronised else { return nil }
        return ClockAnchor(
            monotonicNanoseconds: now.monotonicNanoseconds, utc: now.utc, errorMilliseconds: 1)
    }

    func now() -> GatewayInstant {
        state.withLock { state in
            GatewayInstant(
                monotonicNanoseconds: (state.milliseconds - state.bootMilliseconds + 1) * 1_000_000,
                utc: UTCInstant(
                    milliseconds: Self.start + state.milliseconds + state.errorMilliseconds),
                quality: state.quality)
        }
    }

    /// The monotonic clock of this boot.
    var nanoseconds: Int64 { now().monotonicNanoseconds }

    /// The world's time at a moment of this boot's monotonic clock.
    func milliseconds(atNanoseconds nanoseconds: Int64) -> Int64 {
        guard nanoseconds < .max else { return .max }
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0) - 1
        return state.withLock { $0.bootMilliseconds + milliseconds }
    }
}
