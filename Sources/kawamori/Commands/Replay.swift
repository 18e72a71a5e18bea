import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori replay`: the pure stages over a file.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge a CSV file as the gateway would have judged it live.",
        discussion: """
            Prints one row per input row, in input order, several files by time: time, raw, value, flag, one column per \
            check (QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing), the highest \
            flood level reached, and what changed in the alarms. Flags are final: whether a row is a \
            spike shows only with the next one. Live, the gateway does not wait for that.

            Example: kawamori replay --station seiryuji-01.yaml --sensor stage-1 --input june.csv
                     kawamori replay … --input june.csv --input rain-1=june-rain.csv
                     kawamori replay … --explain 1440
            """)

    @Option(help: ArgumentHelp("The station file.", valueName: "file"))
    var station: String

    @Option(help: "The sensor's id in the station file.")
    var sensor: String

    @Option(
        help: ArgumentHelp(
            "The readings, with a header row; once more as SENSOR=CSV for every other sensor of the"
                + " station that a calibration, a check or an alarm needs. With several, a last"
                + " column names the sensor.", valueName: "csv"))
    var input: [String]

    @Option(help: "The column with the times (RFC 3339; without zone: the station's).")
    var timeColumn = "time"

    @Option(help: "The column with the raw values, in the sensor's raw unit.")
    var valueColumn = "value"

    @Option(help: "csv or jsonl.")
    var format = ReplayFormat.csv

    @Option(
        help: ArgumentHelp(
            "Say why this row has its flag, in Japanese and English, instead of printing rows; the"
                + " first row below the header is 1.", valueName: "row"))
    var explain: Int?

    func run() throws {
        let file: StationFile
        do {
            file = try StationFile.load(path: station)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Exit.configuration
        }
        let output = BufferedOutput()
        let line = ProgressLine(besideOutput: explain == nil)
        do throws(ReplayFailure) {
            let inputs = try ReplayRun.inputs(input, of: file.station, for: sensor)
            let run = ReplayRun(station: file.station, inputs: inputs)
            if let explain {
                output.write(try text(explaining: explain, of: run, inputs[0].path, line))
            } else {
                let namesSensor = inputs.count > 1
                try run.run(
                    timeColumn: timeColumn, valueColumn: valueColumn,
                    begin: { output.write(format.header(namesSensor: namesSensor)) },
                    progress: { line.show($0) },
                    take: {
                        output.write(
                            format.line(
                                $0, offsetSeconds: file.station.offsetSeconds,
                                namesSensor: namesSensor))
                    })
            }
        } catch {
            line.end()
            output.flush()
            switch error {
            case .unknownSensor(let message): throw Exit.failure(message, Exit.configuration)
            case .wrongInputs(let message): throw ValidationError(message)
            case .badInput(let message): throw Exit.failure(message, Exit.data)
            }
        }
        line.end()
        output.flush()
    }

    private func text(
        explaining row: Int, of run: ReplayRun, _ path: String, _ line: ProgressLine
    ) throws(ReplayFailure) -> String {
        var explanation = ReplayExplanation(of: row, sensor: try run.description())
        try run.run(
            timeColumn: timeColumn, valueColumn: valueColumn, progress: { line.show($0) },
            take: { explanation.take($0) })
        if let text = explanation.text { return text }
        throw .badInput("\(path) has no row \(row); its rows are 1 to \(explanation.rowCount)")
    }
}

extension ReplayFormat: ExpressibleByArgument {}
