import GatewayModel
import Mosquitto
import TestSupport
import Testing

@Suite struct MosquittoCodeTests {
    @Test func `a refused password says whom we asked and what he said`() throws {
        let directory = try TemporaryDirectory()
        let passwords = try directory.write("", to: "passwords")
        let broker = try TestBroker(
            lines: ["password_file \(passwords)"], allowsAnonymous: false, directory: directory)
        let client = try MosquittoClient(clientID: "stranger", cleanSession: true)
        let events = RecordingEvents()
        client.events = events
        client.useExternalThreading()
        try client.setCredentials(userName: "gateway", password: "wrong")
        try client.connect(host: "127.0.0.1", port: broker.port, keepAliveSeconds: 30)
        let failure = try #require(throws: AdapterFailure.self) {
            _ = try run(client) { false }
        }
        #expect(failure.code == .refused)
        #expect(failure.isRetryable)
        #expect(failure.operation == "read from broker 127.0.0.1:\(broker.port)")
        #expect(failure.cause == "Connection Refused: not authorised.")
        #expect(events.record.answers == [.notAuthorised])
        #expect(client.socket == nil)
    }

    @Test func `nobody listening is unreachable, with host and port`() throws {
        let port = try freePort()
        let client = try MosquittoClient(clientID: "lonely", cleanSession: true)
        let failure = try #require(throws: AdapterFailure.self) {
            try client.connect(host: "127.0.0.1", port: port, keepAliveSeconds: 30)
        }
        #expect(
            failure
                == AdapterFailure(
                    .unreachable, operation: "connect to broker 127.0.0.1:\(port)",
                    cause: "Connection refused"))
    }

    @Test func `a broker that goes away is unreachable, and there is no socket then`() throws {
        let broker = try TestBroker()
        let (client, events) = try connectedClient(id: "left", port: broker.port)
        broker.kill()
        let failure = try #require(throws: AdapterFailure.self) { _ = try run(client) { false } }
        #expect(failure.code == .unreachable)
        #expect(client.socket == nil)
        #expect(events.record.disconnections.count == 1)
        try broker.start()
        try client.reconnect()
        let isBack = try run(client) { events.record.answers.count == 2 }
        #expect(isBack)
    }

    @Test func `wrong topics are rejected and not tried again`() throws {
        let broker = try TestBroker()
        let (client, _) = try connectedClient(id: "wrong", port: broker.port)
        let publishing = try #require(throws: AdapterFailure.self) {
            try client.publish([], to: "all/#", qualityOfService: 0)
        }
        #expect(publishing.code == .rejected)
        #expect(publishing.operation == "publish to all/# at broker 127.0.0.1:\(broker.port)")
        let subscribing = try #require(throws: AdapterFailure.self) {
            try client.subscribe(to: "a/#/b", qualityOfService: 1)
        }
        #expect(subscribing.code == .rejected)
    }

    @Test func `without a connection QoS 0 fails and QoS 1 is kept`() throws {
        let broker = try TestBroker()
        let (client, events) = try connectedClient(id: "kept", port: broker.port)
        broker.kill()
        _ = try? run(client) { false }
        let failure = try #require(throws: AdapterFailure.self) {
            try client.publish([1], to: "data", qualityOfService: 0)
        }
        #expect(failure.code == .unreachable)
        let id = try client.publish([2], to: "data", qualityOfService: 1)
        #expect(id > 0)
        try broker.start()
        try client.reconnect()
        let isPublished = try run(client) { events.record.published == [id] }
        #expect(isPublished)
    }

    @Test func `codes speak and know which of them end a thread`() {
        #expect(MosquittoCode.connectionLost.description == "The connection was lost.")
        #expect(MosquittoCode.tls.endsNetworkThread)
        #expect(!MosquittoCode.connectionLost.endsNetworkThread)
        #expect(!MosquittoCode.connectionRefused.endsNetworkThread)
        #expect(MosquittoLibrary.version.hasPrefix("2."))
    }
}
