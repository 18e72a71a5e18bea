package import GatewayModel

/// A number, text, truth value or null of a JSON text, and where it stands.
package struct JSONLeaf: Sendable, Equatable {
    /// The kinds of leaves.
    package enum Value: Sendable, Equatable {
        case number(Double)
        case string(String)
        case bool(Bool)
        case null
    }

    /// What stands there.
    package let value: Value
    /// Its first byte, from 0.
    package let byteOffset: Int
}

/// Finds the leaves that a few pointers name in one pass over a JSON text, and checks the rest.
package struct JSONLeafSearch: Sendable {
    private let pointers: [JSONPointer?]
    private var leaves: [JSONLeaf?]
    private var reader = JSONReader()

    private init(_ pointers: [JSONPointer?]) {
        self.pointers = pointers
        self.leaves = Array(repeating: nil, count: pointers.count)
    }

    /// The leaves at `pointers`, in their order; nil where a pointer is nil or nothing stands.
    ///
    /// - Throws: `missingField` where an array or object stands instead of a leaf, and whatever is
    ///   wrong with the JSON text anywhere in it.
    package static func leaves(
        at pointers: [JSONPointer?], in bytes: Span<UInt8>
    ) throws(DecodeError) -> [JSONLeaf?] {
        var search = JSONLeafSearch(pointers)
        let all = pointers.indices.filter { pointers[$0] != nil }
        try search.visit(all, level: 0, in: bytes)
        try search.reader.finish(in: bytes)
        return search.leaves
    }

    /// Reads the next value, which stands `level` tokens down the way of all `candidates`.
    private mutating func visit(
        _ candidates: [Int], level: Int, in bytes: Span<UInt8>
    ) throws(DecodeError) {
        guard !candidates.isEmpty else { return try reader.skipValue(in: bytes) }
        let kind = try reader.peekKind(in: bytes)
        let place = reader.offset
        let value: JSONLeaf.Value
        switch kind {
        case .object, .array:
            for index in candidates where pointers[index]?.tokens.count == level {
                throw DecodeError(
                    .missingField, at: place,
                    "'\(pointers[index]?.description ?? "")' is an \(kind), no single value")
            }
            try descend(into: kind, candidates, level: level, in: bytes)
            return
        case .string: value = .string(try reader.readString(in: bytes))
        case .number: value = .number(try reader.readNumber(in: bytes))
        case .bool: value = .bool(try reader.readBool(in: bytes))
        case .null:
            try reader.readNull(in: bytes)
            value = .null
        }
        for index in candidates where pointers[index]?.tokens.count == level {
            leaves[index] = JSONLeaf(value: value, byteOffset: place)
        }
    }

    private mutating func descend(
        into kind: JSONReader.Kind, _ candidates: [Int], level: Int, in bytes: Span<UInt8>
    ) throws(DecodeError) {
        if kind == .object {
            var members = try reader.beginObject(in: bytes)
            while let key = try reader.nextKey(&members, in: bytes) {
                try visit(matching(key, candidates, level: level), level: level + 1, in: bytes)
            }
        } else {
            var elements = try reader.beginArray(in: bytes)
            while try reader.nextElement(&elements, in: bytes) {
                let key = String(elements.count - 1)
                try visit(matching(key, candidates, level: level), level: level + 1, in: bytes)
            }
        }
    }

    private func matching(_ key: String, _ candidates: [Int], level: Int) -> [Int] {
        candidates.filter { index in
            guard let tokens = pointers[index]?.tokens, level < tokens.count else { return false }
            return tokens[level] == key
        }
    }
}
