import Foundation
import GatewayModel
import Logging

/// How a station is watched.
struct WatchMode: Sendable, Equatable {
    /// Whether its devices measure as in a flood.
    var isFlood: Bool
    /// Since when the water asks for it.
    var since: UTCInstant
}

/// How the stations are watched, in a file beside the database: a restart is no change of the water, and
/// what a person has told a device since the last one stands.
struct ModeMirror {
    /// One station of the file.
    private struct Entry: Codable {
        var station: String
        var isFlood: Bool
        var sinceMilliseconds: Int64

        enum CodingKeys: String, CodingKey {
            case station
            case isFlood = "flood"
            case sinceMilliseconds = "since_ms"
        }
    }

    private let path: String
    private let logger: Logger

    init(statePath: String, logger: Logger) {
        path = statePath + "/modes.json"
        self.logger = logger
    }

    /// Writes the file, and waits for the disk: it happens as often as the water rises and falls.
    ///
    /// A failure is logged; without the file a restart tells the devices again what the water asks for.
    func write(_ modes: [StationID: WatchMode]) {
        let entries = modes.sorted { $0.key < $1.key }.map { station, mode in
            Entry(
                station: station.text, isFlood: mode.isFlood,
                sinceMilliseconds: mode.since.milliseconds)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try DurableFile.write(Array(try encoder.encode(entries)), to: path, mode: 0o640)
        } catch {
            logger.error("how the stations are watched was not written: \(error)")
        }
    }

    /// What the file says; nothing where it is not there or cannot be read.
    func read() -> [StationID: WatchMode] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        do {
            let entries = try JSONDecoder().decode([Entry].self, from: data)
            return Dictionary(
                entries.compactMap { entry in
                    StationID(entry.station).map { station in
                        (
                            station,
                            WatchMode(
                                isFlood: entry.isFlood,
                                since: UTCInstant(milliseconds: entry.sinceMilliseconds))
                        )
                    }
                }, uniquingKeysWith: { first, _ in first })
        } catch {
            logger.error("how the stations were watched, in \(path), cannot be read: \(error)")
            return [:]
        }
    }
}
