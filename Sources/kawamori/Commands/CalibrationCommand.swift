import ArgumentParser
import Gateway

/// `kawamori calibration`: how raw values become values.
struct CalibrationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibration",
        abstract: "Fit a calibration, see what one does, and enter versions on a running gateway.",
        discussion: """
            Example: kawamori calibration fit --points staff.csv > fit.txt
                     kawamori calibration add --sensor seiryuji-01.stage-1 --from fit.txt \
            --author sato --reason "staff readings of 1 November"
            """,
        subcommands: [
            CalibrationFit.self, CalibrationShow.self, CalibrationList.self, CalibrationAdd.self,
            CalibrationRecompute.self,
        ])
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
