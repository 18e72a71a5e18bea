/// Rows of numbers without times in a CSV file: what `kawamori calibration fit --points` takes.
package enum CSVPoints {
    /// Longer lists are no points read by a person.
    package static let limit = 10_000

    /// One row.
    package struct Row: Sendable, Equatable {
        /// The line it stands on, from 1.
        package var line: Int
        /// One number per column that was asked for.
        package var values: [Double]

        package init(line: Int, values: [Double]) {
            self.line = line
            self.values = values
        }
    }

    /// Reads the rows in which every column has a number.
    ///
    /// - Parameters:
    ///   - path: the file, with a header row.
    ///   - columns: the headers of the numbers.
    /// - Returns: the rows; those with an empty field are left out.
    /// - Throws: where the file cannot be read, lacks a column or has a field that is no number.
    package static func read(
        path: String, columns: [String]
    ) throws(CSVProblem) -> [Row] {
        let reader = try CSVReader(file: path)
        let header = try reader.next() ?? []
        let names = header.map(\.text.trimmed)
        var indices: [Int] = []
        for column in columns {
            guard let index = names.firstIndex(of: column) else {
                throw CSVProblem(
                    file: path, line: header.first?.line ?? 1, column: 1,
                    message: "there is no column `\(column)`; the file has "
                        + names.joined(separator: ", "))
            }
            indices.append(index)
        }
        var rows: [Row] = []
        while let fields = try reader.next() {
            let place = fields[0]
            guard fields.count == names.count else {
                throw CSVProblem(
                    file: path, line: place.line, column: 1,
                    message: "the row has \(fields.count) fields, the header \(names.count); look"
                        + " for a missing or superfluous comma")
            }
            guard rows.count < limit else {
                throw CSVProblem(
                    file: path, line: place.line, column: 1,
                    message: "the file has more than \(limit) points; leave the staff readings only"
                )
            }
            var values: [Double] = []
            for index in indices {
                if let value = try reader.number(fields[index]) { values.append(value) }
            }
            if values.count == columns.count { rows.append(Row(line: place.line, values: values)) }
        }
        return rows
    }
}
