import ArgumentParser
import Gateway

/// `kawamori calibration`: how raw values become values.
struct CalibrationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibration",
        abstract: "Fit a calibration to staff-gauge readings, or see what one does.",
        discussion: "Example: kawamori calibration fit --points staff.csv",
        subcommands: [CalibrationFit.self, CalibrationShow.self])
}

extension Exit {
    /// Says why there is no result, and gives back what to exit with.
    static func failure(_ failure: ResultFailure) -> ExitCode {
        switch failure {
        case .usage(let message): self.failure(message, ExitCode.validationFailure)
        case .badInput(let message): self.failure(message, data)
        case .configuration(let message): self.failure(message, configuration)
        }
    }
}

extension ResultFormat: ExpressibleByArgument {}
