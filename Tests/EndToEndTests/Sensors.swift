import GatewayModel
import Mosquitto
import Synchronization
import TestSupport
import WireFormats

/// A client that stands for all sensors of a test: it publishes, and hears what comes back.
final class Sensors: Sendable {
    /// Called on the library's thread for every message, before it counts as received.
    typealias Hook = @Sendable (_ topic: String, _ payload: [UInt8]) -> Void

    private final class Events: MosquittoEvents, Sendable {
        struct State {
            var isConnected = false
            /// A count and no set: the numbers of messages come round after 65 535.
            var confirmedCount = 0
            var grantedCount = 0
            var messages: [(topic: String, payload: [UInt8])] = []
            var hook: Hook?
        }

        let state = Mutex(State())

        func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
            state.withLock { $0.isConnected = answer == .accepted }
        }

        func disconnected(_ code: MosquittoCode) { state.withLock { $0.isConnected = false } }

        func published(messageID: Int32) { state.withLock { $0.confirmedCount += 1 } }

        func subscribed(messageID: Int32, grantedQualityOfService grant: Int?) {
            state.withLock { $0.grantedCount += grant == nil ? 0 : 1 }
        }

        func received(
            topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
            messageID: UInt16
        ) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(payload.count)
            for index in payload.indices { bytes.append(payload[index]) }
            state.withLock { $0.hook }?(topic, bytes)
            state.withLock { $0.messages.append((topic, bytes)) }
        }
    }

    private let events = Events()
    private let client: MosquittoThreadedClient
    private let publishedCount = Atomic<Int>(0)

    /// Connects, and subscribes to `topics`.
    ///
    /// - Throws: where the broker does not answer in time.
    init(
        port: UInt16, subscribingTo topics: [String] = [],
        credentials: (userName: String, password: String)? = nil, tls: MosquittoTLS? = nil
    ) async throws {
        let client = try MosquittoClient(
            clientID: "sensors-\(UInt64.random(in: 0...UInt64.max))", cleanSession: true)
        if let credentials {
            try client.setCredentials(
                userName: credentials.userName, password: credentials.password)
        }
        if let tls { try client.setTLS(tls) }
        self.client = try MosquittoThreadedClient(
            client, events: events, host: tls == nil ? "127.0.0.1" : "localhost", port: port,
            keepAliveSeconds: 60, reconnectDelaySeconds: 1...2)
        try await wait(for: "the sensors are connected") {
            self.events.state.withLock { $0.isConnected }
        }
        for topic in topics { try self.client.subscribe(to: topic, qualityOfService: 1) }
        try await wait(for: "the sensors have subscribed") {
            self.events.state.withLock { $0.grantedCount == topics.count }
        }
    }

    deinit { client.stop(force: true) }

    /// The topic of a sensor `station.sensor`.
    static func topic(_ sensor: String, kind: String = "data") -> String {
        "kawamori/v1/" + sensor.replacing(".", with: "/") + "/\(kind)"
    }

    /// Publishes with QoS 1, and does not wait for the broker.
    func publish(_ payload: [UInt8], to topic: String, isRetained: Bool = false) throws {
        try client.publish(payload.span, to: topic, qualityOfService: 1, isRetained: isRetained)
        publishedCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// Publishes text.
    func publish(_ text: String, to topic: String) throws {
        try publish(Array(text.utf8), to: topic)
    }

    /// Messages that the broker has not confirmed yet.
    var unconfirmedCount: Int {
        publishedCount.load(ordering: .relaxed) - events.state.withLock { $0.confirmedCount }
    }

    /// Waits until the broker has confirmed everything.
    func waitUntilConfirmed(within seconds: Double = 30) async throws {
        try await wait(for: "the broker confirms everything", within: seconds) {
            self.unconfirmedCount == 0
        }
    }

    /// What has been received so far, in order.
    var messages: [(topic: String, payload: [UInt8])] { events.state.withLock { $0.messages } }

    /// Sets what is called for every message.
    func setHook(_ hook: Hook?) { events.state.withLock { $0.hook = hook } }

    /// The readings that the acknowledgement frames received so far name.
    var acknowledged: [ReadingName] {
        messages.filter { $0.topic.hasSuffix("/ack") }
            .flatMap { Self.names(topic: $0.topic, payload: $0.payload) }
    }

    /// The readings that an acknowledgement frame names.
    static func names(topic: String, payload: [UInt8]) -> [ReadingName] {
        let levels = topic.split(separator: "/")
        guard levels.count == 5, levels[4] == "ack",
            let frame = try? AcknowledgementFrame.decode(payload.span)
        else { return [] }
        return frame.storedSequences.map { sequence in
            ReadingName(
                sensor: "\(levels[2]).\(levels[3])", boot: frame.bootCounter, sequence: sequence)
        }
    }

    /// A firmware frame of readings one second apart, which wants to be acknowledged.
    static func frame(
        boot: UInt32 = 1, sequence: UInt32, time: UTCInstant, values: [Int32], exponent: Int8 = 0,
        device: UInt64 = 7
    ) -> [UInt8] {
        FirmwareFrame(
            wantsAcknowledgement: true, exponent: exponent, deviceID: device, bootCounter: boot,
            firstSequence: sequence, clock: .unix(seconds: UInt32(time.milliseconds / 1000)),
            health: .init(batteryMillivolts: 3600)
        ).encode(
            values.enumerated().map { index, value in
                FirmwareFrame.Reading(seconds: UInt16(index), value: value)
            })
    }
}
