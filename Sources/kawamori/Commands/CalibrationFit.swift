import ArgumentParser
import Gateway

/// `kawamori calibration fit`: staff-gauge points become a calibration.
struct CalibrationFit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Fit a calibration to staff-gauge points by least squares.",
        discussion: """
            The file has a header row and one line for each reading of the staff gauge: the sensor's \
            raw value at that moment and what the staff said, in metres above the gauge zero. Printed \
            are the coefficients with their standard errors, 95 % intervals of the calibration and of \
            one reading, each point's residual, what is doubtful, and the line for the station file.

            Example: kawamori calibration fit --points staff.csv --at 1.5 --at 2.5

            staff.csv:
              raw,staff
              2410,0.79
              1985,1.22
              1502,1.70
            """)

    @Option(help: ArgumentHelp("The points, with a header row.", valueName: "csv"))
    var points: String

    @Option(help: "linear or polynomial.")
    var form = FitForm.linear

    @Option(help: "The degree of a polynomial: 2 or 3.")
    var degree = 2

    @Option(help: "The column with the sensor's raw values.")
    var rawColumn = "raw"

    @Option(help: "The column with the staff's readings, in metres.")
    var staffColumn = "staff"

    @Option(help: ArgumentHelp("A level to give the interval at; may be repeated.", valueName: "m"))
    var at: [Double] = []

    @Option(help: "table or json.")
    var format = ResultFormat.table

    func validate() throws {
        guard (2...3).contains(degree) else {
            throw ValidationError("`--degree` is \(degree); it must be 2 or 3")
        }
        guard at.allSatisfy({ $0.magnitude <= 1e6 }) else {
            throw ValidationError("`--at` takes metres above the gauge zero")
        }
    }

    func run() throws {
        let output = BufferedOutput()
        do {
            try CalibrationFitRun(
                form: form, degree: degree, levels: at, format: format, write: output.write
            ).run(points: points, rawColumn: rawColumn, valueColumn: staffColumn)
        } catch {
            throw Exit.failure(error)
        }
        output.flush()
    }
}

extension FitForm: ExpressibleByArgument {}
