/// Cells of comma-separated values.
enum CSVCell {
    /// A cell, quoted where it must be.
    ///
    /// - Source: RFC 4180, §2, rules 5 to 7.
    static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\""
            + cell.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}
