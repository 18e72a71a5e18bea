import GatewayModel
import GatewayPorts
import Synchronization
import WireFormats

/// A register that says what a test tells it to, and keys that sign by counting.
final class FakeRegistrar: DeviceRegistrar, FrameKeys {
    struct State {
        var admission = DeviceAdmission.accepted
        var takesReports = true
        var bound: [SensorID: DeviceID] = [:]
        /// The devices that have key 1.
        var keyed: Set<UInt64> = []
        /// Whether any key signs; only key 1 is known otherwise.
        var signsWithAnyKey = true
        var frames: [DeviceFrame] = []
        var forgeries: [DeviceID] = []
        var shown: [ShownFrame] = []
        var reports: [DeviceReport] = []
        var replies: [DeviceReply] = []
    }

    let state = Mutex(State())

    func device(of sensor: SensorID) -> DeviceID? { state.withLock { $0.bound[sensor] } }

    func admit(_ frame: DeviceFrame, received: GatewayInstant) -> DeviceAdmission {
        state.withLock { state in
            state.frames.append(frame)
            return state.admission
        }
    }

    func noteForgery(of device: DeviceID, received: GatewayInstant) {
        state.withLock { $0.forgeries.append(device) }
    }

    func keep(_ frame: ShownFrame, of device: DeviceID) {
        state.withLock { $0.shown.append(frame) }
    }

    func take(
        _ report: DeviceReport, of device: DeviceID, at sensor: SensorID, received: GatewayInstant
    ) -> Bool {
        state.withLock { state in
            if state.takesReports { state.reports.append(report) }
            return state.takesReports
        }
    }

    func take(_ reply: DeviceReply, received: GatewayInstant) {
        state.withLock { $0.replies.append(reply) }
    }

    func tag(of bytes: Span<UInt8>, deviceID: UInt64, keyID: UInt8) -> UInt64? {
        let isKnown = state.withLock { $0.signsWithAnyKey || keyID == 1 }
        guard isKnown else { return nil }
        var sum = UInt64(keyID) &+ 0x1234_5678_9ABC_DEF0
        for index in 0..<bytes.count { sum = sum &* 31 &+ UInt64(bytes[index]) }
        return sum
    }

    func requiresSignature(deviceID: UInt64) -> Bool {
        state.withLock { $0.keyed.contains(deviceID) }
    }

    /// CRC-32C, bit by bit, as the frames carry it.
    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
        }
        crc = ~crc
        return (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
    }
}
