import Testing

@testable import Gateway

@Suite struct YAMLReaderTests {
    private func problems(_ text: String) -> [String] {
        let reader = YAMLReader(file: "f")
        _ = reader.compose(text)?.mapping(keys: ["alpha", "beta"])
        return reader.problems.map { "\($0.line):\($0.column): \($0.message)" }
    }

    @Test func `each repetition of a key is named`() {
        let found = problems("alpha: 1\nbeta: 2\n\"alpha\": 3\nalpha: 4\n")
        #expect(
            found == [
                "3:1: `alpha` is given again; it stands on line 1 already: keep one",
                "4:1: `alpha` is given again; it stands on line 1 already: keep one",
            ])
    }

    @Test(
        arguments: [
            ("alpha: [1, 2", "2:1: this is not YAML"),
            ("alpha: 1\n  beta: 2", "2:7: this is not YAML: mapping values are not allowed"),
            ("\talpha: 1", "1:1: this is not YAML"),
            ("", "1:1: the file is empty"),
            ("- alpha", "1:1: `the file` must be a mapping of keys to values"),
            ("[a]: 1", "1:1: a key of `the file` must be a word"),
            ("alfa: 1", "1:1: unknown key `alfa`; did you mean `alpha`? `the file` takes alpha,"),
            ("zzzzz: 1", "1:1: unknown key `zzzzz`; `the file` takes alpha, beta"),
        ])
    func `a fault has a place and plain words`(text: String, expected: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `an alias bomb is refused without being unfolded`() {
        var text = "alpha: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...40 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "k\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(problems(text).count == 40)
    }

    @Test func `deep nesting does not overflow the stack`() {
        let text = "alpha: " + String(repeating: "[", count: 100_000)
        #expect(problems(text).count == 1)
    }
}
