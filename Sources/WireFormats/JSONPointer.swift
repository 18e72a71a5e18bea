/// A place in a JSON text, written as in RFC 6901: `/value`, `/object/temp_c`, `/readings/0`.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    /// The names of the members on the way, and the indices of elements as decimal digits.
    package let tokens: [String]

    /// Reads the written form, and is nil where it does not begin with `/` or a `~` is followed by
    /// neither 0 nor 1. The empty text points at the whole payload.
    package init?(_ text: String) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = Self.unescaped(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    /// The place of a member of the outermost object.
    package init(member: String) { tokens = [member] }

    package var description: String {
        var text = ""
        for token in tokens {
            text += "/"
            for character in token {
                switch character {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.append(character)
                }
            }
        }
        return text
    }

    private static func unescaped(_ part: Substring) -> String? {
        var token = ""
        var rest = part[...]
        while let character = rest.popFirst() {
            guard character == "~" else {
                token.append(character)
                continue
            }
            switch rest.popFirst() {
            case "0": token.append("~")
            case "1": token.append("/")
            default: return nil
            }
        }
        return token
    }
}
