import Mosquitto
import Synchronization
import WireFormats

/// What broker and gateway tell the sensors that a demo or a load test plays: how much the broker
/// has confirmed, and how much the gateway has acknowledged end to end.
final class SimulatedSensorEvents: MosquittoEvents, Sendable {
    let isConnected = Atomic<Bool>(false)
    let confirmedCount = Atomic<UInt64>(0)
    let acknowledgedCount = Atomic<UInt64>(0)

    func connected(_ answer: ConnectionAnswer, isSessionPresent: Bool) {
        isConnected.store(answer == .accepted, ordering: .releasing)
    }

    func disconnected(_ code: MosquittoCode) { isConnected.store(false, ordering: .releasing) }

    func published(messageID: Int32) { confirmedCount.wrappingAdd(1, ordering: .relaxed) }

    func received(
        topic: String, payload: Span<UInt8>, qualityOfService: Int, isRetained: Bool,
        messageID: UInt16
    ) {
        // Only acknowledgement topics are subscribed to; what is no such frame counts for nothing.
        guard let frame = try? AcknowledgementFrame.decode(payload) else { return }
        acknowledgedCount.wrappingAdd(UInt64(frame.storedCount), ordering: .relaxed)
    }
}
