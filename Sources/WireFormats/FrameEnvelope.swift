import GatewayModel

/// What the frames of the firmware protocol share: magic, version and flags at the beginning;
/// extensions, a signature and a CRC-32C at the end.
enum FrameEnvelope {
    /// The version of the layout, the second byte of all frames.
    static let version: UInt8 = 2
    /// An extension area follows the fields.
    static let extendedFlag: UInt8 = 0x20
    /// Key id and tag stand before the CRC.
    static let signedFlag: UInt8 = 0x40
    /// Bytes of the CRC-32C at the end of all long frames.
    static let checksumByteCount = 4

    private static let tagByteCount = 8

    /// What was found behind the fields.
    struct Tail {
        var seal: FrameSeal?
        /// The value of the one extension that the frame knows.
        var extensionValue: UInt32?
    }

    /// Checks magic, version, flags, and that the header is all there.
    ///
    /// - Throws: `emptyPayload`, `malformed` for another magic, `truncated`, and `unknownVersion`
    ///   for a version or a flag that version 2 does not define.
    static func checkHead(
        _ bytes: Span<UInt8>, magic: UInt8, knownFlags: UInt8, headerByteCount: Int
    ) throws(DecodeError) {
        guard bytes.count > 0 else {
            throw DecodeError(.emptyPayload, "the payload has no bytes; a frame was expected")
        }
        guard bytes[0] == magic else {
            throw DecodeError(
                .malformed, at: 0,
                "expected \(hex(magic)), the first byte of the frame, found \(hex(bytes[0]))")
        }
        try checkCount(bytes, atLeast: 3)
        guard bytes[1] == version else {
            throw DecodeError(
                .unknownVersion, at: 1,
                "frame version \(bytes[1]); this gateway knows version \(version)")
        }
        guard bytes[2] & ~knownFlags == 0 else {
            throw DecodeError(
                .unknownVersion, at: 2,
                "flags \(hex(bytes[2])) use bits that version \(version) does not define")
        }
        try checkCount(bytes, atLeast: headerByteCount)
    }

    /// Checks that so many bytes are there.
    ///
    /// - Throws: `truncated`.
    static func checkCount(_ bytes: Span<UInt8>, atLeast byteCount: Int) throws(DecodeError) {
        guard bytes.count >= byteCount else {
            throw DecodeError(
                .truncated, at: bytes.count,
                "the frame ends after \(bytes.count) bytes; at least \(byteCount) were expected")
        }
    }

    /// Checks what follows the fields.
    ///
    /// - Parameters:
    ///   - bytes: the frame, whose head is checked.
    ///   - bodyByteCount: the bytes before extensions, signature and CRC.
    ///   - knownExtension: the type of extension, with a value of 32 bits, that the frame knows.
    /// - Returns: what was found.
    /// - Throws: `truncated`, `malformed` for trailing bytes and broken extensions,
    ///   `checksumMismatch`.
    static func checkTail(
        _ bytes: Span<UInt8>, bodyByteCount: Int, knownExtension: UInt8? = nil
    ) throws(DecodeError) -> Tail {
        let flags = bytes[2]
        var end = bodyByteCount
        if flags & extendedFlag != 0 {
            try checkCount(bytes, atLeast: bodyByteCount + 1)
            end += 1 + Int(bytes[bodyByteCount])
        }
        let areaEnd = end
        if flags & signedFlag != 0 { end += 1 + tagByteCount }
        try checkEnd(bytes, byteCount: end + checksumByteCount)
        let written = littleEndian(UInt32.self, at: end, in: bytes)
        let computed = crc32c(bytes, count: end)
        guard written == computed else {
            throw DecodeError(
                .checksumMismatch, at: end,
                "the frame says CRC-32C \(hex(written)), its bytes give \(hex(computed))")
        }
        var tail = Tail()
        if flags & signedFlag != 0 {
            tail.seal = FrameSeal(
                keyID: bytes[areaEnd],
                tag: littleEndian(UInt64.self, at: areaEnd + 1, in: bytes),
                signedByteCount: areaEnd + 1)
        }
        if flags & extendedFlag != 0 {
            tail.extensionValue = try readExtensions(
                bytes, from: bodyByteCount + 1, to: areaEnd, known: knownExtension)
        }
        return tail
    }

    /// Checks that a frame ends where its fields say.
    ///
    /// - Throws: `truncated`, `malformed` for trailing bytes.
    static func checkEnd(_ bytes: Span<UInt8>, byteCount: Int) throws(DecodeError) {
        try checkCount(bytes, atLeast: byteCount)
        guard bytes.count == byteCount else {
            throw DecodeError(
                .malformed, at: byteCount,
                "\(bytes.count - byteCount) bytes follow the frame, which ends at \(byteCount)")
        }
    }

    /// Passes over the extensions that nobody here knows.
    private static func readExtensions(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, known: UInt8?
    ) throws(DecodeError) -> UInt32? {
        var value: UInt32?
        var place = start
        while place < end {
            guard end - place >= 2, end - place - 2 >= Int(bytes[place + 1]) else {
                throw DecodeError(
                    .malformed, at: place, "an extension reaches beyond its area's end at \(end)")
            }
            let count = Int(bytes[place + 1])
            if bytes[place] == known {
                guard count == 4, value == nil else {
                    throw DecodeError(
                        .malformed, at: place,
                        "extension \(bytes[place]) has four bytes and stands once")
                }
                value = littleEndian(UInt32.self, at: place + 2, in: bytes)
            }
            place += 2 + count
        }
        return value
    }

    // MARK: - Writing

    /// The beginning of a frame; `finish` sets the flags that tell of the end.
    static func begin(
        magic: UInt8, flags: UInt8, fourth: UInt8, deviceID: UInt64, byteCount: Int
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + 20)
        bytes += [magic, version, flags, fourth]
        bytes.appendLittleEndian(deviceID)
        return bytes
    }

    /// Appends the extension, the signature and the CRC.
    static func finish(
        _ frame: inout [UInt8], deviceID: UInt64, signer: FrameSigner?,
        extension value: (type: UInt8, value: UInt32)? = nil
    ) {
        if let value {
            frame[2] |= extendedFlag
            frame += [6, value.type, 4]
            frame.appendLittleEndian(value.value)
        }
        if let signer {
            frame[2] |= signedFlag
            frame.append(signer.keyID)
            frame.appendLittleEndian(signer.tag(of: frame.span, deviceID: deviceID))
        }
        frame.appendLittleEndian(crc32c(frame.span, count: frame.count))
    }

    static func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let width = type(of: value).bitWidth / 4
        return "0x" + String(repeating: "0", count: width - digits.count) + digits
    }
}
