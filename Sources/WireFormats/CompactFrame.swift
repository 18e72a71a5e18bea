package import GatewayModel

/// One reading in eleven bytes, for LoRaWAN's smallest payload: the link names the device and
/// proves who sends.
///
/// Counters are whole: a device that has used up 16 bits of either goes on with the long frame, so
/// that an identity never comes again.
///
/// - Source: `firmware-protocol/SPECIFICATION.md`, "Compact frame"; the C twin is
///   `kawamori_decode_compact`.
package struct CompactFrame: Sendable, Equatable, BitwiseCopyable {
    /// The first byte of the frame, `C`.
    package static let magic: UInt8 = 0x43
    /// Bytes of every compact frame.
    package static let byteCount = 11
    /// The smallest value; what lies below stands for an error code.
    package static let minimumValue = Int16.min + 256

    private static let ageUnknown: UInt8 = 255

    package var bootCounter: UInt16
    package var sequence: UInt16
    /// Seconds between reading and sending, to 5 significant bits; nil where unknown, or more than
    /// 491 520.
    package var ageSeconds: UInt32?
    /// The value in the sensor's raw unit; 0 where there is an error.
    package var value: Int16
    /// Why the sensor has no value; 0 where it has.
    package var errorCode: UInt8

    package init(
        bootCounter: UInt16, sequence: UInt16, ageSeconds: UInt32?, value: Int16,
        errorCode: UInt8 = 0
    ) {
        self.bootCounter = bootCounter
        self.sequence = sequence
        self.ageSeconds = ageSeconds
        self.value = value
        self.errorCode = errorCode
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `checksumMismatch`, `unknownVersion`; `malformed` for
    ///   another magic, trailing bytes, and error code 0.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> CompactFrame {
        try checkShort(bytes, magic: magic)
        let bits = littleEndian(UInt16.self, at: 7, in: bytes)
        guard bits != 0x8000 else {
            throw DecodeError(.malformed, at: 7, "error code 0 is neither value nor reason")
        }
        let isError = bits > 0x8000 && bits < 0x8100
        return CompactFrame(
            bootCounter: littleEndian(UInt16.self, at: 2, in: bytes),
            sequence: littleEndian(UInt16.self, at: 4, in: bytes),
            ageSeconds: bytes[6] == ageUnknown
                ? nil : ShortFloat.unpack(UInt32(bytes[6]), bits: ShortFloat.byteBits),
            value: isError ? 0 : Int16(bitPattern: bits),
            errorCode: isError ? UInt8(truncatingIfNeeded: bits) : 0)
    }

    /// Writes the frame.
    ///
    /// - Precondition: a value of at least `minimumValue`.
    package func encode() -> [UInt8] {
        precondition(value >= Self.minimumValue, "a value that is no error code")
        let age = ageSeconds.map { UInt8(ShortFloat.pack($0, bits: ShortFloat.byteBits)) }
        var bytes: [UInt8] = [Self.magic, FrameEnvelope.version]
        bytes.appendLittleEndian(bootCounter)
        bytes.appendLittleEndian(sequence)
        bytes.append(age ?? Self.ageUnknown)
        bytes.appendLittleEndian(
            errorCode == 0 ? UInt16(bitPattern: value) : 0x8000 | UInt16(errorCode))
        bytes.appendLittleEndian(check16(bytes.span, count: bytes.count))
        return bytes
    }

    /// The reading as the rest of the gateway knows it.
    ///
    /// - Parameters:
    ///   - deviceID: the device that the link names.
    ///   - receivedAt: the gateway's clocks on receipt.
    /// - Returns: the reading, which asks to be acknowledged.
    package func reading(deviceID: UInt64, receivedAt: GatewayInstant) -> DecodedReading {
        var reading = DecodedReading(
            rawValue: errorCode == 0 ? Double(value) : nil, errorCode: UInt16(errorCode),
            identity: .sequence(bootCounter: UInt32(bootCounter), sequence: UInt32(sequence)),
            wantsAcknowledgement: true, deviceID: deviceID)
        if let ageSeconds {
            reading.deviceTime = receivedAt.utc.advanced(byMilliseconds: -Int64(ageSeconds) * 1000)
            reading.isDeviceTimeRelative = true
        }
        return reading
    }

    /// Checks what the two compact frames share: magic, version, length and check.
    ///
    /// - Throws: as `decode`.
    static func checkShort(_ bytes: Span<UInt8>, magic: UInt8) throws(DecodeError) {
        try FrameEnvelope.checkHead(
            bytes, magic: magic, knownFlags: 0xFF, headerByteCount: byteCount)
        try FrameEnvelope.checkEnd(bytes, byteCount: byteCount)
        let written = littleEndian(UInt16.self, at: byteCount - 2, in: bytes)
        let computed = check16(bytes, count: byteCount - 2)
        guard written == computed else {
            throw DecodeError(
                .checksumMismatch, at: byteCount - 2,
                "the frame's check is \(FrameEnvelope.hex(written)), its bytes give "
                    + FrameEnvelope.hex(computed))
        }
    }
}
