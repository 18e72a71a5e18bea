/// Cuts what a stream gives into lines; a line that never ends is noticed.
struct TextLines {
    /// The longest line, without its line feed.
    static let byteLimit = 4096

    private var rest: [UInt8] = []

    /// Takes bytes, and gives back the lines that are complete now, without their line feeds.
    ///
    /// - Returns: nil where a line is longer than the limit.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String]? {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: rest, as: UTF8.self))
                rest.removeAll(keepingCapacity: true)
            } else if rest.count == Self.byteLimit {
                return nil
            } else {
                rest.append(byte)
            }
        }
        return lines
    }
}
