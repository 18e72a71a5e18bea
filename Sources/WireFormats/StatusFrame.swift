package import GatewayModel

/// How a device is: at every contact, and as its last will.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Status"; the C twin is
///   `kawamori_decode_status`.
package struct StatusFrame: Sendable, Equatable, BitwiseCopyable {
    /// The first byte of the frame, `S`.
    package static let magic: UInt8 = 0x53

    private static let headerByteCount = 38
    private static let timeWantedFlag: UInt8 = 0x01
    private static let wearExtension: UInt8 = 2

    /// What the device is doing.
    package enum State: UInt8, Sendable, BitwiseCopyable {
        /// The last will: the connection broke.
        case offline = 0
        case awake = 1
        /// It sleeps as planned until the next contact.
        case asleep = 2
    }

    package var state: State
    /// Whether the device asks for a time command.
    package var wantsTime = false
    package var deviceID: UInt64
    /// The present boot.
    package var bootCounter: UInt32
    /// Seconds since the boot; in a last will, those at connecting.
    package var uptimeSeconds: UInt32
    /// Seconds until the device speaks again at the latest; 0 where it does not say.
    package var nextContactSeconds: UInt32 = 0
    /// Unacknowledged readings held; 65 535 stands for that many or more.
    package var heldCount: UInt16 = 0
    /// Unacknowledged readings dropped since the memory was formatted.
    package var lostCount: UInt32 = 0
    /// The counter of the newest command that was answered; 0 before the first.
    package var lastCommandCounter: UInt32 = 0
    package var health: FirmwareFrame.Health
    /// Whether the flood interval is in force. Modes of later versions are no flood.
    package var isFlood = false
    package var firmwareMajor: UInt8 = 0
    package var firmwareMinor: UInt8 = 0
    /// Erase cycles of the most worn block of flash; nil where the device does not say.
    package var wearCount: UInt32?
    /// The signature of a decoded frame, still to be verified.
    package private(set) var seal: FrameSeal?

    package init(
        state: State, deviceID: UInt64, bootCounter: UInt32, uptimeSeconds: UInt32,
        health: FirmwareFrame.Health = FirmwareFrame.Health(batteryMillivolts: 0)
    ) {
        self.state = state
        self.deviceID = deviceID
        self.bootCounter = bootCounter
        self.uptimeSeconds = uptimeSeconds
        self.health = health
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, and an unknown state.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> StatusFrame {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0x61, headerByteCount: headerByteCount)
        let tail = try FrameEnvelope.checkTail(
            bytes, bodyByteCount: headerByteCount, knownExtension: wearExtension)
        guard let state = State(rawValue: bytes[3]) else {
            throw DecodeError(.malformed, at: 3, "state \(bytes[3]) is none of 0…2")
        }
        var frame = StatusFrame(
            state: state, deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            bootCounter: littleEndian(UInt32.self, at: 12, in: bytes),
            uptimeSeconds: littleEndian(UInt32.self, at: 16, in: bytes),
            health: FirmwareFrame.Health(
                batteryMillivolts: littleEndian(UInt16.self, at: 32, in: bytes),
                signalDBm: Int8(bitPattern: bytes[34])))
        frame.wantsTime = bytes[2] & timeWantedFlag != 0
        frame.nextContactSeconds = ShortFloat.unpack(
            UInt32(littleEndian(UInt16.self, at: 20, in: bytes)), bits: ShortFloat.ageBits)
        frame.heldCount = littleEndian(UInt16.self, at: 22, in: bytes)
        frame.lostCount = littleEndian(UInt32.self, at: 24, in: bytes)
        frame.lastCommandCounter = littleEndian(UInt32.self, at: 28, in: bytes)
        frame.isFlood = bytes[35] == 1
        frame.firmwareMajor = bytes[36]
        frame.firmwareMinor = bytes[37]
        frame.wearCount = tail.extensionValue
        frame.seal = tail.seal
        return frame
    }

    /// Writes the frame.
    ///
    /// - Parameter signer: who signs it; nil leaves it unsigned.
    /// - Returns: the frame's bytes.
    package func encode(signer: FrameSigner? = nil) -> [UInt8] {
        var bytes = FrameEnvelope.begin(
            magic: Self.magic, flags: wantsTime ? Self.timeWantedFlag : 0, fourth: state.rawValue,
            deviceID: deviceID, byteCount: Self.headerByteCount)
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(uptimeSeconds)
        bytes.appendLittleEndian(
            UInt16(ShortFloat.pack(nextContactSeconds, bits: ShortFloat.ageBits)))
        bytes.appendLittleEndian(heldCount)
        bytes.appendLittleEndian(lostCount)
        bytes.appendLittleEndian(lastCommandCounter)
        bytes.appendLittleEndian(health.batteryMillivolts)
        bytes += [
            UInt8(bitPattern: health.signalDBm), isFlood ? 1 : 0, firmwareMajor, firmwareMinor,
        ]
        FrameEnvelope.finish(
            &bytes, deviceID: deviceID, signer: signer,
            extension: wearCount.map { (Self.wearExtension, $0) })
        return bytes
    }
}
