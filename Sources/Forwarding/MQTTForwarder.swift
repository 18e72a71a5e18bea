import Dispatch
package import GatewayModel
package import GatewayPorts
package import Mosquitto
import Synchronization

/// Publishes to a broker with QoS 1, one message for each item, and waits for every PUBACK.
///
/// Observations go to `<prefix>/<station>/<sensor>`, transitions to `<prefix>/<station>/alarms`,
/// detections to `<prefix>/<station>/detections`, entries of the loss ledger to `<prefix>/losses`, each
/// as the JSON of its document. What was in doubt when a connection broke is published again by the
/// schedule, so a subscriber may see a message twice; the document's `key` tells. A PUBACK is the
/// broker's word, not its subscribers'.
package final class MQTTForwarder: Forwarder {
    /// Where it publishes, and as whom.
    package struct Settings: Sendable {
        /// The target's name in the configuration.
        package var name: String
        package var host: String
        package var port: UInt16
        /// Names us at the broker; two clients with one id push each other out.
        package var clientID: String
        /// What every topic begins with, without a slash at its end.
        package var topicPrefix: String
        package var userName: String?
        package var password: String?
        /// Nil publishes in the clear.
        package var tls: MosquittoTLS?
        /// The most items in one delivery, 1 to 65 535.
        package var itemLimit: Int
        /// The longest time that connecting may take, in seconds.
        package var connectTimeoutSeconds: Double
        /// The longest time until all of a delivery is confirmed, in seconds.
        package var confirmTimeoutSeconds: Double

        package init(
            name: String, host: String, port: UInt16, clientID: String, topicPrefix: String,
            userName: String? = nil, password: String? = nil, tls: MosquittoTLS? = nil,
            itemLimit: Int = 100, connectTimeoutSeconds: Double = 10,
            confirmTimeoutSeconds: Double = 30
        ) {
            precondition((1...65_535).contains(itemLimit), "MQTT has 65 535 packet ids")
            self.name = name
            self.host = host
            self.port = port
            self.clientID = clientID
            self.topicPrefix = topicPrefix
            self.userName = userName
            self.password = password
            self.tls = tls
            self.itemLimit = itemLimit
            self.connectTimeoutSeconds = connectTimeoutSeconds
            self.confirmTimeoutSeconds = confirmTimeoutSeconds
        }
    }

    package var name: String { settings.name }
    package var itemLimit: Int { settings.itemLimit }
    package var takesLosses: Bool { true }

    private let settings: Settings
    private let composer: DeliveryComposer
    /// Where libmosquitto may block (names to resolve, threads to join) and timers run; never on
    /// the threads that all tasks share.
    private let queue: DispatchQueue
    private let session = Mutex<MQTTSession?>(nil)

    /// Prepares a forwarder; the first delivery connects.
    package init(_ settings: Settings, composer: DeliveryComposer) {
        self.settings = settings
        self.composer = composer
        queue = DispatchQueue(label: "kawamori.forwarding.\(settings.name)")
    }

    /// Publishes all of it and waits for the broker's confirmations; one delivery at a time.
    ///
    /// - Throws: `AdapterFailure`: `unreachable` where the broker does not answer in time or the
    ///   connection breaks, `refused` for credentials and certificates, `busy` while another
    ///   delivery is under way, `rejected` for what MQTT cannot carry.
    package func deliver(_ delivery: Delivery) async throws(AdapterFailure) {
        var messages: [MQTTSession.Message] = []
        for item in delivery.items {
            messages.append(.init(topic: topic(of: item), payload: try composer.body(item)))
        }
        let session = try await connectedSession()
        do {
            try await session.publish(
                messages, timeoutSeconds: settings.confirmTimeoutSeconds, queue: queue)
        } catch {
            // What the library still holds would go out behind our back: let go of all of it.
            if error.code != .busy { await end(session) }
            throw error
        }
    }

    package func close() async {
        if let session = session.withLock({ $0 }) { await end(session) }
    }

    private func topic(of item: DeliveryItem) -> String {
        switch item {
        case .observation(let stored):
            "\(settings.topicPrefix)/\(stored.sensor.station)/\(stored.sensor.local)"
        case .transition(let stored):
            "\(settings.topicPrefix)/\(stored.transition.subject.station)/alarms"
        case .detection(let stored):
            "\(settings.topicPrefix)/\(stored.detection.camera.station)/detections"
        case .loss: "\(settings.topicPrefix)/losses"
        }
    }

    /// The session that stands, or a new one.
    private func connectedSession() async throws(AdapterFailure) -> MQTTSession {
        if let present = session.withLock({ $0 }) {
            guard present.isOver else { return present }
            await end(present)
        }
        let made = MQTTSession(
            operation: "publish to \(settings.name) at \(settings.host):\(settings.port)")
        session.withLock { $0 = made }
        do {
            try await made.connect(settings, queue: queue)
        } catch {
            await end(made)
            throw error
        }
        return made
    }

    private func end(_ ended: MQTTSession) async {
        session.withLock { if $0 === ended { $0 = nil } }
        await withCheckedContinuation { continuation in
            queue.async {
                ended.end()
                continuation.resume()
            }
        }
    }
}
