/// Bytes that nobody could read, made harmless and readable.
enum PayloadText {
    private static let digits = Array("0123456789abcdef")

    /// Two digits a byte, with a space between bytes.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
    }

    /// Printable ASCII as it is, a dot for everything else.
    static func ascii(_ bytes: some Sequence<UInt8>) -> String {
        String(
            bytes.map { (0x20...0x7E).contains($0) ? Character(UnicodeScalar($0)) : "." })
    }
}
