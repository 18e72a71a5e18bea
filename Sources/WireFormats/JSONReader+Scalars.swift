package import GatewayModel

extension JSONReader {
    /// Reads a string.
    ///
    /// - Throws: `missingField` where another kind of value stands there; `truncated`, `malformed`
    ///   for escapes and control characters, `invalidUTF8` for lone surrogates too.
    package mutating func readString(in bytes: Span<UInt8>) throws(DecodeError) -> String {
        String(decoding: try readStringBytes(in: bytes), as: UTF8.self)
    }

    /// Reads a string of at most `maximumByteCount` bytes of UTF-8.
    ///
    /// - Throws: as `readString`, and `oversize` for a longer one.
    package mutating func readString(
        maximumByteCount: Int, in bytes: Span<UInt8>
    ) throws(DecodeError) -> String {
        try expect(.string, in: bytes)
        let start = offset
        let text = try readStringBytes(in: bytes)
        guard text.count <= maximumByteCount else {
            throw DecodeError(
                .oversize, at: start,
                "a text of \(text.count) bytes; at most \(maximumByteCount) are taken")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a string as its bytes of valid UTF-8, escapes resolved.
    ///
    /// - Throws: as `readString`.
    package mutating func readStringBytes(in bytes: Span<UInt8>) throws(DecodeError) -> [UInt8] {
        try expect(.string, in: bytes)
        offset += 1
        var text: [UInt8] = []
        while true {
            let byte = try peek(in: bytes)
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                offset += 1
                try readEscape(into: &text, in: bytes)
            case 0x00..<0x20:
                throw unexpected(byte, expected: "a text without control characters")
            case 0x20..<0x80:
                text.append(byte)
                offset += 1
            default:
                try readMultibyteScalar(into: &text, in: bytes)
            }
        }
    }

    /// Reads a number as the binary64 nearest to it.
    ///
    /// - Throws: `missingField` where another kind of value stands there, `malformed`, and
    ///   `numberOutOfRange` where a binary64 cannot hold it. Too small a number becomes 0.
    package mutating func readNumber(in bytes: Span<UInt8>) throws(DecodeError) -> Double {
        try expect(.number, in: bytes)
        let start = offset
        var digits = Significand()
        if bytes[offset] == UInt8(ascii: "-") {
            offset += 1
            try refuseNotFinite(in: bytes)
        }
        if try peek(in: bytes) == UInt8(ascii: "0") {
            offset += 1
        } else {
            try readDigits(into: &digits, in: bytes)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            let fractionStart = offset
            try readDigits(into: &digits, in: bytes)
            digits.exponent -= offset - fractionStart
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            let sign = try peek(in: bytes)
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
            var power = Significand()
            try readDigits(into: &power, in: bytes)
            digits.exponent += power.cappedInt * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
        return try value(of: digits, from: start, in: bytes)
    }

    /// Reads `true` or `false`.
    ///
    /// - Throws: `missingField` where another kind of value stands there; `malformed`, `truncated`.
    package mutating func readBool(in bytes: Span<UInt8>) throws(DecodeError) -> Bool {
        try expect(.bool, in: bytes)
        let value = bytes[offset] == UInt8(ascii: "t")
        try readWord(value ? "true" : "false", in: bytes)
        return value
    }

    /// Reads `null`.
    ///
    /// - Throws: `missingField` where another kind of value stands there; `malformed`, `truncated`.
    package mutating func readNull(in bytes: Span<UInt8>) throws(DecodeError) {
        try expect(.null, in: bytes)
        try readWord("null", in: bytes)
    }

    private mutating func readWord(
        _ word: String, in bytes: Span<UInt8>
    ) throws(DecodeError) {
        for byte in word.utf8 {
            let found = try peek(in: bytes)
            guard found == byte else { throw unexpected(found, expected: "'\(word)'") }
            offset += 1
        }
    }
}

// MARK: - Strings

extension JSONReader {
    private mutating func readEscape(
        into text: inout [UInt8], in bytes: Span<UInt8>
    ) throws(DecodeError) {
        let byte = try peek(in: bytes)
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            offset += 1
            text.append(contentsOf: String(try readEscapedScalar(in: bytes)).utf8)
            return
        default: throw unexpected(byte, expected: "one of the escapes of JSON")
        }
        offset += 1
    }

    /// Reads the four digits after `\u`, and the second half of a surrogate pair.
    private mutating func readEscapedScalar(
        in bytes: Span<UInt8>
    ) throws(DecodeError) -> Character {
        let start = offset - 2
        let unit = try readHexUnit(in: bytes)
        if let scalar = Unicode.Scalar(unit) { return Character(scalar) }
        if unit < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        {
            offset += 2
            let low = try readHexUnit(in: bytes)
            if (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(
                    0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            {
                return Character(scalar)
            }
        }
        throw DecodeError(.invalidUTF8, at: start, "half of a surrogate pair stands alone")
    }

    private mutating func readHexUnit(in bytes: Span<UInt8>) throws(DecodeError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = try peek(in: bytes)
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected(byte, expected: "a hexadecimal digit")
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    /// Copies one scalar of two to four bytes.
    ///
    /// - Source: The Unicode Standard, table 3-7, "Well-Formed UTF-8 Byte Sequences".
    private mutating func readMultibyteScalar(
        into text: inout [UInt8], in bytes: Span<UInt8>
    ) throws(DecodeError) {
        let lead = bytes[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: throw invalidUTF8(lead)
        }
        text.append(lead)
        offset += 1
        for index in 1..<length {
            let byte = try peek(in: bytes)
            guard (index == 1 ? second : 0x80...0xBF).contains(byte) else {
                throw invalidUTF8(byte)
            }
            text.append(byte)
            offset += 1
        }
    }

    private func invalidUTF8(_ byte: UInt8) -> DecodeError {
        DecodeError(
            .invalidUTF8, at: offset, "byte 0x\(String(byte, radix: 16)) is not UTF-8 here")
    }
}

// MARK: - Numbers

/// The digits of a number as they are read, as long as 64 bits hold them.
private struct Significand {
    var integer: UInt64 = 0
    /// Whether `integer` holds all digits exactly.
    var isExact = true
    /// The power of ten that `integer` is multiplied by.
    var exponent = 0

    /// The digits as a number, held at a million: no power of ten of interest is larger.
    var cappedInt: Int { isExact ? Int(min(integer, 1_000_000)) : 1_000_000 }

    mutating func append(_ digit: UInt8) {
        guard integer < 1_000_000_000_000_000_000 else {
            isExact = false
            return
        }
        integer = integer * 10 + UInt64(digit)
    }
}

extension JSONReader {
    /// The powers of ten that a binary64 holds exactly.
    private static let exactPowers: [23 of Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Reads one digit or more.
    private mutating func readDigits(
        into digits: inout Significand, in bytes: Span<UInt8>
    ) throws(DecodeError) {
        let start = offset
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
            digits.append(bytes[offset] - 0x30)
            offset += 1
        }
        guard offset > start else { throw unexpected(try peek(in: bytes), expected: "a digit") }
    }

    /// The value of the number that stands from `start` to `offset`.
    private func value(
        of digits: Significand, from start: Int, in bytes: Span<UInt8>
    ) throws(DecodeError) -> Double {
        guard offset - start <= Self.maximumNumberByteCount else {
            throw DecodeError(
                .oversize, at: start,
                "a number of \(offset - start) bytes; at most \(Self.maximumNumberByteCount)")
        }
        let isNegative = bytes[start] == UInt8(ascii: "-")
        // Both factors are exact and one operation rounds once, so the result is the nearest
        // binary64 (Clinger, 1990). Nearly every number that a sensor sends is of this kind.
        if digits.isExact, digits.integer <= 1 << 53, abs(digits.exponent) <= 22 {
            let magnitude = Double(digits.integer)
            let power = Self.exactPowers[abs(digits.exponent)]
            let value = digits.exponent < 0 ? magnitude / power : magnitude * power
            return isNegative ? -value : value
        }
        var text = ""
        for index in start..<offset { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        guard let value = Double(text), value.isFinite else {
            throw DecodeError(
                .numberOutOfRange, at: start, "the number is too large for a binary64")
        }
        return value
    }
}
