package import GatewayModel

/// What a device has made of a command.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Commands"; the C twin is
///   `kawamori_decode_command_reply`.
package struct CommandReplyFrame: Sendable, Equatable, BitwiseCopyable {
    /// The first byte of the frame, `X`.
    package static let magic: UInt8 = 0x58

    private static let headerByteCount = 21

    /// What became of the command. Results of later versions keep their number.
    package struct Result: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Obeyed.
        package static let done = Result(rawValue: 0)
        /// Its time was over; not obeyed.
        package static let expired = Result(rawValue: 1)
        /// A newer command had been answered before.
        package static let superseded = Result(rawValue: 2)
        /// The device does not know the kind.
        package static let unsupported = Result(rawValue: 3)
        /// Arguments out of range.
        package static let refused = Result(rawValue: 4)
        /// It expires, and the device cannot tell when: its clock is not set.
        package static let clockNotSet = Result(rawValue: 5)
        /// Tried, and it did not work.
        package static let failed = Result(rawValue: 6)
    }

    package var deviceID: UInt64
    /// The command's.
    package var counter: UInt32
    /// The command's.
    package var kind: UInt8
    package var result: Result
    /// The device's uptime at the answer, in seconds.
    package var uptimeSeconds: UInt32
    /// The signature of a decoded frame, still to be verified.
    package private(set) var seal: FrameSeal?

    package init(
        deviceID: UInt64, counter: UInt32, kind: UInt8, result: Result, uptimeSeconds: UInt32
    ) {
        self.deviceID = deviceID
        self.counter = counter
        self.kind = kind
        self.result = result
        self.uptimeSeconds = uptimeSeconds
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic and trailing bytes.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> CommandReplyFrame {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0x60, headerByteCount: headerByteCount)
        let tail = try FrameEnvelope.checkTail(bytes, bodyByteCount: headerByteCount)
        var frame = CommandReplyFrame(
            deviceID: littleEndian(UInt64.self, at: 4, in: bytes),
            counter: littleEndian(UInt32.self, at: 12, in: bytes), kind: bytes[3],
            result: Result(rawValue: bytes[16]),
            uptimeSeconds: littleEndian(UInt32.self, at: 17, in: bytes))
        frame.seal = tail.seal
        return frame
    }

    /// Writes the frame.
    ///
    /// - Parameter signer: who signs it; nil leaves it unsigned.
    /// - Returns: the frame's bytes.
    package func encode(signer: FrameSigner? = nil) -> [UInt8] {
        var bytes = FrameEnvelope.begin(
            magic: Self.magic, flags: 0, fourth: kind, deviceID: deviceID,
            byteCount: Self.headerByteCount)
        bytes.appendLittleEndian(counter)
        bytes.append(result.rawValue)
        bytes.appendLittleEndian(uptimeSeconds)
        FrameEnvelope.finish(&bytes, deviceID: deviceID, signer: signer)
        return bytes
    }
}
