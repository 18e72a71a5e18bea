package import GatewayModel
import GatewayPorts
import Mosquitto
package import SampleRing
import Synchronization

/// The client that speaks: end-to-end acknowledgements and commands to sensors.
///
/// It has a connection and a network thread of its own, because what the ingest session writes must
/// wait for the disk and this must not. While the network thread lives, libmosquitto reconnects it
/// with growing delay up to 60 s; where that thread ends, `run` throws and is called again.
package final class MQTTPublisher: BlockingAdapter {
    package let name: String
    private let settings: SessionSettings
    /// What `run` sleeps on.
    package let bell: Doorbell
    private let events: Events
    private let client = Mutex<MosquittoThreadedClient?>(nil)
    private let isStopped = Atomic<Bool>(false)

    private final class Events: MosquittoEvents, Sendable {
        let isConnected = Atomic<Bool>(false)
        let hasEnded = Atomic<Bool>(false)
        let bell: Doorbell

        init(bell: Doorbell) { self.bell = bell }

        func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
            isConnected.store(answer == .accepted, ordering: .releasing)
        }

        func disconnected(_ code: MosquittoCode) {
            isConnected.store(false, ordering: .releasing)
            guard code.endsNetworkThread else { return }
            hasEnded.store(true, ordering: .releasing)
            bell.ring()
        }
    }

    /// - Parameters:
    ///   - name: the adapter's name for people.
    ///   - settings: how to reach the broker; the session is not persistent.
    ///   - bell: what `run` sleeps on.
    package init(name: String, settings: SessionSettings, bell: Doorbell) {
        self.name = name
        self.settings = settings
        self.bell = bell
        events = Events(bell: bell)
    }

    package func run() throws(AdapterFailure) {
        events.hasEnded.store(false, ordering: .releasing)
        let threaded = try makeClient()
        client.withLock { $0 = threaded }
        defer {
            client.withLock { $0 = nil }
            // It may wait for a connection attempt; the gateway does not wait for it without end.
            // By force the thread would be cancelled wherever it is, locks in hand.
            threaded.stop()
        }
        while !isStopped.load(ordering: .acquiring) {
            if events.hasEnded.load(ordering: .acquiring) {
                throw AdapterFailure(
                    .refused, operation: "stay connected to broker \(settings.host)",
                    cause: "the connection ended for good; look at user name, password and TLS")
            }
            _ = bell.wait(timeoutMilliseconds: nil)
        }
    }

    package func stop() {
        isStopped.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Publishes with QoS 1 while the broker is there.
    ///
    /// Away from the broker nothing is published: libmosquitto would keep it in memory without
    /// bound, and a sensor that misses an acknowledgement sends its reading again anyway.
    ///
    /// - Returns: whether it went to the broker.
    package func publish(_ payload: [UInt8], to topic: String) -> Bool {
        guard events.isConnected.load(ordering: .acquiring) else { return false }
        return client.withLock { client in
            guard let client else { return false }
            do {
                _ = try client.publish(payload.span, to: topic, qualityOfService: 1)
                return true
            } catch {
                return false
            }
        }
    }

    private func makeClient() throws(AdapterFailure) -> MosquittoThreadedClient {
        let client = try MosquittoClient(clientID: settings.clientID, cleanSession: true)
        if let credentials = settings.credentials {
            try client.setCredentials(
                userName: credentials.userName, password: credentials.password)
        }
        if let tls = settings.tls { try client.setTLS(tls) }
        return try MosquittoThreadedClient(
            client, events: events, host: settings.host, port: settings.port,
            keepAliveSeconds: settings.keepAliveSeconds)
    }
}
