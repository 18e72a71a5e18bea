import GatewayModel
import Glibc
import Mosquitto
import TestSupport
import Testing

@Suite struct MosquittoClientTests {
    @Test func `a message goes round through a real broker, byte for byte`() throws {
        let broker = try TestBroker()
        let (client, events) = try connectedClient(id: "round-trip", port: broker.port)
        let subscription = try client.subscribe(to: "river/+/level", qualityOfService: 1)
        let isSubscribed = try run(client) { events.record.grants[subscription] == .some(1) }
        #expect(isSubscribed)
        let payloads: [[UInt8]] = [
            [], [0], Array("1.23".utf8), Array(repeating: 0xA5, count: 100_000),
        ]
        var ids: [Int32] = []
        for payload in payloads {
            ids.append(
                try client.publish(payload, to: "river/川/level", qualityOfService: 1))
        }
        let isThere = try run(client) {
            events.record.messages.count == 4 && events.record.published.count == 4
        }
        #expect(isThere)
        #expect(
            events.record.messages
                == payloads.map {
                    ReceivedMessage(
                        topic: "river/川/level", payload: $0, qualityOfService: 1,
                        isRetained: false)
                })
        #expect(events.record.published == ids)
        let end = try client.unsubscribe(from: "river/+/level")
        let isUnsubscribed = try run(client) { events.record.unsubscribed == [end] }
        #expect(isUnsubscribed)
        try client.disconnect()
        let isDisconnected = try run(client) { events.record.disconnections == [.success] }
        #expect(isDisconnected)
        #expect(client.socket == nil)
    }

    @Test func `a retained message says so`() throws {
        let broker = try TestBroker()
        let (client, events) = try connectedClient(id: "retained", port: broker.port)
        try client.publish([7], to: "kept", qualityOfService: 1, isRetained: true)
        let isPublished = try run(client) { events.record.published.count == 1 }
        #expect(isPublished)
        try client.subscribe(to: "kept", qualityOfService: 1)
        let isThere = try run(client) { events.record.messages.count == 1 }
        #expect(isThere)
        #expect(events.record.messages.first?.isRetained == true)
    }

    @Test func `no PUBACK leaves before loopWrite, and all leave with it`() throws {
        let broker = try TestBroker()
        let proxy = try TCPProxy(brokerPort: broker.port)
        defer { proxy.stop() }
        let (client, events) = try connectedClient(id: "deferred", port: proxy.port)
        let subscription = try client.subscribe(to: "data", qualityOfService: 1)
        let isSubscribed = try run(client) { events.record.grants[subscription] != nil }
        #expect(isSubscribed)
        let (publisher, _) = try connectedClient(id: "publisher", port: broker.port)
        for number in UInt8(1)...5 {
            try publisher.publish([number], to: "data", qualityOfService: 1)
        }
        try publisher.loopWrite()
        let areRead = try run(client, writes: false) { events.record.messages.count == 5 }
        #expect(areRead)
        usleep(300_000)
        #expect(client.wantsWrite)
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
        try client.loopWrite()
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 5 })
        #expect(proxy.acknowledgedIdentifiers == proxy.deliveries.compactMap(\.identifier))
    }

    /// The counter-proof: it shows that the proxy would see an early PUBACK.
    @Test func `without external threading the PUBACK leaves while the message is read`() throws {
        let broker = try TestBroker()
        let proxy = try TCPProxy(brokerPort: broker.port)
        defer { proxy.stop() }
        let client = try MosquittoClient(clientID: "eager", cleanSession: true)
        let events = RecordingEvents()
        client.events = events
        try client.connect(host: "127.0.0.1", port: proxy.port, keepAliveSeconds: 30)
        let isConnected = try run(client) { events.record.answers == [.accepted] }
        #expect(isConnected)
        try client.subscribe(to: "data", qualityOfService: 1)
        try client.publish([1], to: "data", qualityOfService: 1)
        let isRead = try run(client, writes: false) { events.record.messages.count == 1 }
        #expect(isRead)
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 1 })
    }

    @Test(arguments: [true, false])
    func `what was not acknowledged comes again to the same session`(byReconnect: Bool) throws {
        let broker = try TestBroker()
        let proxy = try TCPProxy(brokerPort: broker.port)
        defer { proxy.stop() }
        var (client, events) = try connectedClient(
            id: "session", cleanSession: false, port: proxy.port)
        #expect(events.record.sessionsPresent == [false])
        let subscription = try client.subscribe(to: "data", qualityOfService: 1)
        let isSubscribed = try run(client) { events.record.grants[subscription] != nil }
        #expect(isSubscribed)
        let (publisher, _) = try connectedClient(id: "publisher", port: broker.port)
        try publisher.publish([42], to: "data", qualityOfService: 1)
        try publisher.loopWrite()
        let isRead = try run(client, writes: false) { events.record.messages.count == 1 }
        #expect(isRead)

        if byReconnect {
            try client.reconnect()
            let isBack = try run(client) { events.record.messages.count == 2 }
            #expect(isBack)
        } else {
            // Letting go of the client is enough; the new one must not see the old one's queue.
            let first = events.record.messages
            client = try MosquittoClient(clientID: "session", cleanSession: false)
            events = RecordingEvents()
            client.events = events
            client.useExternalThreading()
            try client.connect(host: "127.0.0.1", port: proxy.port, keepAliveSeconds: 30)
            let isBack = try run(client) { events.record.messages.count == 1 }
            #expect(isBack)
            #expect(events.record.messages == first)
        }
        #expect(events.record.sessionsPresent.last == true)
        try client.loopWrite()
        #expect(proxy.deliveries.map(\.isRedelivered) == [false, true])
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 1 })
    }

    @Test func `a subscription that the broker refuses says so`() throws {
        // mosquitto grants what its acl_file denies and then sends nothing, so a script refuses.
        let broker = try ScriptedBroker { packet in
            switch packet.kind {
            case .connect: [0x20, 2, 0, 0]
            case .subscribe:
                [
                    0x90, 3, UInt8((packet.identifier ?? 0) >> 8),
                    UInt8((packet.identifier ?? 0) & 0xFF), 0x80,
                ]
            default: []
            }
        }
        let (client, events) = try connectedClient(id: "rights", port: broker.port)
        let subscription = try client.subscribe(to: "closed/#", qualityOfService: 1)
        let isAnswered = try run(client) { events.record.grants[subscription] != nil }
        #expect(isAnswered)
        #expect(events.record.grants[subscription] == .some(nil))
    }

    @Test func `the will is published when the client is lost`() throws {
        let broker = try TestBroker()
        let (watcher, events) = try connectedClient(id: "watcher", port: broker.port)
        let subscription = try watcher.subscribe(to: "status", qualityOfService: 1)
        let isSubscribed = try run(watcher) { events.record.grants[subscription] != nil }
        #expect(isSubscribed)
        do {
            let (lost, _) = try connectedClient(id: "lost", port: broker.port) { client in
                try client.setWill(
                    topic: "status", payload: Array("away".utf8).span, qualityOfService: 1,
                    isRetained: true)
                try client.setMaximumInFlight(100)
            }
            #expect(lost.socket != nil)
        }
        let isTold = try run(watcher) { events.record.messages.count == 1 }
        #expect(isTold)
        #expect(events.record.messages.first?.payload == Array("away".utf8))
    }
}
