import Yams

/// A mapping whose keys are all known: unknown and repeated ones have been reported.
struct YAMLMapping {
    /// The mapping itself, for its name and place.
    let value: YAMLValue
    private var entries: [String: YAMLValue] = [:]
    /// Keys that an unknown one was probably meant to be: their absence is no second mistake.
    private var misspeltKeys: Set<String> = []

    init(value: YAMLValue, mapping: Node.Mapping, keys: [String]) {
        self.value = value
        let reader = value.reader
        var firstLines: [String: Int] = [:]
        for (keyNode, node) in mapping {
            let key = YAMLValue(reader: reader, node: keyNode, name: "key")
            guard case .scalar(let scalar) = keyNode else {
                key.error("a key of `\(value.name)` must be a word")
                continue
            }
            let name = reader.keyName(scalar.string, at: key.place)
            if let line = firstLines[name] {
                key.error("`\(name)` is given again; it stands on line \(line) already: keep one")
                continue
            }
            firstLines[name] = key.place.line
            guard keys.contains(name) else {
                let near = nearest(to: name, among: keys)
                if let near { misspeltKeys.insert(near) }
                let hint = near.map { "did you mean `\($0)`? " } ?? ""
                let known = keys.joined(separator: ", ")
                key.error("unknown key `\(name)`; \(hint)`\(value.name)` takes \(known)")
                continue
            }
            entries[name] = YAMLValue(reader: reader, node: node, name: name)
        }
    }

    /// The value of a key; nil where the key is missing or has nothing behind it.
    subscript(key: String) -> YAMLValue? {
        guard let value = entries[key], !value.isEmpty else { return nil }
        return value
    }

    /// The value of a key that must be there; nil after its absence has been reported.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - example: what could be written behind it.
    /// - Returns: the value.
    func required(_ key: String, example: String) -> YAMLValue? {
        if let value = self[key] { return value }
        guard !misspeltKeys.contains(key) else { return nil }
        let place = entries[key] ?? value
        place.error("`\(value.name)` needs `\(key)`; add for example `\(key): \(example)`")
        return nil
    }
}

/// The candidate that `word` is most likely a slip of; nil where none is near.
func nearest(to word: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, min(3, word.count / 2)) ? best.candidate : nil
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between two words.
///
/// - Source: optimal string alignment, after Damerau (1964).
/// - Complexity: O(*m* · *n*); words longer than 64 characters count as wholly different.
private func editDistance(_ left: String, _ right: String) -> Int {
    let first = Array(left.lowercased())
    let second = Array(right.lowercased())
    guard first.count <= 64, second.count <= 64 else { return max(first.count, second.count) }
    var rows = [Array(0...second.count)]
    for row in 0..<first.count {
        var line = [row + 1]
        for column in 0..<second.count {
            let substitution = rows[row][column] + (first[row] == second[column] ? 0 : 1)
            var cost = min(rows[row][column + 1] + 1, line[column] + 1, substitution)
            if row > 0, column > 0, first[row] == second[column - 1],
                first[row - 1] == second[column]
            {
                cost = min(cost, rows[row - 1][column - 1] + 1)
            }
            line.append(cost)
        }
        rows.append(line)
    }
    return rows[first.count][second.count]
}
