import GatewayModel
import Hummingbird

/// Reads a request's query and refuses what lies outside the bounds, by name.
struct QueryReader {
    let request: Request

    /// The text of a parameter; nil where it is missing or empty.
    func text(_ name: String) -> String? {
        guard let value = request.uri.queryParameters[name[...]], !value.isEmpty else { return nil }
        return String(value)
    }

    /// A whole number within bounds.
    func number(
        _ name: String, in bounds: ClosedRange<Int64>, default fallback: Int64
    ) throws(Problem) -> Int64 {
        guard let text = text(name) else { return fallback }
        guard let number = Int64(text), bounds.contains(number) else {
            throw Problem.badParameter(
                name, "send a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// A list's length.
    func limit(default fallback: Int, most: Int) throws(Problem) -> Int {
        Int(try number("limit", in: 1...Int64(most), default: Int64(fallback)))
    }

    /// A time in RFC 3339.
    func time(_ name: String) throws(Problem) -> UTCInstant? {
        // A plus sign in a query means a space unless it is escaped; many forget to.
        guard let text = text(name)?.replacing(" ", with: "+") else { return nil }
        guard let time = UTCInstant(rfc3339: text) else {
            throw Problem.badParameter(
                name, "send a time in RFC 3339 with an offset, such as 2026-11-21T09:10:00+09:00")
        }
        return time
    }
}

extension String {
    /// Escaped so that it can stand as a value in a query.
    var percentEncodedForQuery: String {
        let hexadecimal = Array("0123456789ABCDEF")
        var text = ""
        for byte in utf8 {
            let character = Character(UnicodeScalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~/".contains(character)
            {
                text.append(character)
            } else {
                text += "%"
                text.append(hexadecimal[Int(byte >> 4)])
                text.append(hexadecimal[Int(byte & 15)])
            }
        }
        return text
    }
}
