import Foundation
import GatewayModel
import GatewayPorts
import MQTTSource
import SampleRing
import Synchronization

/// What a handler was given, to be looked at from the test's thread.
final class HandlerRecord: Sendable {
    struct State {
        var topics: [String] = []
        var payloads: [String] = []
        var statuses: [SessionStatus] = []
    }

    private let state = Mutex(State())
    /// Called within `take`; says whether the message is taken.
    private let takes: @Sendable () -> Bool

    init(takes: @escaping @Sendable () -> Bool = { true }) { self.takes = takes }

    var topics: [String] { state.withLock { $0.topics } }
    var payloads: [String] { state.withLock { $0.payloads } }
    var statuses: [SessionStatus] { state.withLock { $0.statuses } }

    /// Whether the session has said that its subscriptions stand.
    var isConnected: Bool {
        if case .connected? = statuses.last { true } else { false }
    }

    fileprivate func take(topic: String, payload: [UInt8]) -> Bool {
        state.withLock {
            $0.topics.append(topic)
            $0.payloads.append(String(decoding: payload, as: UTF8.self))
        }
        return takes()
    }

    fileprivate func report(_ status: SessionStatus) {
        state.withLock { $0.statuses.append(status) }
    }
}

/// A handler that writes down what it gets.
final class RecordingHandler: MessageHandler {
    private let record: HandlerRecord

    init(_ record: HandlerRecord) { self.record = record }

    var hasRoom: Bool { true }

    func take(
        topic: String, payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) -> Bool {
        record.take(topic: topic, payload: payload.indices.map { payload[$0] })
    }

    func report(_ status: SessionStatus, at instant: GatewayInstant) { record.report(status) }
}

/// A clock that stands still.
struct StoppedClock: GatewayClock {
    func now() -> GatewayInstant { receipt }
}

/// A session on a thread of its own; it ends with the object.
final class TestSession: Sendable {
    let session: MQTTSession
    let gate: AcknowledgementGate
    let record: HandlerRecord
    private let result = Mutex<Result<Void, AdapterFailure>?>(nil)

    init(
        port: UInt16, subscriptions: [String] = ["data"], record: HandlerRecord = HandlerRecord(),
        gate: AcknowledgementGate? = nil, inflightWindow: Int = 20, starts: Bool = true
    ) throws {
        self.record = record
        let gate = try gate ?? Self.gate()
        self.gate = gate
        session = MQTTSession(
            name: "mqtt",
            settings: SessionSettings(
                host: "127.0.0.1", port: port, clientID: "session", inflightWindow: inflightWindow),
            subscriptions: subscriptions, gate: gate, clock: StoppedClock(),
            handler: RecordingHandler(record))
        if starts { start() }
    }

    deinit { session.stop() }

    static func gate(windowSeconds: Double = 60) throws -> AcknowledgementGate {
        AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: try Doorbell(),
            commitWindowNanoseconds: Int64(windowSeconds * 1e9))
    }

    /// Runs the session, for the first time or again.
    func start() {
        result.withLock { $0 = nil }
        Thread { [session, weak self] in
            let ended: Result<Void, AdapterFailure>
            do throws(AdapterFailure) {
                try session.run()
                ended = .success(())
            } catch {
                ended = .failure(error)
            }
            self?.result.withLock { $0 = ended }
        }.start()
    }

    /// Whether `run` has returned or thrown.
    var hasEnded: Bool { result.withLock { $0 != nil } }

    /// What `run` threw; nil while it runs and where it returned.
    var failure: AdapterFailure? {
        result.withLock {
            if case .failure(let failure)? = $0 { failure } else { nil }
        }
    }

    /// Ends it and waits for it.
    func stop() -> Bool {
        session.stop()
        return eventually { self.hasEnded }
    }
}

/// The sensors' side: a client that publishes with QoS 1.
final class TestPublisher: Sendable {
    private let publisher: MQTTPublisher

    init(port: UInt16) throws {
        let publisher = MQTTPublisher(
            name: "sensor",
            settings: SessionSettings(host: "127.0.0.1", port: port, clientID: "sensor"),
            bell: try Doorbell())
        self.publisher = publisher
        Thread { try? publisher.run() }.start()
    }

    deinit { publisher.stop() }

    func publish(_ text: String, to topic: String = "data") -> Bool {
        eventually { self.publisher.publish(Array(text.utf8), to: topic) }
    }
}

/// Waits for what another thread brings about, at most ten seconds.
func eventually(_ isDone: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while !isDone() {
        guard ContinuousClock.now < end else { return false }
        Thread.sleep(forTimeInterval: 0.005)
    }
    return true
}
