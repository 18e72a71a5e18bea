import Foundation

/// A JSON value, for a protocol whose messages are too many to give each a type.
enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case fields([String: JSON])

    /// A field of an object; nil where there is none.
    subscript(name: String) -> JSON? {
        guard case .fields(let fields) = self else { return nil }
        return fields[name]
    }

    /// The text, where it is one.
    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The number, where it is one.
    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// The truth value, where it is one.
    var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }

    /// The members of a list; empty where it is none.
    var list: [JSON] {
        guard case .list(let list) = self else { return [] }
        return list
    }
}

extension JSON {
    /// Reads a message; a screen reader's tree has some hundred thousand values, too many for
    /// `Decodable`, which would try each as every kind.
    init(bytes: Data) throws {
        self.init(foundation: try JSONSerialization.jsonObject(with: bytes))
    }

    private init(foundation value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let fields as [String: Any]: self = .fields(fields.mapValues(JSON.init(foundation:)))
        case let list as [Any]: self = .list(list.map(JSON.init(foundation:)))
        case let number as NSNumber:
            // The one difference that Foundation keeps between true and 1.
            let isBool = String(cString: number.objCType) == "c"
            self = isBool ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }
}

extension JSON: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let bool): try container.encode(bool)
        case .number(let number):
            // Ids and sizes are whole, and DevTools refuses them with a fraction.
            if let whole = Int(exactly: number) {
                try container.encode(whole)
            } else {
                try container.encode(number)
            }
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .fields(let fields): try container.encode(fields)
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }
    init(arrayLiteral elements: JSON...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .fields(Dictionary(elements) { _, last in last })
    }
}
