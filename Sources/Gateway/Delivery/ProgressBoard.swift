import GatewayModel
import GatewayPorts
import Synchronization

/// How far the targets have come, on its way into the next commit.
///
/// Many deliveries become one row per target and stream. A crash loses at most the newest of them,
/// and then the target gets some rows again, under the same idempotency key.
final class ProgressBoard: Sendable {
    private struct Key: Hashable {
        var target: String
        var stream: DeliveryStream
    }

    private struct State {
        var newest: [Key: TargetProgress] = [:]
        var unsaved: Set<Key> = []
        /// Rows that came back and that a target did not have.
        var returned: [String: [ClosedRange<Int64>]] = [:]
    }

    /// How many ranges may wait for a target's worker.
    private static let returnedRangeLimit = 1024

    private let state = Mutex(State())

    /// - Parameter saved: what the store knows.
    init(saved: [TargetProgress]) {
        state.withLock { state in
            for progress in saved {
                state.newest[Key(target: progress.target, stream: progress.stream)] = progress
            }
        }
    }

    /// What is known of one target.
    func progress(of target: String) -> [TargetProgress] {
        state.withLock { $0.newest.values.filter { $0.target == target } }
    }

    /// Takes down how far a target has come; called by its worker.
    func note(_ progress: TargetProgress) {
        state.withLock { state in
            let key = Key(target: progress.target, stream: progress.stream)
            guard state.newest[key] != progress else { return }
            state.newest[key] = progress
            state.unsaved.insert(key)
        }
    }

    /// Takes down observations that came back from a database that was set aside, or have changed.
    func giveBack(_ ranges: [ClosedRange<Int64>], to target: String) {
        state.withLock { state in
            state.returned[target] = (state.returned[target, default: []] + ranges)
                .joined(atMost: Self.returnedRangeLimit)
        }
    }

    /// Hands over the observations that came back for a target; called by its worker.
    func takeReturned(target: String) -> [ClosedRange<Int64>] {
        state.withLock { $0.returned.removeValue(forKey: target) ?? [] }
    }

    /// Hands over what has changed since the last call; called by the pipeline before a commit.
    func takeUnsaved() -> [TargetProgress] {
        state.withLock { state in
            defer { state.unsaved.removeAll() }
            return state.unsaved.compactMap { state.newest[$0] }
        }
    }

    /// The observation row that all these targets have passed; `Int64.max` where there are none.
    func forwardedRow(targets: [String]) -> Int64 {
        state.withLock { state in
            targets.map { target in
                let key = Key(target: target, stream: .observations)
                return (state.newest[key]?.firstUndelivered ?? 1) - 1
            }.min() ?? .max
        }
    }
}
