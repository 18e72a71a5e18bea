/// Base64 as RFC 4648 §4 writes it: padded, without line breaks.
enum Base64 {
    /// The bytes that `text` stands for; where it is not base64, the index of the first wrong byte.
    ///
    /// Strict, so that one picture has one text: padding is required, and the bits that padding
    /// leaves over must be zero.
    static func decode(_ text: [UInt8]) -> Decoded {
        guard text.count.isMultiple(of: 4) else { return .faulty(at: text.count) }
        var padding = 0
        if text.last == UInt8(ascii: "=") {
            padding = text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for index in 0..<text.count - padding {
            let digit = digits[Int(text[index])]
            guard digit < 64 else { return .faulty(at: index) }
            bits = bits << 6 | UInt32(digit)
            if index % 4 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
            }
        }
        if padding == 1 {
            guard bits & 0x3 == 0 else { return .faulty(at: text.count - 2) }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
        } else if padding == 2 {
            guard bits & 0xF == 0 else { return .faulty(at: text.count - 3) }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
        }
        return .bytes(bytes)
    }

    /// What came of decoding.
    enum Decoded: Equatable {
        case bytes([UInt8])
        case faulty(at: Int)
    }

    /// The text that stands for `bytes`.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let second = start + 1 < bytes.count ? bytes[start + 1] : nil
            let third = start + 2 < bytes.count ? bytes[start + 2] : nil
            let bits =
                UInt32(bytes[start]) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
            text.append(alphabet[Int(bits >> 18)])
            text.append(alphabet[Int(bits >> 12 & 0x3F)])
            text.append(second == nil ? UInt8(ascii: "=") : alphabet[Int(bits >> 6 & 0x3F)])
            text.append(third == nil ? UInt8(ascii: "=") : alphabet[Int(bits & 0x3F)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// What each byte counts as; 255 where it is no digit.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { digits[Int(byte)] = UInt8(value) }
        return digits
    }()
}
