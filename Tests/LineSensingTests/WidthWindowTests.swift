import Testing

@testable import LineSensing

@Suite struct WidthWindowTests {
    private var window = WidthWindow()

    @Test mutating func `nothing comes to nothing, and one width to itself`() {
        #expect(window.summary() == nil)
        window.append(11_650)
        #expect(window.summary()?.median == 11_650)
        #expect(window.summary()?.spread == 0)
    }

    @Test mutating func `the spread is that of the Hampel identifier's example`() {
        // 1.20 1.21 1.19 3.90 1.22: median 1.21, median deviation 0.01.
        for width in [1200.0, 1210, 1190, 3900, 1220] { window.append(width) }
        #expect(window.summary()?.median == 1210)
        #expect(window.summary()?.spread == 14.826)
    }

    @Test mutating func `of an even number the two in the middle share`() {
        for width in [4.0, 1, 3, 10] { window.append(width) }
        #expect(window.summary()?.median == 3.5)
        #expect(window.summary()?.spread == Float16(1.4826 * 1.5))
    }

    @Test mutating func `only the newest 63 are kept`() {
        for width in 1...100 { window.append(Double(width)) }
        #expect(window.count == 63)
        #expect(window.summary()?.median == 69)
        window.removeAll()
        for width in 1...3 { window.append(Double(width)) }
        #expect(window.summary()?.median == 2)
    }

    @Test mutating func `a spread beyond 16 bits becomes the greatest`() {
        for width in [0.0, 0, 100_000, 200_000, 200_000] { window.append(width) }
        #expect(window.summary()?.spread == .greatestFiniteMagnitude)
    }
}
