import Glibc
import Mosquitto
import Synchronization
import Testing

/// A message as a test remembers it.
struct ReceivedMessage: Equatable, Sendable {
    var topic: String
    var payload: [UInt8]
    var qualityOfService: Int
    var isRetained: Bool
}

/// A handler that writes down everything it is told.
final class RecordingEvents: MosquittoEvents, Sendable {
    struct Record: Sendable {
        var answers: [ConnectionAnswer] = []
        var sessionsPresent: [Bool] = []
        var disconnections: [MosquittoCode] = []
        var messages: [ReceivedMessage] = []
        var published: [Int32] = []
        var grants: [Int32: Int?] = [:]
        var unsubscribed: [Int32] = []
    }

    private let state = Mutex(Record())

    var record: Record { state.withLock { $0 } }

    func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
        state.withLock {
            $0.answers.append(answer)
            $0.sessionsPresent.append(isSessionPresent)
        }
    }

    func disconnected(_ code: MosquittoCode) { state.withLock { $0.disconnections.append(code) } }

    func received(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
        messageID: UInt16
    ) {
        let bytes = payload.indices.map { payload[$0] }
        state.withLock {
            $0.messages.append(
                ReceivedMessage(
                    topic: topic, payload: bytes, qualityOfService: qualityOfService,
                    isRetained: isRetained))
        }
    }

    func published(messageID: Int32) { state.withLock { $0.published.append(messageID) } }

    func subscribed(messageID: Int32, grantedQualityOfService grant: Int?) {
        state.withLock { $0.grants[messageID] = .some(grant) }
    }

    func unsubscribed(messageID: Int32) { state.withLock { $0.unsubscribed.append(messageID) } }
}

/// Runs a client's loop until something has come true, as its owner's poll loop would.
///
/// With `writes` false every write is held back, acknowledgements too. False comes back where it has
/// not come true within five seconds.
func run(
    _ client: MosquittoClient, writes: Bool = true, until isDone: () -> Bool
) throws -> Bool {
    let end = ContinuousClock.now + .seconds(5)
    while !isDone() {
        guard ContinuousClock.now < end, let socket = client.socket else { return false }
        let wantsWrite = writes && client.wantsWrite
        var entry = pollfd(
            fd: socket, events: Int16(POLLIN) | (wantsWrite ? Int16(POLLOUT) : 0), revents: 0)
        _ = poll(&entry, 1, 20)
        if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { try client.loopRead() }
        if entry.revents & Int16(POLLOUT) != 0 { try client.loopWrite() }
        if client.socket != nil { try client.loopMisc() }
    }
    return true
}

/// Waits for what another thread brings about.
///
/// - Returns: whether it came true within ten seconds.
func eventually(_ isDone: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while !isDone() {
        guard ContinuousClock.now < end else { return false }
        usleep(5_000)
    }
    return true
}

/// A connected client with external threading and its record.
func connectedClient(
    id: String, cleanSession: Bool = true, port: UInt16,
    prepare: (MosquittoClient) throws -> Void = { _ in }
) throws -> (client: MosquittoClient, events: RecordingEvents) {
    let client = try MosquittoClient(clientID: id, cleanSession: cleanSession)
    let events = RecordingEvents()
    client.events = events
    client.useExternalThreading()
    try prepare(client)
    try client.connect(host: "127.0.0.1", port: port, keepAliveSeconds: 30)
    let isConnected = try run(client) { events.record.answers == [.accepted] }
    try #require(isConnected)
    return (client, events)
}

// A span of an array made on the spot does not outlive the expression; these keep the array.
extension MosquittoClient {
    @discardableResult
    func publish(
        _ payload: [UInt8], to topic: String, qualityOfService: Int, isRetained: Bool = false
    ) throws -> Int32 {
        try publish(
            payload.span, to: topic, qualityOfService: qualityOfService, isRetained: isRetained)
    }
}

extension MosquittoThreadedClient {
    @discardableResult
    func publish(_ payload: [UInt8], to topic: String, qualityOfService: Int) throws -> Int32 {
        try publish(payload.span, to: topic, qualityOfService: qualityOfService)
    }
}
