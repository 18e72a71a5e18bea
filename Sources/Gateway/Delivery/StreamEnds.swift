import GatewayPorts
import Synchronization

/// Tells the targets' workers where the stored streams end.
final class StreamEnds: Sendable {
    private struct State {
        var positions: StreamPositions
        var unstored = UnstoredItems()
        var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextListener: UInt64 = 0
    }

    private let state: Mutex<State>

    init(_ positions: StreamPositions) { state = Mutex(State(positions: positions)) }

    /// Where the streams end now.
    var positions: StreamPositions { state.withLock { $0.positions } }

    /// Takes down where a commit has brought the ends; called by the pipeline.
    func advance(to positions: StreamPositions) {
        state.withLock { state in
            guard state.positions != positions else { return }
            state.positions = positions
            for listener in state.listeners.values { listener.yield() }
        }
    }

    /// What has no row yet because the store is down.
    var unstored: UnstoredItems { state.withLock { $0.unstored } }

    /// Hands over what the targets are to be told before it is stored; called by the pipeline.
    func tell(unstored items: [DeliveryItem]) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            state.unstored.append(items)
            for listener in state.listeners.values { listener.yield() }
        }
    }

    /// Takes down that everything has its row now; called by the pipeline before `advance`.
    func forgetUnstored() { state.withLock { $0.unstored.removeAll() } }

    /// Waits until the ends are others than `known`, something is to be told that is not stored, the
    /// time is up, or the task is cancelled.
    ///
    /// - Parameters:
    ///   - known: what the caller has seen.
    ///   - number: the newest number of what is not stored that the caller has seen.
    ///   - duration: how long to wait at most; nil waits for a change only.
    func waitForChange(
        from known: StreamPositions, unstored number: UInt64 = 0, atMost duration: Duration?
    ) async {
        let changes = listen()
        guard positions == known, unstored.newestNumber <= number else { return }
        await withTaskGroup { group in
            group.addTask { for await _ in changes { return } }
            if let duration { group.addTask { try? await Task.sleep(for: duration) } }
            await group.next()
            group.cancelAll()
        }
    }

    /// A stream with one element for all changes since it was last looked at.
    private func listen() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = state.withLock { state in
                state.nextListener += 1
                state.listeners[state.nextListener] = continuation
                return state.nextListener
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
            }
        }
    }
}
