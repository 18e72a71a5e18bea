/// The unsigned number that stands at `offset`, least significant byte first.
///
/// Bytes are shifted, not loaded: a frame starts anywhere in a payload, and unaligned loads from
/// raw memory would need unsafe code. The caller has checked that the bytes are there.
func littleEndian<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type, at offset: Int, in bytes: Span<UInt8>
) -> Number {
    var value: Number = 0
    for index in (0..<Number.bitWidth / 8).reversed() {
        value = value << 8 | Number(truncatingIfNeeded: bytes[offset + index])
    }
    return value
}

extension [UInt8] {
    /// Appends a number, least significant byte first.
    mutating func appendLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: type(of: value).bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
