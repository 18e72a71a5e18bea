/// CRC-32/ISO-HDLC of the first `count` bytes: the check at the end of every firmware frame.
///
/// Half a byte at a time, from a table of sixteen entries, exactly as the C header does it for
/// microcontrollers; frames are short, and the broker's round trip dwarfs it.
///
/// - Source: ITU-T V.42 §8.1.1.6.2; the check value of `123456789` is `0xCBF43926`.
func crc32(_ bytes: Span<UInt8>, count: Int) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for index in 0..<count {
        crc ^= UInt32(bytes[index])
        crc = crc >> 4 ^ crc32Table[Int(crc & 0xF)]
        crc = crc >> 4 ^ crc32Table[Int(crc & 0xF)]
    }
    return crc ^ 0xFFFF_FFFF
}

/// What each half byte does to the reflected polynomial 0xEDB88320.
private let crc32Table: [16 of UInt32] = [
    0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4,
    0x4DB2_6158, 0x5005_713C, 0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C,
    0x9B64_C2B0, 0x86D3_D2D4, 0xA00A_E278, 0xBDBD_F21C,
]
