import Forwarding
import Foundation
import GatewayModel
import GatewayPorts
import Mosquitto
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct MQTTForwarderTests {
    @Test func `each kind has its topic and its document`() async throws {
        let broker = try TestBroker()
        let subscriber = try Subscriber(port: broker.port)
        let forwarder = forwarder(port: broker.port)
        let items: [DeliveryItem] = [
            .observation(try StoredSamples.observation(row: 1)),
            .transition(try StoredSamples.transition(row: 1)),
            .detection(try StoredSamples.detection(row: 1)),
            .loss(StoredSamples.loss(row: 4)),
        ]
        for item in items { try await forwarder.deliver(delivery([item])) }
        try await subscriber.wait(forCount: 4)
        await forwarder.close()
        subscriber.stop()
        #expect(
            subscriber.messages.map(\.topic) == [
                "city/seiryuji-01/stage-1", "city/seiryuji-01/alarms",
                "city/seiryuji-01/detections", "city/losses",
            ])
        for (message, item) in zip(subscriber.messages, items) {
            #expect(message.payload == (try StoredSamples.composer.body(item)))
            #expect(message.qualityOfService == 1)
        }
    }

    @Test func `a batch larger than the usual in-flight window is confirmed whole`() async throws {
        let broker = try TestBroker()
        let subscriber = try Subscriber(port: broker.port)
        let forwarder = forwarder(port: broker.port)
        let items = try (0..<500).map {
            DeliveryItem.observation(try StoredSamples.observation(row: $0))
        }
        try await forwarder.deliver(delivery(items))
        try await subscriber.wait(forCount: 500)
        await forwarder.close()
        subscriber.stop()
        #expect(subscriber.keys.count == 500)
    }

    @Test func `without a broker nothing is published, and the next delivery finds a new one`()
        async throws
    {
        let broker = try TestBroker()
        broker.stop()
        let forwarder = forwarder(port: broker.port)
        let lost = delivery([.observation(try StoredSamples.observation(row: 1))])
        let failure = await failure(of: { try await forwarder.deliver(lost) })
        #expect(failure?.code == .unreachable)
        #expect(failure?.operation == "publish to city at 127.0.0.1:\(broker.port)")

        try broker.start()
        let subscriber = try Subscriber(port: broker.port)
        try await forwarder.deliver(delivery([.observation(try StoredSamples.observation(row: 2))]))
        try await subscriber.wait(forCount: 1)
        await forwarder.close()
        subscriber.stop()
        #expect(subscriber.keys == ["pole-1/seiryuji-01.stage-1/s1-2"])
    }

    @Test func `a broker that wants a password refuses us`() async throws {
        let broker = try TestBroker(allowsAnonymous: false)
        let forwarder = forwarder(port: broker.port)
        let delivery = delivery([.observation(try StoredSamples.observation(row: 1))])
        let failure = await failure(of: { try await forwarder.deliver(delivery) })
        await forwarder.close()
        #expect(failure?.code == .refused && failure?.isRetryable == true)
    }

    @Test func `a broker that accepts and says nothing costs the time-out`() async throws {
        let silent = try StrictReceiver(secret: "", answers: [])
        let forwarder = forwarder(port: silent.port, timeoutSeconds: 0.3)
        let delivery = delivery([.observation(try StoredSamples.observation(row: 1))])
        let failure = await failure(of: { try await forwarder.deliver(delivery) })
        await forwarder.close()
        silent.stop()
        #expect(failure?.code == .unreachable)
        #expect(failure?.cause == "the broker did not answer within 0.3 s")
    }

    @Test(.timeLimit(.minutes(1)))
    func `over restarts of the broker nothing confirmed is missing`() async throws {
        let broker = try TestBroker(
            lines: ["max_queued_messages 0"], isPersistent: true)
        let subscriber = try Subscriber(port: broker.port)
        let forwarder = forwarder(port: broker.port, timeoutSeconds: 2)
        let isDone = Mutex(false)
        let disturber = Task.detached {
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(150))
                broker.stop()
                try broker.start()
            }
            isDone.withLock { $0 = true }
        }
        var confirmed: Set<String> = []
        var failureCount = 0
        var row: Int64 = 0
        while !isDone.withLock({ $0 }) {
            let items = try (0..<50).map {
                DeliveryItem.observation(try StoredSamples.observation(row: row + $0))
            }
            row += 50
            while let failure = await failure(of: { try await forwarder.deliver(delivery(items)) })
            {
                #expect(failure.isRetryable)
                failureCount += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            confirmed.formUnion(
                items.compactMap {
                    guard case .observation(let stored) = $0 else { return nil }
                    return stored.key.text
                })
        }
        try await disturber.value
        try await subscriber.wait(until: { $0.isSuperset(of: confirmed) })
        await forwarder.close()
        subscriber.stop()
        #expect(failureCount > 0)
        #expect(confirmed.subtracting(subscriber.keys) == [])
    }

    // MARK: -

    private func forwarder(port: UInt16, timeoutSeconds: Double = 10) -> MQTTForwarder {
        MQTTForwarder(
            .init(
                name: "city", host: "127.0.0.1", port: port, clientID: "kawamori-city",
                topicPrefix: "city", itemLimit: 500, connectTimeoutSeconds: timeoutSeconds,
                confirmTimeoutSeconds: timeoutSeconds),
            composer: StoredSamples.composer)
    }

    private func delivery(_ items: [DeliveryItem]) -> Delivery {
        StoredSamples.composer.delivery(lane: .live, items: items)
    }
}

/// A client with a lasting session that keeps all it gets.
private final class Subscriber: MosquittoEvents, Sendable {
    struct Message: Sendable {
        var topic: String
        var payload: [UInt8]
        var qualityOfService: Int
    }

    private struct State {
        var messages: [Message] = []
        var keys: Set<String> = []
        var isSubscribed = false
        var client: MosquittoThreadedClient?
    }

    private let state = Mutex(State())

    init(port: UInt16) throws {
        let client = try MosquittoClient(clientID: "subscriber", cleanSession: false)
        let running = try MosquittoThreadedClient(
            client, events: self, host: "127.0.0.1", port: port, keepAliveSeconds: 30,
            reconnectDelaySeconds: 1...1)
        state.withLock { $0.client = running }
        for _ in 0..<500 {
            if state.withLock({ $0.isSubscribed }) { return }
            _ = try? running.subscribe(to: "city/#", qualityOfService: 1)
            usleep(20_000)
        }
        throw TestSupportError("the subscriber did not get its subscription")
    }

    var messages: [Message] { state.withLock { $0.messages } }
    var keys: Set<String> { state.withLock { $0.keys } }

    func wait(forCount count: Int) async throws { try await wait { $0.count >= count } }

    func wait(until isEnough: (Set<String>) -> Bool) async throws {
        for _ in 0..<1000 where !isEnough(keys) { try await Task.sleep(for: .milliseconds(10)) }
    }

    func stop() { state.withLock { $0.client.take() }?.stop(force: true) }

    func subscribed(messageID: Int32, grantedQualityOfService grant: Int?) {
        state.withLock { $0.isSubscribed = true }
    }

    func received(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
        messageID: UInt16
    ) {
        let bytes = payload.indices.map { payload[$0] }
        let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        state.withLock { state in
            state.messages.append(
                Message(topic: topic, payload: bytes, qualityOfService: qualityOfService))
            if let key = json?["key"] as? String { state.keys.insert(key) }
        }
    }
}
