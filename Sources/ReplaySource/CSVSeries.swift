package import GatewayModel

/// A time series in a CSV file, read row by row: what `kawamori replay --input` takes.
///
/// The file has a header row. Times are RFC 3339 or the shorter forms of `UTCInstant`, or seconds or
/// milliseconds since 1970. Empty fields and `NaN`, `NULL`, `NA` and `None` are missing values.
package final class CSVSeries {
    /// One row of the file.
    package struct Row: Sendable, Equatable {
        /// The line it stands on, from 1.
        package var line: Int
        /// The time as it was written.
        package var timeText: String
        package var time: UTCInstant
        /// One value per value column; nil where it is missing.
        package var values: [Double?]
        /// The value of the first value column.
        package var value: Double? { values.first ?? nil }
    }

    private let reader: CSVReader
    private let timeIndex: Int
    private let valueIndices: [Int]
    private let columnCount: Int
    private let defaultOffsetSeconds: Int?

    /// Opens a file and reads its header.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - timeColumn: the header of the times.
    ///   - valueColumns: the headers of the values, at least one.
    ///   - defaultOffsetSeconds: the zone of times that name none, in seconds east of UTC; nil
    ///     refuses such times.
    ///   - skippedLines: how many lines stand before the header.
    /// - Throws: where the file cannot be read or lacks a column.
    package init(
        path: String, timeColumn: String = "time", valueColumns: [String] = ["value"],
        defaultOffsetSeconds: Int?, skippedLines: Int = 0
    ) throws(CSVProblem) {
        let reader = try CSVReader(file: path)
        try reader.skip(lines: skippedLines)
        guard let header = try reader.next() else {
            throw CSVProblem(
                file: path, line: skippedLines + 1, column: 1,
                message: "the file has no header row; name the columns in its first line")
        }
        let names = header.map { $0.text.trimmed }
        let index = { (name: String) throws(CSVProblem) -> Int in
            if let index = names.firstIndex(of: name) { return index }
            let known = names.filter { !$0.isEmpty }.joined(separator: ", ")
            throw CSVProblem(
                file: path, line: header[0].line, column: 1,
                message: "there is no column `\(name)`; the file has \(known)")
        }
        self.timeIndex = try index(timeColumn)
        var indices: [Int] = []
        for name in valueColumns { indices.append(try index(name)) }
        self.valueIndices = indices
        self.columnCount = header.count
        self.defaultOffsetSeconds = defaultOffsetSeconds
        self.reader = reader
    }

    /// The next row in the file's order; nil at its end.
    ///
    /// - Throws: at the first field that cannot be understood.
    package func next() throws(CSVProblem) -> Row? {
        guard let fields = try reader.next() else { return nil }
        guard fields.count == columnCount else {
            throw problem(
                fields[0],
                "the row has \(fields.count) fields, the header \(columnCount); look for a missing"
                    + " or superfluous comma")
        }
        let timeField = fields[timeIndex]
        guard let time = instant(timeField.text.trimmed) else {
            throw problem(timeField, timeMessage(timeField.text.trimmed))
        }
        var values: [Double?] = []
        for index in valueIndices { values.append(try reader.number(fields[index])) }
        return Row(line: fields[0].line, timeText: timeField.text, time: time, values: values)
    }

    /// How many bytes of the file have been read, for a word about the progress.
    package var readByteCount: Int { reader.readByteCount }

    /// The file's size in bytes; nil where it has none, such as a pipe.
    package var byteCount: Int? { reader.byteCount }

    private func instant(_ text: String) -> UTCInstant? {
        if let instant = UTCInstant(rfc3339: text, defaultOffsetSeconds: defaultOffsetSeconds) {
            return instant
        }
        guard let number = Double(text), number.isFinite else { return nil }
        // Seconds reach 1e11 in the year 5138; milliseconds passed it in 1973.
        return UTCInstant(secondsSinceEpoch: abs(number) < 1e11 ? number : number / 1000)
    }

    private func timeMessage(_ text: String) -> String {
        if text.isEmpty { return "the time is missing" }
        if defaultOffsetSeconds == nil, UTCInstant(rfc3339: text, defaultOffsetSeconds: 0) != nil {
            return "the time `\(text)` names no zone; add `Z` or an offset such as `+09:00`"
        }
        return "`\(text)` is no time; write it like `2026-07-19T05:30:00+09:00`"
    }

    private func problem(_ field: CSVReader.Field, _ message: String) -> CSVProblem {
        CSVProblem(file: reader.file, line: field.line, column: field.column, message: message)
    }
}
