import GatewayModel
import GatewayPorts
import SampleRing

/// The session's end of ring, side lane and gate.
final class LineIntake {
    private var samples: SampleRing.Producer
    private let sideLane: SideLane<SideMessage>
    private let gate: AcknowledgementGate
    private var hasNews = false
    private var newestNumber: UInt64 = 0

    init(
        samples: consuming SampleRing.Producer, sideLane: SideLane<SideMessage>,
        gate: AcknowledgementGate
    ) {
        self.samples = samples
        self.sideLane = sideLane
        self.gate = gate
    }

    /// Whether the ring takes a sample now.
    var hasRoom: Bool { samples.freeCount > 0 }

    /// Puts a sample on the ring; a full ring refuses and counts it.
    func push(_ sample: Sample) {
        if samples.push(sample) { hasNews = true }
    }

    /// Puts a message on the side lane, where it has room. A full lane is not asked: it would count
    /// as lost what its owner keeps for later.
    ///
    /// - Returns: whether it was handed over.
    func offer(_ message: SideMessage, at moment: UTCInstant) -> Bool {
        guard sideLane.count < sideLane.capacity,
            sideLane.push(message, receivedUTC: moment)
        else { return false }
        hasNews = true
        return true
    }

    /// Rings the pipeline's bell, once for all that was handed over since the last call.
    func announce() {
        guard hasNews else { return }
        hasNews = false
        newestNumber += 1
        gate.announce(newestNumber)
    }
}
