package import GatewayModel

/// What is on disk of one boot, in eleven bytes: the answer to compact frames.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Compact acknowledgement"; the C twin is
///   `kawamori_decode_compact_ack`.
package struct CompactAcknowledgementFrame: Sendable, Equatable, BitwiseCopyable {
    /// The first byte of the frame, `c`.
    package static let magic: UInt8 = 0x63
    /// How many readings from `nextSequence` on the frame speaks of.
    package static let bitCount = 24

    package var bootCounter: UInt16
    /// All readings of the boot before this one are on disk, or known to be lost.
    package var nextSequence: UInt16
    /// Bit i: reading `nextSequence` + i is on disk.
    package var storedBits: UInt32

    /// - Precondition: no bit beyond the 24 that travel.
    package init(bootCounter: UInt16, nextSequence: UInt16, storedBits: UInt32) {
        precondition(storedBits >> UInt32(Self.bitCount) == 0, "24 bits")
        self.bootCounter = bootCounter
        self.nextSequence = nextSequence
        self.storedBits = storedBits
    }

    /// Whether the frame says of a reading of its boot that the device may forget it.
    package func isStored(_ sequence: UInt32) -> Bool {
        guard sequence >= UInt32(nextSequence) else { return true }
        let offset = sequence - UInt32(nextSequence)
        return offset < UInt32(Self.bitCount) && storedBits >> offset & 1 == 1
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic and trailing bytes.
    package static func decode(
        _ bytes: Span<UInt8>
    ) throws(DecodeError) -> CompactAcknowledgementFrame {
        try CompactFrame.checkShort(bytes, magic: magic)
        return CompactAcknowledgementFrame(
            bootCounter: littleEndian(UInt16.self, at: 2, in: bytes),
            nextSequence: littleEndian(UInt16.self, at: 4, in: bytes),
            storedBits: UInt32(littleEndian(UInt16.self, at: 6, in: bytes)) | UInt32(bytes[8]) << 16
        )
    }

    /// Writes the frame.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = [Self.magic, FrameEnvelope.version]
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(nextSequence)
        bytes.appendLittleEndian(UInt16(truncatingIfNeeded: storedBits))
        bytes.append(UInt8(truncatingIfNeeded: storedBits >> 16))
        bytes.appendLittleEndian(check16(bytes.span, count: bytes.count))
        return bytes
    }
}
