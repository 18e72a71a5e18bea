import Foundation
import Testing

@testable import WireFormats

@Suite struct Base64Tests {
    @Test func `random bytes are written and read as Foundation does`() {
        var random = SeededNumbers(state: 11)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(Array(text.utf8)) == .bytes(bytes))
        }
    }

    @Test(arguments: [
        ("A", 1), ("AAA", 3), ("AA=A", 2), ("=AAA", 0), ("A===", 1), ("====", 0), ("AAAA\n", 5),
        ("AA A", 2), ("AB==", 1), ("AAB=", 2), ("A-_A", 1), ("AAAAé=", 7),
    ])
    func `what is not base64 is refused at its byte`(text: String, index: Int) {
        #expect(Base64.decode(Array(text.utf8)) == .faulty(at: index))
    }
}
