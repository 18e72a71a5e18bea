/// CRC-32C (Castagnoli) of the first `count` bytes: the check at the end of every firmware frame.
///
/// Eight bytes at a time, from eight tables of 256 entries: the CRC is most of the work of decoding
/// a short frame, and this is fast enough on every processor without asking for an instruction.
///
/// - Source: RFC 3720 appendix B.4; the check value of `123456789` is `0xE3069283`. The tables are
///   those of Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based
///   CRC Generators", 2005.
func crc32c(_ bytes: Span<UInt8>, count: Int) -> UInt32 {
    let tables = crc32cTables.span
    var crc: UInt32 = 0xFFFF_FFFF
    var index = 0
    while index + 8 <= count {
        let low = littleEndian(UInt32.self, at: index, in: bytes) ^ crc
        let high = littleEndian(UInt32.self, at: index + 4, in: bytes)
        // Table n holds what a byte does that n further bytes follow.
        let first = tables[0x700 | Int(low & 0xFF)] ^ tables[0x600 | Int(low >> 8 & 0xFF)]
        let second = tables[0x500 | Int(low >> 16 & 0xFF)] ^ tables[0x400 | Int(low >> 24)]
        let third = tables[0x300 | Int(high & 0xFF)] ^ tables[0x200 | Int(high >> 8 & 0xFF)]
        let fourth = tables[0x100 | Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
        crc = first ^ second ^ third ^ fourth
        index += 8
    }
    while index < count {
        crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
        index += 1
    }
    return crc ^ 0xFFFF_FFFF
}

/// The check of a compact frame: both halves of the CRC-32C, exclusive-ored.
func check16(_ bytes: Span<UInt8>, count: Int) -> UInt16 {
    let crc = crc32c(bytes, count: count)
    return UInt16(truncatingIfNeeded: crc ^ crc >> 16)
}

/// Eight tables of 256 entries for the reflected polynomial 0x82F63B78.
private let crc32cTables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
        var crc = UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
        tables[byte] = crc
    }
    for place in 256..<tables.count {
        let before = tables[place - 256]
        tables[place] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    return tables
}()
