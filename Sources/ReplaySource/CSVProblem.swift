/// What is wrong with a CSV file, and where.
package struct CSVProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named to us.
    package let file: String
    /// The line, from 1; a quoted field may span several, and its first is named.
    package let line: Int
    /// The column in Unicode scalars, from 1.
    package let column: Int
    /// What is wrong and what to do, in one sentence.
    package let message: String

    package init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `path:line:column: error: message`
    package var description: String { "\(file):\(line):\(column): error: \(message)" }
}
