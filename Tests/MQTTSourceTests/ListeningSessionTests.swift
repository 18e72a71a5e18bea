import Foundation
import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ListeningSessionTests {
    /// A listening session on a thread of its own; it ends with the object.
    private final class Listener: Sendable {
        let record = HandlerRecord()
        let listens: ListeningSwitch
        private let session: ListeningSession

        init(port: UInt16) throws {
            listens = try ListeningSwitch()
            session = ListeningSession(
                name: "ear",
                settings: SessionSettings(
                    host: "127.0.0.1", port: port, clientID: "session-listener"),
                subscriptions: ["data"], listens: listens, pipelineBell: try Doorbell(),
                clock: StoppedClock(), handler: RecordingHandler(record))
            Thread { [session] in try? session.run() }.start()
        }

        deinit { session.stop() }
    }

    /// Publishes until the listener hears; what came before its subscription is not its matter.
    private func publishUntilHeard(_ listener: Listener, _ sensor: TestPublisher) -> Int {
        var count = 0
        _ = eventually {
            count += 1
            #expect(sensor.publish("\(count)"))
            Thread.sleep(forTimeInterval: 0.05)
            return !listener.record.payloads.isEmpty
        }
        return count
    }

    @Test func `while the other session keeps away it hears what is new, past the broker's window`()
        throws
    {
        let broker = try TestBroker(lines: ["max_inflight_messages 20"])
        let proxy = try TCPProxy(brokerPort: broker.port)
        defer { proxy.stop() }
        let session = try TestSession(port: broker.port)
        #expect(eventually { session.record.isConnected })
        session.gate.refuse(true)
        #expect(eventually { session.failure?.code == .exhausted })
        session.start()
        let sensor = try TestPublisher(port: broker.port)
        let listener = try Listener(port: proxy.port)
        #expect(sensor.publish("nobody listens yet"))
        listener.listens.set(true)
        let count = publishUntilHeard(listener, sensor)
        for number in 1...100 { #expect(sensor.publish("flood \(number)")) }
        #expect(eventually { listener.record.payloads.last == "flood 100" })
        #expect(proxy.acknowledgedIdentifiers.isEmpty, "copies have nothing to acknowledge")
        listener.listens.set(false)
        // All originals are still there for the session that acknowledges after the commit.
        session.gate.refuse(false)
        let all = 1 + count + 100
        #expect(
            eventually {
                session.gate.confirm(session.gate.announced)
                return session.record.payloads.count >= all
            })
        #expect(session.record.payloads.last == "flood 100")
    }

    @Test func `switched off it leaves the broker, and hears nothing more`() throws {
        let broker = try TestBroker()
        let sensor = try TestPublisher(port: broker.port)
        let listener = try Listener(port: broker.port)
        listener.listens.set(true)
        _ = publishUntilHeard(listener, sensor)
        listener.listens.set(false)
        #expect(eventually { broker.log.contains("session-listener disconnected") })
        let heard = listener.record.payloads.count
        #expect(sensor.publish("late"))
        let other = try TestSession(port: broker.port)
        #expect(eventually { other.record.isConnected })
        #expect(listener.record.payloads.count == heard)
    }
}
