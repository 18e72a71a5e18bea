/// A JSON text in the making: as much as the simulator's and the demo's payloads need.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func beginObject() { open("{") }
    mutating func endObject() { close("}") }
    mutating func beginArray() { open("[") }
    mutating func endArray() { close("]") }

    mutating func member(_ key: String, _ value: Double) {
        self.key(key)
        self.value(value)
    }

    mutating func member(_ key: String, _ value: String) {
        self.key(key)
        quote(value)
        needsComma = true
    }

    mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Appends a number: whole numbers without a fraction, others as the shortest text that reads
    /// back as the same binary64.
    mutating func value(_ number: Double) {
        precondition(number.isFinite, "JSON has no word for numbers that are not finite")
        separate()
        if let integer = Int64(exactly: number), abs(number) < 1e15 {
            bytes.append(contentsOf: String(integer).utf8)
        } else {
            bytes.append(contentsOf: number.description.utf8)
        }
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes += [UInt8(ascii: "\\"), byte]
            case 0x00..<0x20:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: "\\u00\(byte < 0x10 ? "0" : "")\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
