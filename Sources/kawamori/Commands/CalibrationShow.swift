import ArgumentParser
import Foundation
import Gateway

/// `kawamori calibration show`: what a calibration makes of raw values, and back.
struct CalibrationShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Convert raw values by a station file's calibration, and levels back.",
        discussion: """
            Without values, prints the raw value at which each flood level is reached, to hold a \
            target before the sensor; for a tipping bucket, what it measures too little in heavy rain. \
            Temperature and air pressure are the constants of the station file.

            Example: kawamori calibration show --station seiryuji-01.yaml --sensor stage-1 --raw 1850
            """)

    @Option(help: ArgumentHelp("The station file.", valueName: "file"))
    var station: String

    @Option(help: "The sensor's id in the station file.")
    var sensor: String

    @Option(help: "A raw value to convert; may be repeated.")
    var raw: [Double] = []

    @Option(help: "A value to find the raw value of; may be repeated.")
    var value: [Double] = []

    func run() throws {
        let output = BufferedOutput()
        do {
            let file = try StationFile.load(path: station)
            try CalibrationShowRun(station: file.station, write: output.write)
                .run(sensor: sensor, raws: raw, values: value)
        } catch let problems as ConfigurationProblems {
            FileHandle.standardError.write(Data("\(problems)\n".utf8))
            throw Exit.configuration
        } catch let failure as ResultFailure {
            throw Exit.failure(failure)
        }
        output.flush()
    }
}
