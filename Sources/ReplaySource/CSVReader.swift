import Foundation

/// Reads the records of a CSV file one by one, in memory bounded by the longest record.
///
/// - Source: RFC 4180; line ends may also be bare LF, and a byte order mark is passed over.
final class CSVReader {
    /// Longer records are refused: a quote that is never closed must not swallow the machine.
    static let greatestRecordByteCount = 65_536

    /// One field with the place where it begins.
    struct Field: Equatable {
        var text: String
        var line: Int
        var column: Int
    }

    let file: String
    /// Bytes read so far; up to 64 KiB of them wait for their turn.
    private(set) var readByteCount = 0
    /// The file's size; nil where it has none, such as a pipe.
    let byteCount: Int?
    private let handle: FileHandle
    private var chunk: [UInt8] = []
    private var position = 0
    private var line = 1
    private var column = 1

    init(file: String) throws(CSVProblem) {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CSVProblem(
                file: file, line: 1, column: 1,
                message: "cannot read this file; check its name and that we may read it")
        }
        self.file = file
        self.handle = handle
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        byteCount =
            attributes?[.type] as? FileAttributeType == .typeRegular
            ? attributes?[.size] as? Int : nil
        var mark: [UInt8] = []
        while mark.count < 3, let byte = try peek(), byte == [0xEF, 0xBB, 0xBF][mark.count] {
            mark.append(byte)
            position += 1
        }
    }

    /// Passes over lines that stand before the header.
    func skip(lines: Int) throws(CSVProblem) {
        for _ in 0..<lines {
            while let byte = try take(), byte != UInt8(ascii: "\n") {}
        }
    }

    /// The next record; nil at the file's end. Empty lines are passed over.
    func next() throws(CSVProblem) -> [Field]? {
        while let byte = try peek(), byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            _ = try take()
        }
        guard try peek() != nil else { return nil }
        var fields: [Field] = []
        var budget = Self.greatestRecordByteCount
        repeat { fields.append(try field(&budget)) } while try isFollowedByField()
        return fields
    }

    /// Takes the comma or the line end behind a field; true after a comma.
    private func isFollowedByField() throws(CSVProblem) -> Bool {
        guard let byte = try take() else { return false }
        return byte == UInt8(ascii: ",")
    }

    private func field(_ budget: inout Int) throws(CSVProblem) -> Field {
        let start = (line: line, column: column)
        let isQuoted = try peek() == UInt8(ascii: "\"")
        if isQuoted { _ = try take() }
        var bytes: [UInt8] = []
        while let byte = try peek() {
            if isQuoted {
                _ = try take()
                if byte == UInt8(ascii: "\"") {
                    guard try peek() == UInt8(ascii: "\"") else {
                        return try quotedField(bytes, start)
                    }
                    _ = try take()
                }
            } else {
                if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") { break }
                _ = try take()
            }
            bytes.append(byte)
            budget -= 1
            guard budget > 0 else {
                throw problem(
                    start,
                    "the record is longer than \(Self.greatestRecordByteCount) bytes; look"
                        + " for a quote that is not closed")
            }
        }
        guard !isQuoted else { throw problem(start, "the quote opened here is never closed") }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return Field(text: try text(bytes, start), line: start.line, column: start.column)
    }

    /// Ends a quoted field: only a comma or a line end may follow.
    private func quotedField(
        _ bytes: [UInt8], _ start: (line: Int, column: Int)
    ) throws(CSVProblem) -> Field {
        if try peek() == UInt8(ascii: "\r") { _ = try take() }
        if let byte = try peek(), byte != UInt8(ascii: ","), byte != UInt8(ascii: "\n") {
            throw problem(
                (line, column),
                "a comma must follow the closing quote; write a quote within a"
                    + " field twice")
        }
        return Field(text: try text(bytes, start), line: start.line, column: start.column)
    }

    private func text(
        _ bytes: [UInt8], _ start: (line: Int, column: Int)
    ) throws(CSVProblem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw problem(start, "the text is not UTF-8; save the file as UTF-8")
        }
        return text
    }

    /// The number in a field; nil where it says that there is none.
    func number(_ field: Field) throws(CSVProblem) -> Double? {
        let text = field.text.trimmed
        guard !["", "nan", "null", "na", "none"].contains(text.lowercased()) else { return nil }
        let place = (field.line, field.column)
        guard let value = Double(text) else {
            throw problem(
                place, "`\(text)` is no number; leave the field empty where none is known")
        }
        guard value.isFinite else { throw problem(place, "`\(text)` is not a finite number") }
        return value
    }

    private func problem(_ place: (line: Int, column: Int), _ message: String) -> CSVProblem {
        CSVProblem(file: file, line: place.line, column: place.column, message: message)
    }

    // MARK: Bytes

    private func peek() throws(CSVProblem) -> UInt8? {
        if position == chunk.count {
            do {
                chunk = try handle.read(upToCount: 65_536).map { [UInt8]($0) } ?? []
            } catch {
                throw problem((line, column), "the file cannot be read on: \(error)")
            }
            position = 0
            readByteCount += chunk.count
        }
        return position < chunk.count ? chunk[position] : nil
    }

    private func take() throws(CSVProblem) -> UInt8? {
        guard let byte = try peek() else { return nil }
        position += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            // UTF-8 continuation bytes do not begin a scalar.
            column += 1
        }
        return byte
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(
            self.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
