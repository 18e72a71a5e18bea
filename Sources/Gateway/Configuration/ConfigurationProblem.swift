/// One thing that is wrong, or doubtful, in a configuration file, and where it stands.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Whether the gateway can start in spite of it.
    package enum Severity: String, Sendable {
        /// The gateway does not start.
        case error
        /// The gateway starts; a person should look at it.
        case warning
    }

    /// The file as it was named to us.
    package let file: String
    /// The line, from 1.
    package let line: Int
    /// The column in Unicode scalars, from 1.
    package let column: Int
    /// What is wrong and what to do, in one sentence.
    package let message: String
    package let severity: Severity

    package init(
        file: String, line: Int, column: Int, message: String, severity: Severity = .error
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.severity = severity
    }

    /// `path:line:column: error: message`, the form that editors jump to.
    package var description: String {
        "\(file):\(line):\(column): \(severity.rawValue): \(message)"
    }
}

/// Everything that was found in one run over the configuration, in the order of the files.
package struct ConfigurationProblems: Error, Sendable, Equatable, CustomStringConvertible {
    package let all: [ConfigurationProblem]

    package init(_ all: [ConfigurationProblem]) { self.all = all }

    /// The problems that keep the gateway from starting.
    package var errors: [ConfigurationProblem] { all.filter { $0.severity == .error } }
    /// The problems that it starts in spite of.
    package var warnings: [ConfigurationProblem] { all.filter { $0.severity == .warning } }

    /// One problem per line.
    package var description: String { all.map(\.description).joined(separator: "\n") }
}
