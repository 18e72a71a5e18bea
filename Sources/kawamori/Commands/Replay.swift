import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori replay`: the pure stages over a file.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge a CSV file as the gateway would have judged it live.",
        discussion: """
            Prints one row per input row, in input order: time, raw, value, flag, one column per \
            check (QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing), the highest \
            flood level reached, and what changed in the alarms.

            Example: kawamori replay --station seiryuji-01.yaml --sensor stage-1 --input june.csv
            """)

    @Option(help: ArgumentHelp("The station file.", valueName: "file"))
    var station: String

    @Option(help: "The sensor's id in the station file.")
    var sensor: String

    @Option(help: ArgumentHelp("The readings, with a header row.", valueName: "csv"))
    var input: String

    @Option(help: "The column with the times (RFC 3339; without zone: the station's).")
    var timeColumn = "time"

    @Option(help: "The column with the raw values, in the sensor's raw unit.")
    var valueColumn = "value"

    @Option(help: "csv or jsonl.")
    var format = ReplayFormat.csv

    func run() throws {
        let file: StationFile
        do {
            file = try StationFile.load(path: station)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Exit.configuration
        }
        let output = BufferedOutput()
        do {
            try ReplayRun(
                station: file.station, sensor: sensor, format: format, write: output.write
            ).run(input: input, timeColumn: timeColumn, valueColumn: valueColumn)
        } catch {
            output.flush()
            switch error {
            case .unknownSensor(let message): throw Exit.failure(message, Exit.configuration)
            case .badInput(let message): throw Exit.failure(message, Exit.data)
            }
        }
        output.flush()
    }
}

extension ReplayFormat: ExpressibleByArgument {}
