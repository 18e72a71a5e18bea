import Foundation
import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct MQTTSessionTests {
    /// A real broker behind a proxy that sees every packet.
    private func broker(lines: [String] = []) throws -> (TestBroker, TCPProxy) {
        let broker = try TestBroker(lines: lines)
        return (broker, try TCPProxy(brokerPort: broker.port))
    }

    private func rest(_ seconds: Double = 0.3) { Thread.sleep(forTimeInterval: seconds) }

    @Test func `acknowledgements leave only after the commit`() throws {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        let session = try TestSession(port: proxy.port)
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        for number in 1...5 { #expect(sensor.publish("\(number)")) }
        #expect(eventually { session.record.payloads.count == 5 })
        #expect(eventually { session.gate.announced == 5 })
        rest()
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
        session.gate.confirm(4)
        rest()
        // One of five is not on disk, and the queue goes out whole or not at all.
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
        session.gate.confirm(5)
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 5 })
        #expect(proxy.acknowledgedIdentifiers == proxy.deliveries.compactMap(\.identifier))
        #expect(session.stop())
    }

    @Test func `it subscribes at every connection, also to a topic that is newer than its session`()
        throws
    {
        let broker = try TestBroker()
        let first = try TestSession(port: broker.port, subscriptions: ["data"])
        #expect(eventually { first.record.isConnected })
        #expect(first.stop())
        let second = try TestSession(port: broker.port, subscriptions: ["data", "new"])
        #expect(eventually { second.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("a", to: "new"))
        #expect(sensor.publish("b", to: "data"))
        #expect(eventually { second.record.topics == ["new", "data"] })
        #expect(second.stop())
    }

    @Test func `a topic that nobody wants any more is unsubscribed`() throws {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        let first = try TestSession(port: broker.port, subscriptions: ["old"])
        #expect(eventually { first.record.isConnected })
        #expect(first.stop())
        let second = try TestSession(port: proxy.port, subscriptions: ["house/+/data"])
        #expect(eventually { second.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("stray", to: "old"))
        #expect(eventually { second.gate.announced == 1 })
        second.gate.confirm(1)
        #expect(
            eventually {
                proxy.passages.contains { $0.packet.kind == .unsubscribeAcknowledgement }
            })
        #expect(sensor.publish("stray", to: "old"))
        #expect(sensor.publish("wanted", to: "house/1/data"))
        #expect(eventually { second.record.topics == ["old", "house/1/data"] })
        #expect(second.stop())
    }

    @Test func `while the store is down it drops the connection, and the broker sends again`()
        throws
    {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        let session = try TestSession(port: proxy.port)
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("1"))
        #expect(eventually { session.gate.announced == 1 })
        session.gate.refuse(true)
        #expect(eventually { session.failure?.code == .exhausted })
        #expect(proxy.acknowledgedIdentifiers.isEmpty)

        session.start()
        rest()
        #expect(!session.hasEnded)
        #expect(proxy.deliveries.count == 1)
        session.gate.refuse(false)
        #expect(eventually { session.gate.announced == 2 })
        #expect(session.record.payloads == ["1", "1"])
        #expect(proxy.deliveries.map(\.isRedelivered) == [false, true])
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
        session.gate.confirm(2)
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 1 })
        #expect(session.stop())
    }

    @Test func `a message that does not fit is left to the broker`() throws {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        final class Room: Sendable { let isThere = Atomic<Bool>(false) }
        let room = Room()
        let session = try TestSession(
            port: proxy.port,
            record: HandlerRecord { room.isThere.load(ordering: .relaxed) })
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("1"))
        #expect(eventually { session.failure?.code == .exhausted })
        #expect(session.gate.announced == 0)
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
        room.isThere.store(true, ordering: .relaxed)
        session.start()
        #expect(eventually { session.gate.announced == 1 })
        #expect(session.stop())
    }

    @Test func `without a broker it says so, and works once there is one`() throws {
        let broker = try TestBroker()
        broker.stop()
        let session = try TestSession(port: broker.port)
        #expect(eventually { session.failure?.code == .unreachable })
        #expect(session.record.statuses.last == session.failure.map { .disconnected($0) })
        try broker.start()
        session.start()
        #expect(eventually { session.record.isConnected })
        #expect(session.stop())
    }

    @Test func `a broker that goes away ends run with unreachable`() throws {
        let broker = try TestBroker()
        let session = try TestSession(port: broker.port)
        #expect(eventually { session.record.isConnected })
        broker.kill()
        #expect(eventually { session.failure?.code == .unreachable })
    }

    @Test func `stop ends run`() throws {
        let broker = try TestBroker()
        let session = try TestSession(port: broker.port)
        #expect(eventually { session.record.isConnected })
        let began = ContinuousClock.now
        #expect(session.stop())
        #expect(ContinuousClock.now - began < .seconds(1))
        #expect(session.failure == nil)
        #expect(session.record.statuses.last == .stopped)
    }

    @Test func `a stop acknowledges nothing that is not on disk`() throws {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        // The stop comes in the very turn in which the message is read.
        final class Stopper: Sendable { let session = Mutex<MQTTSession?>(nil) }
        let stopper = Stopper()
        let session = try TestSession(
            port: proxy.port,
            record: HandlerRecord {
                stopper.session.withLock { $0 }?.stop()
                return true
            })
        stopper.session.withLock { $0 = session.session }
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("1"))
        #expect(eventually { session.hasEnded })
        rest()
        #expect(session.record.payloads == ["1"])
        #expect(session.gate.committed == 0)
        #expect(proxy.acknowledgedIdentifiers.isEmpty)
    }

    @Test func `before parting it lets the pipeline commit what was read`() throws {
        let (broker, proxy) = try broker()
        defer { proxy.stop() }
        let session = try TestSession(port: proxy.port)
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("1"))
        #expect(eventually { session.gate.announced == 1 })
        session.session.stop()
        #expect(eventually { session.gate.takeCommitRequest() })
        session.gate.confirm(1)
        #expect(eventually { session.hasEnded })
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 1 })
    }

    @Test func `after the window it stops reading and asks for one commit`() throws {
        let broker = try TestBroker()
        let session = try TestSession(
            port: broker.port, gate: try TestSession.gate(windowSeconds: 0.3))
        #expect(eventually { session.record.isConnected })
        let sensor = try TestPublisher(port: broker.port)
        #expect(sensor.publish("1"))
        #expect(eventually { session.gate.announced == 1 })
        #expect(!session.gate.takeCommitRequest())
        #expect(eventually { session.gate.takeCommitRequest() })
        #expect(sensor.publish("2"))
        rest()
        #expect(session.record.payloads == ["1"])
        #expect(!session.gate.takeCommitRequest())
        session.gate.confirm(1)
        #expect(eventually { session.record.payloads == ["1", "2"] })
        #expect(session.stop())
    }

    @Test func `a queue of 500 comes through an in-flight window of 20, each acknowledged in time`()
        throws
    {
        let (broker, proxy) = try broker(lines: ["max_inflight_messages 20"])
        defer { proxy.stop() }
        let first = try TestSession(port: broker.port)
        #expect(eventually { first.record.isConnected })
        #expect(first.stop())
        let sensor = try TestPublisher(port: broker.port)
        for number in 1...500 { #expect(sensor.publish("\(number)")) }

        final class Violations: Sendable { let count = Atomic<Int>(0) }
        let violations = Violations()
        let gate = try TestSession.gate()
        proxy.beforeEachAcknowledgement { _ in
            if gate.committed < UInt64(proxy.acknowledgedIdentifiers.count) {
                violations.count.add(1, ordering: .relaxed)
            }
        }
        let session = try TestSession(port: proxy.port, gate: gate, inflightWindow: 20)
        // The pipeline's part: nothing is committed until the session asks.
        var requestCount = 0
        let hasAll = eventually {
            if gate.takeCommitRequest() {
                requestCount += 1
                gate.confirm(gate.announced)
            }
            return session.record.payloads.count >= 500
        }
        #expect(hasAll)
        gate.confirm(gate.announced)
        #expect(eventually { proxy.acknowledgedIdentifiers.count == 500 })
        #expect(session.record.payloads == (1...500).map(String.init))
        #expect(violations.count.load(ordering: .relaxed) == 0)
        #expect((25...60).contains(requestCount))
        #expect(session.stop())
    }

    @Test func `a refused subscription is told with the filters`() throws {
        let broker = try ScriptedBroker { packet in
            let identifier = packet.identifier ?? 0
            return switch packet.kind {
            case .connect: [0x20, 2, 0, 0]
            case .subscribe:
                [0x90, 3, UInt8(identifier >> 8), UInt8(identifier & 0xFF), 0x80]
            default: []
            }
        }
        let session = try TestSession(port: broker.port, subscriptions: ["closed/data"])
        #expect(eventually { session.failure?.code == .refused })
        #expect(session.failure?.cause.contains("closed/data") == true)
    }
}
