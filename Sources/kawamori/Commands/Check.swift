import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori check`: validates a configuration with its station files, or one station file.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration; every error with file:line:column.",
        discussion: """
            Exits with 0, or with 78 and every error on standard error. Warnings do not fail.

            Example: kawamori check /etc/kawamori/kawamori.yaml
            """)

    @Argument(help: "kawamori.yaml, or a single station file.")
    var file: String

    func run() throws {
        let warnings: [ConfigurationProblem]
        let summary: String
        if isStationFile {
            do {
                let station = try StationFile.load(path: file)
                warnings = station.warnings
                summary = "station \(station.station.id); sensors: \(station.station.sensors.count)"
            } catch {
                FileHandle.standardError.write(Data("\(error)\n".utf8))
                throw Exit.configuration
            }
        } else {
            let configuration = try Configuration.load(file)
            warnings = configuration.warnings
            let sensorCount = configuration.stations.reduce(0) { $0 + $1.sensors.count }
            summary =
                "gateway \(configuration.gateway.id); stations: \(configuration.stations.count), "
                + "sensors: \(sensorCount)\(configuration.adoptedText), "
                + "targets: \(configuration.forward.count)"
        }
        for warning in warnings {
            FileHandle.standardError.write(Data("\(warning)\n".utf8))
        }
        print("\(file): ok: \(summary)")
    }

    /// Whether the file describes a station: it has a line that begins with `station:`.
    private var isStationFile: Bool {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return false }
        return text.split(separator: "\n").contains { $0.hasPrefix("station:") }
    }
}
