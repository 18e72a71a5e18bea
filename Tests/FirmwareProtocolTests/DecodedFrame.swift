import CFirmwareProtocol
import GatewayModel
import WireFormats

/// The vectors' two keys, by way of the C header's HMAC-SHA-256.
struct VectorKeys: FrameKeys {
    var mustSign = true

    func tag(of bytes: Span<UInt8>, deviceID: UInt64, keyID: UInt8) -> UInt64? {
        guard keyID == 1 || keyID == 2 else { return nil }
        let key = (0..<32).map { UInt8($0) + (keyID - 1) * 32 }
        var message: [UInt8] = []
        for index in bytes.indices { message.append(bytes[index]) }
        var digest = [UInt8](repeating: 0, count: 32)
        kawamori_hmac_sha256(key, key.count, message, message.count, &digest)
        return digest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func requiresSignature(deviceID: UInt64) -> Bool { mustSign }
}

/// A frame of any kind through the Swift codec: its fields as the vectors write them, and its bytes
/// once they are encoded again.
struct DecodedFrame {
    var fields = ""
    var encoded: [UInt8] = []
    var deviceID: UInt64 = 0
    var seal: FrameSeal?

    init(kind: ProtocolVector.Kind, bytes: [UInt8]) throws(DecodeError) {
        switch kind {
        case .data: try readData(bytes)
        case .ack: try readAcknowledgement(bytes)
        case .compact:
            let frame = try CompactFrame.decode(bytes.span)
            fields = "boot=\(frame.bootCounter) sequence=\(frame.sequence) "
            fields += "age=\(optional(frame.ageSeconds)) value=\(frame.value) "
            fields += "error=\(frame.errorCode)"
            encoded = frame.encode()
        case .compactAck:
            let frame = try CompactAcknowledgementFrame.decode(bytes.span)
            fields = "boot=\(frame.bootCounter) next=\(frame.nextSequence) "
            fields += "stored=\(hexadecimal(frame.storedBits, 6))"
            encoded = frame.encode()
        case .command: try readCommand(bytes)
        case .reply: try readReply(bytes)
        case .status: try readStatus(bytes)
        }
    }

    /// Checks the signature, which frames without one lack only where they must have one.
    func verify(_ bytes: [UInt8], mustSign: Bool) throws(DecodeError) {
        try seal.verify(bytes.span, deviceID: deviceID, keys: VectorKeys(mustSign: mustSign))
    }

    private var signer: FrameSigner? {
        seal.map { FrameSigner(keys: VectorKeys(), keyID: $0.keyID == 2 ? 2 : 1) }
    }

    private var key: String { "key=\(optional(seal?.keyID))" }

    private mutating func readData(_ bytes: [UInt8]) throws(DecodeError) {
        let frame = try FirmwareFrame.decode(bytes.span)
        (deviceID, seal) = (frame.deviceID, frame.seal)
        let readings = (0..<frame.readingCount).map { frame.reading(at: $0, in: bytes.span) }
        let (base, age): (UInt32, UInt32) =
            switch frame.clock {
            case .unix(let seconds), .earlierBoot(let seconds): (seconds, 0)
            case .uptime(let seconds, let age): (seconds, age)
            }
        fields = "device=\(hexadecimal(deviceID, 16)) boot=\(frame.bootCounter) "
        fields += "first=\(frame.firstSequence) flags=\(hexadecimal(bytes[2] & 0x1F, 2)) "
        fields += "base=\(base) age=\(age) unit=\(frame.unit.rawValue) "
        fields += "exponent=\(frame.exponent) battery=\(frame.health?.batteryMillivolts ?? 0) "
        fields += "signal=\(frame.health?.signalDBm ?? 0) "
        fields += "oldest=\(optional(frame.oldestSequence)) \(key) readings="
        fields += readings.map {
            "\($0.seconds):\($0.value):\($0.errorCode):\($0.pingCount):\($0.validCount):\($0.spread)"
        }.joined(separator: ",")
        encoded = frame.encode(readings, signer: signer)
    }

    private mutating func readAcknowledgement(_ bytes: [UInt8]) throws(DecodeError) {
        let frame = try AcknowledgementFrame.decode(bytes.span)
        (deviceID, seal) = (frame.deviceID, frame.seal)
        let runs = frame.runs.map { "\($0.storedCount):\($0.missingCount)" }
        fields = "device=\(hexadecimal(deviceID, 16)) boot=\(frame.bootCounter) "
        fields += "first=\(frame.firstSequence) flags=\(hexadecimal(bytes[2] & 0x1F, 2)) \(key) "
        fields += "runs=\(runs.isEmpty ? "-" : runs.joined(separator: ","))"
        encoded = frame.encode(signer: signer)
    }

    private mutating func readCommand(_ bytes: [UInt8]) throws(DecodeError) {
        let frame = try CommandFrame.decode(bytes.span)
        (deviceID, seal) = (frame.deviceID, frame.seal)
        let arguments = frame.order.arguments
        fields = "device=\(hexadecimal(deviceID, 16)) kind=\(frame.order.kind) "
        fields += "counter=\(frame.counter) expires=\(frame.expiresSeconds) "
        fields += "arguments=\(arguments[0]):\(arguments[1]):\(arguments[2]) \(key)"
        encoded = frame.encode(signer: signer)
    }

    private mutating func readReply(_ bytes: [UInt8]) throws(DecodeError) {
        let frame = try CommandReplyFrame.decode(bytes.span)
        (deviceID, seal) = (frame.deviceID, frame.seal)
        fields = "device=\(hexadecimal(deviceID, 16)) kind=\(frame.kind) "
        fields += "counter=\(frame.counter) result=\(frame.result.rawValue) "
        fields += "uptime=\(frame.uptimeSeconds) \(key)"
        encoded = frame.encode(signer: signer)
    }

    private mutating func readStatus(_ bytes: [UInt8]) throws(DecodeError) {
        let frame = try StatusFrame.decode(bytes.span)
        (deviceID, seal) = (frame.deviceID, frame.seal)
        fields = "device=\(hexadecimal(deviceID, 16)) boot=\(frame.bootCounter) "
        fields += "uptime=\(frame.uptimeSeconds) state=\(frame.state.rawValue) "
        fields += "flags=\(frame.wantsTime ? "01" : "00") contact=\(frame.nextContactSeconds) "
        fields += "held=\(frame.heldCount) lost=\(frame.lostCount) "
        fields += "last=\(frame.lastCommandCounter) battery=\(frame.health.batteryMillivolts) "
        fields += "signal=\(frame.health.signalDBm) mode=\(frame.isFlood ? 1 : 0) "
        fields += "firmware=\(frame.firmwareMajor).\(frame.firmwareMinor) "
        fields += "wear=\(optional(frame.wearCount)) \(key)"
        encoded = frame.encode(signer: signer)
    }
}

private func optional(_ value: (some FixedWidthInteger)?) -> String {
    value.map { "\($0)" } ?? "-"
}

private func hexadecimal(_ value: some FixedWidthInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
