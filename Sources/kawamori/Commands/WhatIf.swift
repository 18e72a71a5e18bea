import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori whatif`: which alarms there would have been.
struct WhatIf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "Judge a station's stored past by other rules, and compare the alarms.",
        discussion: """
            Both station files judge the same stored raw readings, as the gateway would have judged \
            them live: the one in use, and a copy in which calibrations, quality checks or levels were \
            changed. Nothing is changed in the database.

            Example: kawamori whatif --db /var/lib/kawamori/kawamori.db \
            --station seiryuji-01.yaml --proposed seiryuji-01-lower.yaml \
            --from 2026-07-01T00:00:00+09:00
            """)

    @Option(help: ArgumentHelp("The database.", valueName: "file"))
    var db: String

    @Option(help: ArgumentHelp("The station file in use.", valueName: "file"))
    var station: String

    @Option(help: ArgumentHelp("The same station with other rules.", valueName: "file"))
    var proposed: String

    @OptionGroup var range: TimeRangeOptions

    @Flag(help: "Tell every step of every alarm in words.")
    var explain = false

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
        let present = try load(station)
        let other = try load(proposed)
        guard present.id == other.id else {
            throw Exit.failure(
                "\(proposed) is of station \(other.id) and not of \(present.id); change a copy of"
                    + " \(station)", Exit.configuration)
        }
        do {
            let result = try WhatIfRun(database: db, present: present, proposed: other).run(
                from: range.first, to: range.end)
            let text = json ? try result.json() : result.text(explains: explain)
            FileHandle.standardOutput.write(Data(text.utf8))
        } catch let failure as AdapterFailure {
            throw Exit.failure(failure)
        }
    }

    private func load(_ path: String) throws -> Station {
        do {
            return try StationFile.load(path: path).station
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Exit.configuration
        }
    }
}
