import GatewayModel
import GatewayPorts
import WireFormats

/// Acknowledgements for LoRaWAN devices, one frame for a commit: the air is narrow, and what is not
/// said now is said with the next.
extension DeviceMessages {
    /// What one downlink says.
    struct Downlink: Equatable {
        var frame: [UInt8]
        /// How many of the readings that wanted it are named as stored.
        var namedCount: Int
    }

    /// The acknowledgement of one boot's readings that goes back by `path`.
    ///
    /// A compact frame is answered by one. Where eleven bytes cannot say that what was just stored is
    /// stored, because nothing below it is settled, the long form names it: where that is too long for
    /// the air the network server drops it, and the device keeps the reading.
    static func downlink(
        of receipt: BootReceipt, by path: DownlinkPath, signer: FrameSigner? = nil
    ) -> Downlink {
        let wanted = receipt.readings.filter(\.wantsAcknowledgement).map(\.sequence)
        if path.isCompact, let frame = compactFrame(of: receipt) {
            let count = wanted.count { frame.isStored($0) }
            if count > 0 || receipt.asksAgain {
                return Downlink(frame: frame.encode(), namedCount: count)
            }
        }
        let byteLimit = max(path.byteCount, signer == nil ? 28 : 37)
        let named = AcknowledgementFrame.frames(
            acknowledging: wanted, deviceID: receipt.key.device.number,
            bootCounter: receipt.key.bootCounter)
        let answers = (frames(of: receipt) + named).map { frame in
            let frame = fitted(frame, byteLimit: byteLimit, isSigned: signer != nil)
            return Downlink(
                frame: frame.encode(signer: signer),
                namedCount: wanted.count { frame.verdict(on: $0) == .stored })
        }
        // There is one at least: what was just stored can be named.
        return answers.dropFirst().reduce(answers[0]) { $1.namedCount > $0.namedCount ? $1 : $0 }
    }

    /// What eleven bytes can say of a boot; nil where nothing before its floor is settled, its numbers
    /// came twice, or they have more than 16 bits.
    static func compactFrame(of receipt: BootReceipt) -> CompactAcknowledgementFrame? {
        guard let boot = UInt16(exactly: receipt.key.bootCounter), let track = receipt.track,
            track.isFloorSettled, !track.isContested, track.next <= 1 << 16
        else { return nil }
        let settled = track.missing.first?.first ?? track.next
        // Of 65 535 it can say only that it is stored.
        let next = UInt16(clamping: settled)
        var bits: UInt32 = 0
        for offset in 0..<UInt32(CompactAcknowledgementFrame.bitCount) {
            let sequence = UInt32(next) + offset
            guard sequence < track.next,
                !track.missing.contains(where: { sequence &- $0.first < $0.count })
            else { continue }
            bits |= 1 << offset
        }
        return CompactAcknowledgementFrame(
            bootCounter: boot, nextSequence: next, storedBits: bits)
    }

    /// A frame with as many of its runs as fit; a frame that says less is true, too.
    private static func fitted(
        _ frame: AcknowledgementFrame, byteLimit: Int, isSigned: Bool
    ) -> AcknowledgementFrame {
        var frame = frame
        let room = byteLimit - AcknowledgementFrame.byteCount(runs: 0, isSigned: isSigned)
        let runByteCount =
            AcknowledgementFrame.byteCount(runs: 1, isSigned: isSigned)
            - AcknowledgementFrame.byteCount(runs: 0, isSigned: isSigned)
        frame.runs = Array(frame.runs.prefix(max(1, room / runByteCount)))
        frame.asksAgain = frame.asksAgain && frame.runs.contains { $0.missingCount > 0 }
        return frame
    }
}
