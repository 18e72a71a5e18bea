import Testing

@testable import GPIOSource

/// Lines out of a stream, however it is cut.
@Suite struct TextLinesTests {
    private var lines = TextLines()

    @Test mutating func `lines come whole, in order, over any cut`() {
        let bytes = Array("off\t0\n雨\n\nrest".utf8)
        var whole: [String] = []
        for byte in bytes { whole += lines.take([byte]) ?? ["too long"] }
        #expect(whole == ["off\t0", "雨", ""])
        #expect(lines.take(Array("\n".utf8)) == ["rest"])
        #expect(lines.take(bytes) == ["off\t0", "雨", ""])
    }

    @Test mutating func `a line that never ends is noticed`() {
        let longest = [UInt8](repeating: 97, count: TextLines.byteLimit)
        #expect(lines.take(longest) == [])
        var other = lines
        #expect(lines.take([10])?.first?.count == TextLines.byteLimit)
        #expect(other.take([97]) == nil)
    }
}
