import Yams

/// A value in a YAML file together with its name and place, so that every complaint can say both.
///
/// Each reading function gives nil after it has reported why.
struct YAMLValue {
    let reader: YAMLReader
    let node: Node
    /// What the value is called in messages: its key.
    let name: String

    var place: YAMLReader.Place {
        YAMLReader.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// Whether nothing, `~` or `null` was written: the key counts as not given.
    var isEmpty: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any
        else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    func error(_ message: String) { reader.report(message, at: place) }

    func warning(_ message: String) { reader.report(message, at: place, severity: .warning) }

    /// A mapping that knows the given keys; every other key is reported.
    func mapping(keys: [String]) -> YAMLMapping? {
        guard case .mapping(let mapping) = node else {
            error(
                "`\(name)` must be a mapping of keys to values, such as `\(keys.first ?? "key"): …`,"
                    + " not \(nodeKind)")
            return nil
        }
        return YAMLMapping(value: self, mapping: mapping, keys: keys)
    }

    /// The value of a key, without a word where there is none.
    subscript(key: String) -> YAMLValue? {
        guard case .mapping(let mapping) = node, let value = mapping[Node(key)] else { return nil }
        return YAMLValue(reader: reader, node: value, name: key)
    }

    /// Whether it is a mapping of keys to values.
    var isMapping: Bool { if case .mapping = node { true } else { false } }

    /// The entries of a list.
    func list() -> [YAMLValue]? {
        guard case .sequence(let sequence) = node else {
            error("`\(name)` must be a list, each entry after `- `, not \(nodeKind)")
            return nil
        }
        return sequence.map { YAMLValue(reader: reader, node: $0, name: name) }
    }

    /// Text of at least one character.
    func text() -> String? {
        guard case .scalar(let scalar) = node else {
            error("`\(name)` must be text, not \(nodeKind)")
            return nil
        }
        guard !isEmpty, !scalar.string.isEmpty else {
            error("`\(name)` is empty; write a value or remove the key")
            return nil
        }
        guard !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" })
        else {
            error("`\(name)` contains a control character; remove it")
            return nil
        }
        return scalar.string
    }

    /// One line of text.
    func line() -> String? {
        guard let text = text() else { return nil }
        guard !text.contains("\n") else {
            error("`\(name)` must be one line of text")
            return nil
        }
        return text
    }

    /// A finite number within `range`.
    func number(in range: ClosedRange<Double>? = nil, unit: String = "") -> Double? {
        guard let text = plainText(expected: "a number") else { return nil }
        guard let value = Double(text), value.isFinite else {
            error("`\(name)` must be a number, not `\(text)`")
            return nil
        }
        guard let range, !range.contains(value) else { return value }
        error("`\(name)` is \(text); it must be \(Self.phrase(range, unit: unit))")
        return nil
    }

    /// A whole number within `range`.
    func integer(in range: ClosedRange<Int>, unit: String = "") -> Int? {
        guard let text = plainText(expected: "a whole number") else { return nil }
        guard let value = Int(text) else {
            error("`\(name)` must be a whole number, not `\(text)`")
            return nil
        }
        guard range.contains(value) else {
            let suffix = unit.isEmpty ? "" : " \(unit)"
            error(
                "`\(name)` is \(text); it must be from \(range.lowerBound) to"
                    + " \(range.upperBound)\(suffix)")
            return nil
        }
        return value
    }

    /// One of a few words, each standing for a value.
    func choice<Choice>(_ choices: KeyValuePairs<String, Choice>) -> Choice? {
        guard let text = text() else { return nil }
        if let match = choices.first(where: { $0.key == text }) { return match.value }
        let words = choices.map { "`\($0.key)`" }.joined(separator: ", ")
        let hint = nearest(to: text, among: choices.map(\.key)).map { "did you mean `\($0)`? " }
        error("`\(name)` is `\(text)`; \(hint ?? "")it must be one of \(words)")
        return nil
    }

    /// The text of an unquoted scalar; anything else is reported.
    private func plainText(expected: String) -> String? {
        guard case .scalar(let scalar) = node else {
            error("`\(name)` must be \(expected), not \(nodeKind)")
            return nil
        }
        guard !isEmpty else {
            error("`\(name)` is empty; write \(expected) or remove the key")
            return nil
        }
        guard scalar.style == .plain || scalar.style == .any else {
            error("`\(name)` must be \(expected); remove the quotes around it")
            return nil
        }
        return scalar.string
    }

    private var nodeKind: String {
        switch node {
        case .scalar(let scalar): isEmpty ? "nothing" : "`\(scalar.string)`"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private static func phrase(_ range: ClosedRange<Double>, unit: String) -> String {
        let suffix = unit.isEmpty ? "" : " \(unit)"
        let bound = { (value: Double) in
            value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        }
        if range.upperBound == .greatestFiniteMagnitude {
            return "\(bound(range.lowerBound))\(suffix) or more"
        }
        return "from \(bound(range.lowerBound)) to \(bound(range.upperBound))\(suffix)"
    }
}
