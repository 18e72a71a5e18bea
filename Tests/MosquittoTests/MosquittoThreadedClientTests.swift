import GatewayModel
import Mosquitto
import TestSupport
import Testing

@Suite struct MosquittoThreadedClientTests {
    @Test func `publications from several threads are all confirmed and all arrive`() async throws {
        let broker = try TestBroker()
        let (watcher, received) = try connectedClient(id: "watcher", port: broker.port)
        let subscription = try watcher.subscribe(to: "acks/#", qualityOfService: 0)
        let isSubscribed = try run(watcher) { received.record.grants[subscription] != nil }
        #expect(isSubscribed)
        let events = RecordingEvents()
        let publisher = try MosquittoThreadedClient(
            try MosquittoClient(clientID: "publisher", cleanSession: true), events: events,
            host: "127.0.0.1", port: broker.port, keepAliveSeconds: 30)
        defer { publisher.stop() }
        let ids = try await withThrowingTaskGroup(of: [Int32].self) { group in
            for task in UInt8(0)..<4 {
                group.addTask {
                    try (UInt8(0)..<50).map {
                        try publisher.publish(
                            [task, $0], to: "acks/\(task)", qualityOfService: 1)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(eventually { events.record.published.count == 200 })
        #expect(Set(events.record.published) == Set(ids))
        let areThere = try run(watcher) { received.record.messages.count == 200 }
        #expect(areThere)
    }

    @Test func `it starts without a broker, and delivers when one appears`() throws {
        let broker = try TestBroker()
        broker.stop()
        let events = RecordingEvents()
        let publisher = try MosquittoThreadedClient(
            try MosquittoClient(clientID: "early", cleanSession: false), events: events,
            host: "127.0.0.1", port: broker.port, keepAliveSeconds: 30,
            reconnectDelaySeconds: 1...1)
        defer { publisher.stop() }
        let id = try publisher.publish([1], to: "data", qualityOfService: 1)
        try broker.start()
        #expect(eventually { events.record.published == [id] })
        // The attempts that failed may have been told as disconnections too.
        let before = events.record.disconnections.count
        broker.kill()
        #expect(eventually { events.record.disconnections.count > before })
        try broker.start()
        #expect(eventually { events.record.answers.count == 2 })
    }

    @Test(arguments: [true, false])
    func `it stops soon while it waits for a broker, once and for all`(force: Bool) throws {
        let port = try freePort()
        let events = RecordingEvents()
        let publisher = try MosquittoThreadedClient(
            try MosquittoClient(clientID: "stopping", cleanSession: true), events: events,
            host: "127.0.0.1", port: port, keepAliveSeconds: 30, reconnectDelaySeconds: 3...60)
        let start = ContinuousClock.now
        publisher.stop(force: force)
        publisher.stop(force: force)
        #expect(ContinuousClock.now - start < .seconds(force ? 1 : 5))
    }

    @Test func `a name that does not exist fails at once, and no thread stays`() throws {
        let failure = try #require(throws: AdapterFailure.self) {
            _ = try MosquittoThreadedClient(
                try MosquittoClient(clientID: "nameless", cleanSession: true),
                events: RecordingEvents(), host: "no-such-host.invalid", port: 1883,
                keepAliveSeconds: 30)
        }
        #expect(failure.code == .unreachable)
        #expect(failure.operation == "connect to broker no-such-host.invalid:1883")
        #expect(failure.cause.hasPrefix("the host name cannot be resolved: "))
    }

    @Test func `a stopped client holds its handler no longer`() throws {
        let broker = try TestBroker()
        weak var released: RecordingEvents?
        let publisher: MosquittoThreadedClient
        do {
            let events = RecordingEvents()
            released = events
            publisher = try MosquittoThreadedClient(
                try MosquittoClient(clientID: "holder", cleanSession: true), events: events,
                host: "127.0.0.1", port: broker.port, keepAliveSeconds: 30)
            #expect(eventually { events.record.answers == [.accepted] })
        }
        #expect(released != nil)
        publisher.stop()
        #expect(released == nil)
    }
}
