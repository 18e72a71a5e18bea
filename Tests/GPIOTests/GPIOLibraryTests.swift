@testable import GPIO
import Testing

@Suite struct GPIOLibraryTests {
    @Test func `generation, version and limits belong together`() {
        #expect((1...2).contains(GPIOLibrary.generation))
        #expect(GPIOLibrary.version.first?.isNumber == true)
        #expect(GPIOLibrary.version.hasPrefix("\(GPIOLibrary.generation)."))
        #expect(GPIOLibrary.bufferLimit == (GPIOLibrary.generation == 1 ? 16 : 1024))
        #expect(GPIOLibrary.numbersEdges == (GPIOLibrary.generation == 2))
        #expect(GPIOLibrary.limits.isEmpty == (GPIOLibrary.generation == 2))
    }

    @Test func `what generation 1 lacks is told in words`() {
        let words = GPIOLibrary.limits(generation: 1).joined(separator: " ")
        for word in ["no numbers", "full buffer of 16", "newest are dropped", "debounce"] {
            #expect(words.contains(word))
        }
        #expect(GPIOLibrary.limits(generation: 2) == [])
    }
}
