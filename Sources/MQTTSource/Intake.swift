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

    /// Hands over what is wrong with a message: one row for each reason, whatever number of its
    /// records share it. A pack of thousands of bad records must not fill the lane for ever.
    ///
    /// - Returns: whether all of it was handed over.
    func reject(
        _ errors: [DecodeError], topic: String, payload: Span<UInt8>, received: GatewayInstant
    ) -> Bool {
        guard !errors.isEmpty else { return true }
        var isWhole = true
        for reason in RejectionReason.allCases {
            let sharing = errors.filter { $0.reason == reason }
            guard let first = sharing.first else { continue }
            var message = RejectedMessage(
                source: sourceName, topic: topic, error: first, payload: payload,
                received: received)
            message.recordCount = sharing.count
            if sharing.count > 1 {
                message.detail += " (and \(sharing.count - 1) more records of the message)"
            }
            isWhole = push(.rejected(message), received: received) && isWhole
        }
        return isWhole
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
