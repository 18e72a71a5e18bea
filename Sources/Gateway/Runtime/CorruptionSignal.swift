import GatewayModel

/// Tells the runtime, once, that the database is damaged.
struct CorruptionSignal: Sendable {
    private let failures: AsyncStream<AdapterFailure>
    private let continuation: AsyncStream<AdapterFailure>.Continuation

    init() {
        (failures, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Reports the damage; further reports change nothing.
    func report(_ failure: AdapterFailure) { continuation.yield(failure) }

    /// Waits for the first report; nil where the waiting is cancelled.
    func wait() async -> AdapterFailure? {
        for await failure in failures { return failure }
        return nil
    }
}
