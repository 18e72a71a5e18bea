import GatewayModel

/// What the two frames of the firmware protocol share: magic, version and flags at the beginning,
/// a CRC-32 at the end.
enum FrameEnvelope {
    /// The version of the layout, the second byte of both frames.
    static let version: UInt8 = 1
    /// Bytes of the CRC-32 at the end of both frames.
    static let checksumByteCount = 4

    /// Checks magic, version and flags: all that decides how the other bytes are laid out.
    ///
    /// - Throws: `emptyPayload`, `malformed` for another magic, `truncated`, and `unknownVersion`
    ///   for a version or a flag that version 1 does not define.
    static func checkHead(
        _ bytes: Span<UInt8>, magic: UInt8, reservedFlags: UInt8
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
        guard bytes[2] & reservedFlags == 0 else {
            throw DecodeError(
                .unknownVersion, at: 2,
                "flags \(hex(bytes[2])) use bits that version \(version) does not define")
        }
    }

    /// Checks that the header is all there.
    ///
    /// - Throws: `truncated`.
    static func checkCount(_ bytes: Span<UInt8>, atLeast byteCount: Int) throws(DecodeError) {
        guard bytes.count >= byteCount else {
            throw DecodeError(
                .truncated, at: bytes.count,
                "the frame ends after \(bytes.count) bytes; at least \(byteCount) were expected")
        }
    }

    /// Checks the length that the header asks for, and the CRC-32 over all that stands before it.
    ///
    /// - Throws: `truncated`, `malformed` for trailing bytes, `checksumMismatch`.
    static func checkTail(_ bytes: Span<UInt8>, byteCount: Int) throws(DecodeError) {
        try checkCount(bytes, atLeast: byteCount)
        guard bytes.count == byteCount else {
            throw DecodeError(
                .malformed, at: byteCount,
                "\(bytes.count - byteCount) bytes follow the frame, which ends at \(byteCount)")
        }
        let place = byteCount - checksumByteCount
        let written = littleEndian(UInt32.self, at: place, in: bytes)
        let computed = crc32(bytes, count: place)
        guard written == computed else {
            throw DecodeError(
                .checksumMismatch, at: place,
                "the frame says CRC-32 \(hex(written)), its bytes give \(hex(computed))")
        }
    }

    /// Appends the CRC-32 of all that `frame` holds.
    static func seal(_ frame: inout [UInt8]) {
        frame.appendLittleEndian(crc32(frame.span, count: frame.count))
    }

    private static func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let width = type(of: value).bitWidth / 4
        return "0x" + String(repeating: "0", count: width - digits.count) + digits
    }
}
