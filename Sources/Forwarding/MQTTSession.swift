import Dispatch
import GatewayModel
import Mosquitto
import Synchronization

/// One connection to a target's broker, from CONNECT to the first thing that goes wrong.
///
/// The library would reconnect and send again what it holds in memory. We do not let it: a session
/// that lost its connection is over, and the schedule decides what is published to the next one.
final class MQTTSession: MosquittoEvents, Sendable {
    /// What is published.
    struct Message: Sendable {
        var topic: String
        var payload: [UInt8]
    }

    private struct State {
        var client: MosquittoThreadedClient?
        var isConnected = false
        /// Why the session is over; nil while it is not.
        var failure: AdapterFailure?
        var isPublishing = false
        /// Confirmations that somebody waits for.
        var awaited: Set<Int32> = []
        /// Confirmations that came before `publish` had told their number.
        var early: Set<Int32> = []
        /// Who waits for the connection or for `awaited`; resumed with the failure, or nil.
        var waiter: CheckedContinuation<AdapterFailure?, Never>?
        /// Counts the waits, so that a timer of an earlier one does nothing.
        var waitNumber: UInt64 = 0
    }

    private let operation: String
    private let state = Mutex(State())

    init(operation: String) { self.operation = operation }

    /// Whether nothing can be published any more.
    var isOver: Bool { state.withLock { $0.failure != nil } }

    /// Connects and waits for the broker's answer.
    func connect(_ settings: MQTTForwarder.Settings, queue: DispatchQueue)
        async
        throws(AdapterFailure)
    {
        let failure = await wait(seconds: settings.connectTimeoutSeconds, queue: queue) {
            queue.async { [self] in
                do throws(AdapterFailure) {
                    let client = try makeClient(settings)
                    state.withLock { $0.client = client }
                } catch {
                    fail(error)
                }
            }
        }
        if let failure { throw failure }
    }

    /// Publishes all messages and waits until the broker has confirmed each.
    func publish(
        _ messages: [Message], timeoutSeconds: Double, queue: DispatchQueue
    ) async throws(AdapterFailure) {
        let client = state.withLock { state -> MosquittoThreadedClient? in
            guard !state.isPublishing, let client = state.client else { return nil }
            state.isPublishing = true
            return client
        }
        guard let client else {
            throw AdapterFailure(
                .busy, operation: operation, cause: "another delivery is under way")
        }
        defer {
            state.withLock {
                $0.isPublishing = false
                $0.awaited = []
                $0.early = []
            }
        }
        var numbers: Set<Int32> = []
        for message in messages {
            if let failure = state.withLock({ $0.failure }) { throw failure }
            numbers.insert(
                try client.publish(message.payload.span, to: message.topic, qualityOfService: 1))
        }
        let failure = await wait(seconds: timeoutSeconds, queue: queue) { [numbers] in
            let isDone = state.withLock { state in
                state.awaited = numbers.subtracting(state.early)
                return state.awaited.isEmpty
            }
            if isDone { resume(with: nil) }
        }
        if let failure { throw failure }
    }

    /// Disconnects and frees the client; it joins the client's thread, so it may block a little.
    func end() {
        fail(AdapterFailure(.unreachable, operation: operation, cause: "the connection was closed"))
        let client = state.withLock { $0.client.take() }
        client?.stop(force: true)
    }

    // MARK: - Events, on the library's thread

    func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
        guard answer == .accepted else {
            let code: AdapterFailure.Code = answer == .serverUnavailable ? .busy : .refused
            return fail(AdapterFailure(code, operation: operation, cause: "\(answer)"))
        }
        state.withLock { $0.isConnected = true }
        resume(with: nil)
    }

    func disconnected(_ code: MosquittoCode) {
        let failureCode: AdapterFailure.Code = code == .tls ? .refused : .unreachable
        fail(AdapterFailure(failureCode, operation: operation, cause: "\(code)"))
    }

    func published(messageID: Int32) {
        let isDone = state.withLock { state in
            guard state.awaited.remove(messageID) != nil else {
                // Nothing but a publication under way can be confirmed, so this stays small.
                if state.isPublishing { state.early.insert(messageID) }
                return false
            }
            return state.awaited.isEmpty
        }
        if isDone { resume(with: nil) }
    }

    // MARK: - Waiting

    /// Begins something and waits until it is resumed or `seconds` have passed.
    private func wait(
        seconds: Double, queue: DispatchQueue, begin: () -> Void
    ) async -> AdapterFailure? {
        await withCheckedContinuation { continuation in
            let (number, failure) = state.withLock { state in
                state.waitNumber += 1
                if state.failure == nil { state.waiter = continuation }
                return (state.waitNumber, state.failure)
            }
            if let failure { return continuation.resume(returning: failure) }
            queue.asyncAfter(deadline: .now() + seconds) { [self] in
                guard state.withLock({ $0.waitNumber == number && $0.waiter != nil }) else {
                    return
                }
                fail(
                    AdapterFailure(
                        .unreachable, operation: operation,
                        cause: "the broker did not answer within \(seconds) s"))
            }
            begin()
        }
    }

    /// Ends the session; the first reason stays.
    private func fail(_ failure: AdapterFailure) {
        let first = state.withLock { state in
            let first = state.failure ?? failure
            state.failure = first
            state.isConnected = false
            return first
        }
        resume(with: first)
    }

    private func resume(with failure: AdapterFailure?) {
        state.withLock { $0.waiter.take() }?.resume(returning: failure)
    }

    private func makeClient(
        _ settings: MQTTForwarder.Settings
    ) throws(AdapterFailure) -> MosquittoThreadedClient {
        let client = try MosquittoClient(clientID: settings.clientID, cleanSession: true)
        if let userName = settings.userName {
            try client.setCredentials(userName: userName, password: settings.password)
        }
        if let tls = settings.tls { try client.setTLS(tls) }
        try client.setMaximumInFlight(UInt16(settings.itemLimit))
        return try MosquittoThreadedClient(
            client, events: self, host: settings.host, port: settings.port, keepAliveSeconds: 30)
    }
}
