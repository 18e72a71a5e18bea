import GatewayModel
import Testing

@testable import WireFormats

@Suite struct JSONReaderTests {
    private func number(_ text: String) throws(DecodeError) -> Double {
        let bytes = Array(text.utf8)
        var reader = JSONReader()
        let value = try reader.readNumber(in: bytes.span)
        try reader.finish(in: bytes.span)
        return value
    }

    private func string(_ bytes: [UInt8]) throws(DecodeError) -> String {
        var reader = JSONReader()
        let value = try reader.readString(in: bytes.span)
        try reader.finish(in: bytes.span)
        return value
    }

    private func skip(_ bytes: [UInt8]) -> DecodeError? {
        do {
            var reader = JSONReader()
            try reader.skipValue(in: bytes.span)
            try reader.finish(in: bytes.span)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            "0", "-0", "1", "-1", "0.55", "1.2e3", "1E+2", "0.14e1", "1498780179.001", "1e308",
            "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "9007199254740993",
            "9007199254740992", "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
            "1e22", "1e23", "8.5e-22", "1e-400", "0e999999999999999999999", "0.5e-0",
        ])
    func `numbers are read as the nearest binary64`(text: String) throws {
        #expect(try number(text) == Double(text))
    }

    @Test func `random numbers are read as the nearest binary64`() throws {
        var random = SeededNumbers(state: 7)
        for _ in 0..<20_000 {
            let integer = UInt64.random(
                in: 0...UInt64.max >> UInt64.random(in: 0...63, using: &random), using: &random)
            let text = "\(integer)e\(Int.random(in: -30...30, using: &random))"
            #expect(try number(text) == Double(text), "\(text)")
        }
    }

    @Test(arguments: [
        ("NaN", RejectionReason.numberOutOfRange), ("nan", .numberOutOfRange),
        ("Infinity", .numberOutOfRange), ("inf", .numberOutOfRange), ("-inf", .numberOutOfRange),
        ("-Infinity", .numberOutOfRange), ("-NaN", .numberOutOfRange), ("-x", .malformed),
        ("+1", .malformed), (".5", .malformed), ("1.", .truncated),
        ("1.e5", .malformed), ("01", .malformed), ("-", .truncated), ("1e", .truncated),
        ("1e+", .truncated), ("0x10", .malformed), ("1e400", .numberOutOfRange),
        ("-1e400", .numberOutOfRange), ("1e99999999999999999999", .numberOutOfRange),
        (String(repeating: "9", count: 400), .numberOutOfRange),
        (String(repeating: "1", count: 100_000), .oversize), ("true", .missingField),
        ("1 2", .malformed), ("1,", .malformed), ("", .emptyPayload), (" ", .truncated),
    ])
    func `what is no number is refused`(text: String, reason: RejectionReason) {
        #expect { _ = try number(text) } throws: { ($0 as? DecodeError)?.reason == reason }
    }

    @Test(arguments: [
        (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""青龍寺川""#, "青龍寺川"), (#""\u9752\u9f8D""#, "青龍"), (#""\uD83D\uDC3B""#, "🐻"),
        (#""🐻""#, "🐻"), (#""\u0000""#, "\0"), (#"  "x"  "#, "x"),
    ])
    func `strings are read with their escapes`(text: String, expected: String) throws {
        #expect(try string(Array(text.utf8)) == expected)
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xE9, 0x9D, 0x41], [0xC3],
            Array(#"\uD83D"#.utf8), Array(#"\uDC3B"#.utf8), Array(#"\uD83Dx"#.utf8),
            Array(#"\uD83D\u0041"#.utf8),
        ] as [[UInt8]])
    func `text that is not UTF-8 is refused`(body: [UInt8]) {
        #expect { _ = try string([0x22] + body + [0x22]) } throws: {
            ($0 as? DecodeError)?.reason == .invalidUTF8
        }
    }

    @Test func `a fault names its byte`() {
        #expect(skip(Array(#"{"a":1,"b":[1,2,x]}"#.utf8))?.byteOffset == 16)
        #expect(skip([0x5B, 0x22, 0xE9, 0x9D, 0x41, 0x22, 0x5D])?.byteOffset == 4)
        #expect(skip(Array(#"{"a":1,"a":2}"#.utf8))?.byteOffset == 7)
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, RejectionReason.malformed), (#"{"a":1,"\u0061":2}"#, .malformed),
        ("[1,]", .malformed), ("[,1]", .malformed), ("[1 2]", .malformed), ("[1", .truncated),
        (#"{"a":1,}"#, .malformed), (#"{a:1}"#, .malformed), (#"{"a"}"#, .malformed),
        (#"{"a":}"#, .malformed), (#"{"a":1"#, .truncated), ("tru", .truncated),
        ("trux", .malformed), ("nul", .truncated), (#""abc"#, .truncated), (#""\x""#, .malformed),
        (#""\u00g0""#, .malformed), ("\"\u{1}\"", .malformed), ("\"\n\"", .malformed),
        ("{}x", .malformed), ("]", .malformed), ("\u{FEFF}{}", .malformed), ("'a'", .malformed),
        ("// x", .malformed),
    ])
    func `what is not JSON is refused`(text: String, reason: RejectionReason) {
        #expect(skip(Array(text.utf8))?.reason == reason)
    }

    @Test(arguments: [
        "{}", "[]", " [ ] ", #"{"a":{"b":[1,2,{"c":null}],"d":"x"},"e":true,"f":false}"#,
        #"[{"a":1},{"a":1}]"#, "\t\r\n1",
    ])
    func `JSON is accepted`(text: String) {
        #expect(skip(Array(text.utf8)) == nil)
    }

    @Test func `nesting is bounded`() {
        let bound = JSONReader.maximumDepth
        let nested = { (depth: Int) in
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(skip(nested(bound)) == nil)
        #expect(skip(nested(bound + 1))?.reason == .malformed)
        #expect(skip([UInt8](repeating: 0x5B, count: 1_000_000))?.byteOffset == bound)
        let objects = String(repeating: #"{"a":"#, count: 200_000)
        #expect(skip(Array(objects.utf8))?.reason == .malformed)
    }

    @Test func `siblings do not add to the depth`() {
        let text = "[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        #expect(skip(Array(text.utf8)) == nil)
    }
}
