import GatewayModel
import GatewayPorts
import Glibc
import Logging
import Mosquitto
import ReplaySource
import Synchronization

/// Plays the sensors of the demo: publishes each reading when the simulated clock shows its time.
final class DemoPublisher: Sendable {
    /// Publications under way at once; the broker confirms each.
    private static let inFlightLimit: UInt64 = 500
    /// In a demo without pause, how far the gateway may lag behind the clock, in messages.
    private static let lagLimit: UInt64 = 2000

    private let script: RiverScript
    private let clock: SimulatedClock
    private let board: LiveBoard
    private let port: Int
    private let isPaced: Bool
    private let start: UTCInstant
    private let end: UTCInstant
    private let logger: Logger
    private let events = SimulatedSensorEvents()
    private let isStopped = Atomic<Bool>(false)
    private let publishedSampleCount = Atomic<UInt64>(0)
    private let publishedCount = Atomic<UInt64>(0)
    private let wantedAcknowledgementCount = Atomic<UInt64>(0)
    private let position: Mutex<UTCInstant>

    /// - Parameters:
    ///   - script: the rivers.
    ///   - clock: the demo's clock; it is driven from here where `isPaced` is false.
    ///   - board: tells how far the gateway has come.
    ///   - port: the broker's.
    ///   - isPaced: whether readings wait for the clock.
    ///   - start: readings up to here were published in an earlier run.
    ///   - end: readings after this are left for another run.
    ///   - logger: for what goes wrong.
    init(
        script: RiverScript, clock: SimulatedClock, board: LiveBoard, port: Int, isPaced: Bool,
        start: UTCInstant, end: UTCInstant, logger: Logger
    ) {
        self.script = script
        self.clock = clock
        self.board = board
        self.port = port
        self.isPaced = isPaced
        self.start = start
        self.end = end
        self.logger = logger
        position = Mutex(start)
    }

    /// Up to where everything is published.
    var publishedUntil: UTCInstant { position.withLock { $0 } }
    /// Readings handed to the broker in this run.
    var sampleCount: UInt64 { publishedSampleCount.load(ordering: .relaxed) }
    /// Readings whose end-to-end acknowledgement has come back.
    var acknowledgedCount: UInt64 { events.acknowledgedCount.load(ordering: .relaxed) }

    /// Makes `run` return soon.
    func stop() { isStopped.store(true, ordering: .releasing) }

    /// Publishes to the end of the script or of the given days; blocks its thread.
    func run() {
        do {
            let client = try connect()
            defer { client.stop() }
            try play(on: client)
            settle()
        } catch {
            logger.error("the demo's sensors cannot publish: \(error)")
        }
    }

    private func connect() throws(AdapterFailure) -> MosquittoThreadedClient {
        let client = try MosquittoThreadedClient(
            MosquittoClient(clientID: "kawamori-demo-sensors", cleanSession: true),
            events: events, host: "127.0.0.1", port: UInt16(port), keepAliveSeconds: 60)
        wait { self.events.isConnected.load(ordering: .acquiring) }
        // A broker keeps nothing for a gateway that has never subscribed.
        wait {
            let connected = self.board.snapshot.sources.filter(\.isConnected).map(\.name)
            return ["mqtt", "mqtt-camera"].allSatisfy(connected.contains)
        }
        try client.subscribe(to: "kawamori/v1/+/+/ack", qualityOfService: 1)
        return client
    }

    /// Readings and camera events, merged in the order of time.
    private func play(on client: MosquittoThreadedClient) throws(AdapterFailure) {
        var detections = script.detections.drop { $0.time <= start }
        for reading in script.readings where reading.time > start {
            guard reading.time <= end, !isStopped.load(ordering: .acquiring) else { break }
            while let detection = detections.first, detection.time <= reading.time {
                detections.removeFirst()
                waitFor(detection.time)
                let message: (topic: String, payload: [UInt8])
                do {
                    message = try DemoMessages.message(for: detection)
                } catch {
                    logger.error("the picture of \(detection.eventID) cannot be read: \(error)")
                    continue
                }
                try publish(message, on: client)
            }
            waitFor(reading.time)
            try publish(DemoMessages.message(for: reading), on: client)
            publishedSampleCount.wrappingAdd(1, ordering: .relaxed)
            if DemoMessages.wantsAcknowledgement(reading) {
                wantedAcknowledgementCount.wrappingAdd(1, ordering: .relaxed)
            }
            position.withLock { $0 = reading.time }
        }
    }

    private func publish(
        _ message: (topic: String, payload: [UInt8]), on client: MosquittoThreadedClient
    ) throws(AdapterFailure) {
        wait {
            let confirmed = self.events.confirmedCount.load(ordering: .relaxed)
            return self.publishedCount.load(ordering: .relaxed) - confirmed < Self.inFlightLimit
        }
        _ = try client.publish(message.payload.span, to: message.topic, qualityOfService: 1)
        publishedCount.wrappingAdd(1, ordering: .relaxed)
    }

    private func waitFor(_ time: UTCInstant) {
        guard isPaced else {
            clock.advance(to: time)
            wait { self.sampleCount - min(self.sampleCount, self.takenCount) < Self.lagLimit }
            return
        }
        wait { self.clock.realNanoseconds(until: time) == 0 }
    }

    /// What the gateway has taken in this run.
    private var takenCount: UInt64 { board.snapshot.counters[.samples(source: "mqtt")] ?? 0 }

    /// Waits until the broker has confirmed everything, and the gateway what asked for it; for the
    /// latter not longer than ten seconds, for it may be stopping.
    private func settle() {
        wait {
            self.events.confirmedCount.load(ordering: .relaxed)
                >= self.publishedCount.load(ordering: .relaxed)
        }
        let end = SystemClock.monotonicNanoseconds + 10_000_000_000
        wait {
            self.acknowledgedCount >= self.wantedAcknowledgementCount.load(ordering: .relaxed)
                || SystemClock.monotonicNanoseconds >= end
        }
    }

    /// Waits for a condition in short steps; a stop ends the wait too.
    private func wait(until condition: () -> Bool) {
        while !condition(), !isStopped.load(ordering: .acquiring) { usleep(2000) }
    }
}
