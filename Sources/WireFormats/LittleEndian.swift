/// The unsigned number that stands at `offset`, least significant byte first.
///
/// - Precondition: its bytes are there.
func littleEndian<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ type: Number.Type, at offset: Int, in bytes: Span<UInt8>
) -> Number {
    // Every pattern of bits is a number, and the load checks that all of them lie in the span.
    Number(
        littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
}

extension [UInt8] {
    /// Appends a number, least significant byte first.
    mutating func appendLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: type(of: value).bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
