/// Rows of cells as text, in columns that line up.
package struct TextTable {
    /// The head first.
    package var rows: [[String]]

    /// - Parameter head: the names of the columns.
    package init(head: [String]) { rows = [head] }

    package var description: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
