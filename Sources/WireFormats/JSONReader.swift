package import GatewayModel

/// A strict pull reader for JSON (RFC 8259) that knows the byte of every fault.
///
/// It is our own because decoders run on the source's thread, where Foundation has no place, and
/// because quarantine rows must say where a payload is wrong. The caller asks for what it expects
/// and skips the rest; nothing is built that nobody asked for. It refuses what readers disagree
/// about: a key that stands twice in one object (a level that depends on who reads it is no
/// level), nesting deeper than `maximumDepth`, a byte order mark, lone surrogates.
///
/// It keeps an offset and no bytes, since a type that stores a `Span` needs lifetime annotations
/// that are still experimental; pass the same span to every call.
package struct JSONReader: Sendable {
    /// The deepest nesting of arrays and objects.
    package static let maximumDepth = 16
    /// The most bytes of one number.
    package static let maximumNumberByteCount = 512

    /// What kind of value comes next.
    package enum Kind: Sendable {
        case object, array, string, number, bool, null
    }

    /// An object that is being read: the keys that it has had.
    package struct Members {
        fileprivate var keys: Set<String> = []
    }

    /// An array that is being read: how many elements it has had.
    package struct Elements {
        package fileprivate(set) var count = 0
    }

    /// The byte that is read next, from 0.
    package internal(set) var offset = 0
    private var depth = 0

    package init() {}

    /// The kind of the value that comes next, as its first byte tells it.
    ///
    /// - Throws: `emptyPayload`, `truncated`, `numberOutOfRange` for `NaN` and `Infinity`, and
    ///   `malformed` where no value begins so.
    package mutating func peekKind(in bytes: Span<UInt8>) throws(DecodeError) -> Kind {
        if bytes.count == 0 {
            throw DecodeError(.emptyPayload, "the payload has no bytes; JSON was expected")
        }
        skipWhitespace(in: bytes)
        try refuseNotFinite(in: bytes)
        switch try peek(in: bytes) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case let byte: throw unexpected(byte, expected: "a JSON value")
        }
    }

    /// Enters an object; then `nextKey` until it gives nil.
    ///
    /// - Throws: `missingField` where another kind of value stands there, `malformed` where the
    ///   nesting is too deep.
    package mutating func beginObject(in bytes: Span<UInt8>) throws(DecodeError) -> Members {
        try expect(.object, in: bytes)
        try descend()
        return Members()
    }

    /// The next key, with its value next to be read; nil at the end of the object.
    ///
    /// - Throws: `malformed`, for a key that the object has had too; `truncated`, `invalidUTF8`.
    package mutating func nextKey(
        _ members: inout Members, in bytes: Span<UInt8>
    ) throws(DecodeError) -> String? {
        guard
            try nextItem(
                isFirst: members.keys.isEmpty, closing: UInt8(ascii: "}"), in: bytes)
        else { return nil }
        skipWhitespace(in: bytes)
        let start = offset
        guard try peek(in: bytes) == UInt8(ascii: "\"") else {
            throw unexpected(try peek(in: bytes), expected: "a key in quotation marks")
        }
        let key = try readString(in: bytes)
        guard members.keys.insert(key).inserted else {
            throw DecodeError(.malformed, at: start, "a key stands twice in one object")
        }
        skipWhitespace(in: bytes)
        guard try peek(in: bytes) == UInt8(ascii: ":") else {
            throw unexpected(try peek(in: bytes), expected: "':'")
        }
        offset += 1
        return key
    }

    /// Enters an array; then `nextElement` until it gives false.
    ///
    /// - Throws: `missingField` where another kind of value stands there, `malformed` where the
    ///   nesting is too deep.
    package mutating func beginArray(in bytes: Span<UInt8>) throws(DecodeError) -> Elements {
        try expect(.array, in: bytes)
        try descend()
        return Elements()
    }

    /// Whether another element follows; it is then next to be read.
    ///
    /// - Throws: `malformed`, `truncated`.
    package mutating func nextElement(
        _ elements: inout Elements, in bytes: Span<UInt8>
    ) throws(DecodeError) -> Bool {
        let isFirst = elements.count == 0
        guard try nextItem(isFirst: isFirst, closing: UInt8(ascii: "]"), in: bytes) else {
            return false
        }
        elements.count += 1
        return true
    }

    /// Passes over the next value, and checks it all the same.
    ///
    /// - Throws: what is wrong with it.
    package mutating func skipValue(in bytes: Span<UInt8>) throws(DecodeError) {
        switch try peekKind(in: bytes) {
        case .object:
            var members = try beginObject(in: bytes)
            while try nextKey(&members, in: bytes) != nil { try skipValue(in: bytes) }
        case .array:
            var elements = try beginArray(in: bytes)
            while try nextElement(&elements, in: bytes) { try skipValue(in: bytes) }
        case .string: _ = try readStringBytes(in: bytes)
        case .number: _ = try readNumber(in: bytes)
        case .bool: _ = try readBool(in: bytes)
        case .null: try readNull(in: bytes)
        }
    }

    /// Checks that nothing but white space follows.
    ///
    /// - Throws: `malformed` at the first byte too many.
    package mutating func finish(in bytes: Span<UInt8>) throws(DecodeError) {
        skipWhitespace(in: bytes)
        guard offset == bytes.count else {
            throw unexpected(bytes[offset], expected: "the end of the payload")
        }
    }
}

// MARK: - Within the reader

extension JSONReader {
    /// Whether another item of an array or object follows; consumes the comma or the closing.
    private mutating func nextItem(
        isFirst: Bool, closing: UInt8, in bytes: Span<UInt8>
    ) throws(DecodeError) -> Bool {
        skipWhitespace(in: bytes)
        let byte = try peek(in: bytes)
        if byte == closing {
            offset += 1
            depth -= 1
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else {
            throw unexpected(byte, expected: "',' or '\(Character(Unicode.Scalar(closing)))'")
        }
        offset += 1
        return true
    }

    private mutating func descend() throws(DecodeError) {
        guard depth < Self.maximumDepth else {
            throw DecodeError(
                .malformed, at: offset, "nested deeper than \(Self.maximumDepth) levels")
        }
        depth += 1
        offset += 1
    }

    /// Passes over white space and checks that a value of `kind` comes next.
    mutating func expect(_ kind: Kind, in bytes: Span<UInt8>) throws(DecodeError) {
        let found = try peekKind(in: bytes)
        guard found == kind else {
            throw DecodeError(.missingField, at: offset, "expected \(kind), found \(found)")
        }
    }

    /// Refuses `NaN`, `inf` and the like, which JSON does not have but C's `printf` and Python's
    /// `json` write, with a reason that says so.
    func refuseNotFinite(in bytes: Span<UInt8>) throws(DecodeError) {
        let first = try peek(in: bytes) | 0x20
        let second = offset + 1 < bytes.count ? bytes[offset + 1] | 0x20 : 0
        guard
            (first == UInt8(ascii: "n") && second == UInt8(ascii: "a"))
                || (first == UInt8(ascii: "i") && second == UInt8(ascii: "n"))
        else { return }
        throw DecodeError(.numberOutOfRange, at: offset, "a number that is not finite")
    }

    func peek(in bytes: Span<UInt8>) throws(DecodeError) -> UInt8 {
        guard offset < bytes.count else {
            throw DecodeError(.truncated, at: offset, "the JSON text ends too early")
        }
        return bytes[offset]
    }

    private mutating func skipWhitespace(in bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    func unexpected(_ byte: UInt8, expected: String) -> DecodeError {
        let found =
            (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
        return DecodeError(.malformed, at: offset, "expected \(expected), found \(found)")
    }
}
