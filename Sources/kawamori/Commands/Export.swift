import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori export`: local data out, streaming, beside a running daemon or without one.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a sensor's stored readings, or the loss ledger, to standard output.",
        discussion: """
            Example: kawamori export --db /var/lib/kawamori/kawamori.db \
            --sensor seiryuji-01.stage-1 --from 2026-07-01T00:00:00+09:00 --format csv

            The loss ledger: kawamori export --db /var/lib/kawamori/kawamori.db --losses \
            --from 2026-07-01T00:00:00+09:00 --format jsonl
            """)

    @Option(help: ArgumentHelp("The database.", valueName: "file"))
    var db: String

    @Option(help: "The sensor, as station.sensor; the short name where only one station has it.")
    var sensor: String?

    @Flag(help: "Instead of readings, what could not be kept: the entries of the loss ledger.")
    var losses = false

    @OptionGroup var range: TimeRangeOptions

    @Option(help: "csv, jsonl or senml; the loss ledger has no senml.")
    var format = ExportFormat.csv

    func validate() throws {
        guard (sensor == nil) == losses else {
            throw ValidationError("name one: --sensor STATION.SENSOR or --losses")
        }
        if losses, format == .senml {
            throw ValidationError("SenML cannot carry losses; write --format csv or jsonl")
        }
    }

    func run() throws {
        let output = BufferedOutput()
        let export = ExportRun(database: db, format: format, write: output.write)
        do {
            if let sensor {
                try export.run(sensor: sensor, from: range.first, to: range.end)
            } else {
                try export.runLosses(from: range.first, to: range.end)
            }
        } catch {
            output.flush()
            throw Exit.failure(error)
        }
        output.flush()
    }
}

extension ExportFormat: ExpressibleByArgument {}
