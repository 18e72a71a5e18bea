import ArgumentParser
import Logging

/// The least severe messages that are logged.
enum LogSeverity: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error

    /// A logger to standard error with this severity.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    private var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
