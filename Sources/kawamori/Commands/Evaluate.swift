import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori evaluate`: how well a series agrees with a reference.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold a series against a reference: another gauge, or staff readings.",
        discussion: """
            Each reference value is paired with the nearest value in time. Printed are bias, RMSE, \
            MAE, the 2.5 and 97.5 % quantiles of the errors, the lag at the greatest correlation, the \
            drift a day, and the share of the reference without a partner. With --station and --sensor \
            the input holds raw values, which are calibrated and judged as they would be live (a \
            companion sensor's constant stands in); failed readings and bounds are left out.

            Example: kawamori evaluate --input stage.csv --reference staff.csv --html report.html
            """)

    @Option(help: ArgumentHelp("What is to be judged, with a header row.", valueName: "csv"))
    var input: String

    @Option(help: ArgumentHelp("What it is held against, with a header row.", valueName: "csv"))
    var reference: String

    @Option(
        help: ArgumentHelp("The station file, where the input holds raw values.", valueName: "file")
    )
    var station: String?

    @Option(help: "The sensor's id in the station file.")
    var sensor: String?

    @Option(help: "The input's column with the times (RFC 3339).")
    var timeColumn = "time"

    @Option(help: "The input's column with the values.")
    var valueColumn = "value"

    @Option(help: "The reference's column with the times (RFC 3339).")
    var referenceTimeColumn = "time"

    @Option(help: "The reference's column with the values.")
    var referenceValueColumn = "value"

    @Option(
        help: ArgumentHelp(
            "How far apart in time a pair may lie; default: half the input's usual interval.",
            valueName: "seconds"))
    var tolerance: Double?

    @Option(help: ArgumentHelp("How far to look for a lag, to either side.", valueName: "seconds"))
    var lagWindow = 7200.0

    @Option(help: ArgumentHelp("Write the report as one HTML page.", valueName: "file"))
    var html: String?

    @Option(help: "table or json.")
    var format = ResultFormat.table

    func validate() throws {
        guard tolerance.map({ (0...1e9).contains($0) }) ?? true else {
            throw ValidationError("`--tolerance` takes seconds, 0 or more")
        }
        guard (1...1e7).contains(lagWindow) else {
            throw ValidationError("`--lag-window` takes seconds, 1 or more")
        }
    }

    func run() throws {
        var request = EvaluationRun.Request(input: input, reference: reference)
        request.timeColumn = timeColumn
        request.valueColumn = valueColumn
        request.referenceTimeColumn = referenceTimeColumn
        request.referenceValueColumn = referenceValueColumn
        request.sensor = sensor
        request.toleranceSeconds = tolerance
        request.lagWindowSeconds = lagWindow
        let output = BufferedOutput()
        let page: String
        do {
            request.station = try station.map { try StationFile.load(path: $0).station }
            page = try EvaluationRun(format: format, write: output.write).run(request)
        } catch let problems as ConfigurationProblems {
            FileHandle.standardError.write(Data("\(problems)\n".utf8))
            throw Exit.configuration
        } catch let failure as ResultFailure {
            throw Exit.failure(failure)
        }
        if let html {
            do {
                try Data(page.utf8).write(to: URL(filePath: html))
            } catch {
                throw Exit.failure("cannot write \(html): \(error)", Exit.inputOutput)
            }
        }
        output.flush()
    }
}
