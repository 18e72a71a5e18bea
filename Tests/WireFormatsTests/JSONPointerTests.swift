import Testing

@testable import WireFormats

@Suite struct JSONPointerTests {
    @Test(arguments: [
        ("", []), ("/value", ["value"]), ("/object/temp_c", ["object", "temp_c"]), ("/", [""]),
        ("/a~1b/m~0n", ["a/b", "m~n"]), ("/~01", ["~1"]), ("/readings/0", ["readings", "0"]),
    ])
    func `the written form is read and written back`(text: String, tokens: [String]) {
        let pointer = JSONPointer(text)
        #expect(pointer?.tokens == tokens)
        #expect(pointer?.description == text)
    }

    @Test(arguments: ["value", "a/b", "/~", "/~2", "/a~"])
    func `what RFC 6901 does not allow is refused`(text: String) {
        #expect(JSONPointer(text) == nil)
    }
}
