import GatewayModel
import GatewayPorts
import SampleRing

/// The source's end of ring and side lane, shared by the handlers of this module.
final class Intake {
    let sourceName: String
    private var samples: SampleRing.Producer
    private let sideLane: SideLane<SideMessage>

    init(
        sourceName: String, samples: consuming SampleRing.Producer,
        sideLane: SideLane<SideMessage>
    ) {
        self.sourceName = sourceName
        self.samples = samples
        self.sideLane = sideLane
    }

    /// Room on the ring below which nothing more is read: four of the largest firmware frames.
    private static let reservedSampleCount = 1024
    /// The same for the side lane.
    private static let reservedMessageCount = 64

    var hasRoom: Bool {
        samples.freeCount >= min(Self.reservedSampleCount, samples.capacity / 2)
            && sideLane.capacity - sideLane.count
                >= min(Self.reservedMessageCount, sideLane.capacity / 2)
    }

    func push(_ sample: Sample) -> Bool { samples.push(sample) }

    func push(_ message: SideMessage, received: GatewayInstant) -> Bool {
        sideLane.push(message, receivedUTC: received.utc)
    }

    /// Hands over a message that could not be used.
    func reject(
        _ error: DecodeError, topic: String, payload: Span<UInt8>, received: GatewayInstant
    ) -> Bool {
        let message = RejectedMessage(
            source: sourceName, topic: topic, error: error, payload: payload, received: received)
        return push(.rejected(message), received: received)
    }

    /// Tells the pages how the session stands. Status is news, not data: where the lane is full,
    /// the next status replaces it anyway.
    func report(_ status: SessionStatus, at instant: GatewayInstant) {
        let (isConnected, detail) =
            switch status {
            case .connected(let broker): (true, "connected to \(broker)")
            case .disconnected(let failure): (false, failure.description)
            case .stopped: (false, "stopped")
            }
        _ = push(
            .sourceStatus(
                SourceStatus(
                    name: sourceName, isConnected: isConnected, detail: detail, since: instant)),
            received: instant)
    }
}
