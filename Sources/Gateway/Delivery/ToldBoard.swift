import Synchronization

/// What each target was told before it was stored, over the change from a run without a store to one
/// with it.
final class ToldBoard: Sendable {
    private let keys = Mutex<[String: ToldKeys]>([:])

    /// What a target has been told.
    func keys(of target: String) -> ToldKeys { keys.withLock { $0[target] ?? ToldKeys() } }

    /// Takes down what a target has been told; called by its worker.
    func note(_ told: ToldKeys, of target: String) { keys.withLock { $0[target] = told } }
}
