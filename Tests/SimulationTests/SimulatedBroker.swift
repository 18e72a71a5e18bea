import GatewayModel

/// A broker as far as the gateway and the sensors can tell: sessions that outlive connections, QoS 1,
/// a window of unacknowledged messages, retained messages, and a memory that dies with it.
final class SimulatedBroker {
    struct Message {
        var topic: String
        var payload: [UInt8]
        var isRetained = false
    }

    /// What waits for one client.
    private struct Session {
        var queue: [Message] = []
        /// How many of the front have been sent and not been acknowledged.
        var sentCount = 0
    }

    /// Messages that a client is sent before it acknowledges one.
    static let window = 20
    static let gateway = "gateway"

    private(set) var isUp = true
    private var sessions: [String: Session] = [:]
    private var retained: [String: Message] = [:]
    /// Messages that went to the gateway and were no retained ones, by topic.
    private(set) var deliveredCount: [String: Int] = [:]
    /// What the gateway was handed, and when.
    private(set) var deliveries: [(message: Message, time: UTCInstant)] = []
    /// What the gateway has acknowledged.
    private(set) var acknowledged: [Message] = []

    /// Takes a publication.
    ///
    /// - Returns: whether the broker is there.
    func publish(_ payload: [UInt8], to topic: String, isRetained: Bool = false) -> Bool {
        guard isUp else { return false }
        let message = Message(topic: topic, payload: payload)
        if isRetained { retained[topic] = message }
        let client = Self.client(of: topic)
        sessions[client, default: Session()].queue.append(message)
        return true
    }

    /// A client connects: what it has not acknowledged is sent again, and what is retained comes too.
    ///
    /// - Returns: whether the broker still has its session; nil where there is no broker.
    func connect(_ client: String) -> Bool? {
        guard isUp else { return nil }
        let isKnown = sessions[client] != nil
        sessions[client, default: Session()].sentCount = 0
        guard client == Self.gateway else { return isKnown }
        let kept = retained.values.sorted { $0.topic < $1.topic }.map { message in
            var message = message
            message.isRetained = true
            return message
        }
        sessions[client]?.queue.append(contentsOf: kept)
        return isKnown
    }

    /// The next message for a client, where its window has room.
    func next(for client: String) -> Message? {
        guard isUp, let session = sessions[client], session.sentCount < Self.window,
            session.sentCount < session.queue.count
        else { return nil }
        sessions[client]?.sentCount += 1
        let message = session.queue[session.sentCount]
        if client == Self.gateway, !message.isRetained {
            deliveredCount[message.topic, default: 0] += 1
        }
        return message
    }

    /// The gateway was handed a message at a time of the world.
    func noteDelivery(of message: Message, at time: UTCInstant) {
        if !message.isRetained { deliveries.append((message, time)) }
    }

    /// The client acknowledges the oldest messages that it was sent.
    func acknowledge(_ count: Int, by client: String) {
        guard let session = sessions[client] else { return }
        precondition(count <= session.sentCount, "only what was sent can be acknowledged")
        if client == Self.gateway {
            acknowledged += session.queue.prefix(count).filter { !$0.isRetained }
        }
        sessions[client]?.queue.removeFirst(count)
        sessions[client]?.sentCount -= count
    }

    func waitingCount(for client: String) -> Int { sessions[client]?.queue.count ?? 0 }

    /// The broker dies; what it has not saved is gone.
    ///
    /// - Parameter keeps: of each session, the share of its queue that was saved; below 0 the session
    ///   itself is forgotten.
    func die(keeping keeps: Double) {
        isUp = false
        for (client, session) in sessions {
            let count = Int(Double(session.queue.count) * keeps)
            sessions[client] =
                keeps < 0 ? nil : Session(queue: Array(session.queue.prefix(count)))
        }
    }

    func start() { isUp = true }

    /// Who subscribes to a topic: the gateway to what sensors say, each sensor to what it is told.
    private static func client(of topic: String) -> String {
        let parts = topic.split(separator: "/")
        guard let last = parts.last, last == "ack" || last == "cmd" else { return gateway }
        return "\(parts[parts.count - 3]).\(parts[parts.count - 2])"
    }
}
