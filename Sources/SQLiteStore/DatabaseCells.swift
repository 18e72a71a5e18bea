/// The rows of one page of a table or index, with what overflows from it.
///
/// - Source: https://www.sqlite.org/fileformat2.html#b_tree_pages, §1.6, and #record_format, §2.1.
struct DatabaseCells {
    /// One value of a row.
    enum Value: Equatable {
        case null
        case integer(Int64)
        case real(Double)
        case text(String)
        case blob([UInt8])
    }

    /// One row.
    struct Cell: Equatable {
        /// The row's number; nil in an index or a table without numbers.
        var row: Int64?
        var values: [Value]
    }

    /// What kind of page it is.
    enum Kind: UInt8 {
        case indexInterior = 0x02
        case tableInterior = 0x05
        case indexLeaf = 0x0A
        case tableLeaf = 0x0D
    }

    /// The rows that could be read.
    private(set) var cells: [Cell] = []
    /// Whether a row of the page could not be read.
    private(set) var isDamaged = false
    let kind: Kind

    /// No row of ours is longer: a quarantined payload has some kilobytes.
    private static let greatestPayload = 1 << 20

    /// Reads a page; nil where it is none of a tree.
    ///
    /// - Parameters:
    ///   - bytes: the page.
    ///   - page: its number; the first page begins with the file's header.
    ///   - limit: the most rows to read.
    ///   - overflow: reads the pages on which long rows go on.
    init?(
        _ bytes: [UInt8], page: UInt32, limit: Int = .max,
        overflow: (UInt32) -> [UInt8]?
    ) {
        let start = page == 1 ? 100 : 0
        guard bytes.count == DatabasePages.pageBytes, let kind = Kind(rawValue: bytes[start]) else {
            return nil
        }
        self.kind = kind
        let count = Int(bytes[start + 3]) << 8 | Int(bytes[start + 4])
        let isInterior = kind == .indexInterior || kind == .tableInterior
        let pointers = start + (isInterior ? 12 : 8)
        guard pointers + 2 * count <= bytes.count else { return nil }
        // Inner pages of a table hold no rows.
        guard kind != .tableInterior else { return }
        for index in 0..<min(count, limit) {
            let place = pointers + 2 * index
            let offset = Int(bytes[place]) << 8 | Int(bytes[place + 1])
            if offset >= pointers + 2 * count,
                let cell = Self.cell(bytes, at: offset, kind: kind, overflow: overflow)
            {
                cells.append(cell)
            } else {
                isDamaged = true
            }
        }
    }

    private static func cell(
        _ bytes: [UInt8], at start: Int, kind: Kind, overflow: (UInt32) -> [UInt8]?
    ) -> Cell? {
        var reader = Reader(bytes: bytes, offset: start + (kind == .indexInterior ? 4 : 0))
        guard let length = reader.variable(), (1...Int64(greatestPayload)).contains(length) else {
            return nil
        }
        var row: Int64?
        if kind == .tableLeaf {
            guard let number = reader.variable() else { return nil }
            row = number
        }
        guard let payload = payload(Int(length), reader, kind: kind, overflow: overflow),
            let values = values(of: payload)
        else { return nil }
        return Cell(row: row, values: values)
    }

    /// A row's bytes, gathered from the page and those on which it goes on.
    private static func payload(
        _ length: Int, _ reader: Reader, kind: Kind, overflow: (UInt32) -> [UInt8]?
    ) -> [UInt8]? {
        let usable = DatabasePages.pageBytes
        let most = kind == .tableLeaf ? usable - 35 : (usable - 12) * 64 / 255 - 23
        let least = (usable - 12) * 32 / 255 - 23
        var local = length
        if length > most {
            let fitting = least + (length - least) % (usable - 4)
            local = fitting <= most ? fitting : least
        }
        guard reader.offset + local <= usable else { return nil }
        var payload = Array(reader.bytes[reader.offset..<reader.offset + local])
        guard local < length else { return payload }
        guard reader.offset + local + 4 <= usable else { return nil }
        var next = word(reader.bytes, reader.offset + local)
        while payload.count < length {
            guard next > 0, let page = overflow(next), page.count == usable else { return nil }
            payload += page[4..<min(usable, 4 + length - payload.count)]
            next = word(page, 0)
        }
        return payload
    }

    private static func values(of payload: [UInt8]) -> [Value]? {
        var header = Reader(bytes: payload, offset: 0)
        guard let headerLength = header.variable(), headerLength >= 1, headerLength <= payload.count
        else { return nil }
        var body = Reader(bytes: payload, offset: Int(headerLength))
        var values: [Value] = []
        while header.offset < Int(headerLength) {
            guard let type = header.variable(), let value = body.value(type: type) else {
                return nil
            }
            values.append(value)
        }
        // Types and bytes of a whole row agree to the byte.
        return header.offset == Int(headerLength) && body.offset == payload.count ? values : nil
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset: Int

        /// A number of one to nine bytes.
        mutating func variable() -> Int64? {
            var value: UInt64 = 0
            for index in 0..<9 {
                guard offset < bytes.count else { return nil }
                let byte = bytes[offset]
                offset += 1
                if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
                value = value << 7 | UInt64(byte & 0x7F)
                if byte < 0x80 { break }
            }
            return Int64(bitPattern: value)
        }

        mutating func value(type: Int64) -> Value? {
            switch type {
            case 0: return .null
            case 1...4: return integer(Int(type))
            case 5: return integer(6)
            case 6: return integer(8)
            case 7:
                guard case .integer(let bits)? = integer(8) else { return nil }
                return .real(Double(bitPattern: UInt64(bitPattern: bits)))
            case 8: return .integer(0)
            case 9: return .integer(1)
            case 12...:
                let length = Int((type - 12) / 2)
                guard offset + length <= bytes.count else { return nil }
                defer { offset += length }
                let part = bytes[offset..<offset + length]
                guard type % 2 == 1 else { return .blob(Array(part)) }
                return String(validating: part, as: UTF8.self).map { .text($0) }
            default: return nil
            }
        }

        private mutating func integer(_ length: Int) -> Value? {
            guard offset + length <= bytes.count else { return nil }
            var value: Int64 = bytes[offset] >= 0x80 ? -1 : 0
            for byte in bytes[offset..<offset + length] { value = value << 8 | Int64(byte) }
            offset += length
            return .integer(value)
        }
    }
}
