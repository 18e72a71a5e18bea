import Foundation
import GatewayModel
import Logging
import Synchronization

/// What people have decided about devices, in a file beside the database.
///
/// When the database has to be set aside, adopted devices stay adopted, refused ones refused, and no
/// command counter is given out twice.
final class DeviceMirror: Sendable {
    /// One device of the file.
    struct Entry: Codable, Equatable {
        var device: String
        var state: String
        var adoptedAs: String?
        var commandCounter: UInt32

        enum CodingKeys: String, CodingKey {
            case device, state
            case adoptedAs = "adopted_as"
            case commandCounter = "command_counter"
        }
    }

    private let path: String
    private let logger: Logger
    /// One writer at a time, so that an older state never replaces a newer one.
    private let writing = Mutex<Void>(())

    init(statePath: String, logger: Logger) {
        path = statePath + "/devices.json"
        self.logger = logger
    }

    /// Writes the file; it takes a sync to the disk, so it is not for a shared thread.
    ///
    /// A failure is logged: the database holds the same, and the next change writes again.
    ///
    /// - Parameter records: asked for once nobody else writes.
    func write(_ records: () -> [DeviceRecord]) {
        writing.withLock { _ in
            let entries = records().filter {
                $0.adoptedAs != nil || $0.state == .refused || $0.commandCounter > 0
            }.sorted { $0.id < $1.id }.map { record in
                Entry(
                    device: record.id.description, state: record.state.rawValue,
                    adoptedAs: record.adoptedAs?.description,
                    commandCounter: record.commandCounter)
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            do {
                let bytes = Array(try encoder.encode(entries))
                try DurableFile.write(bytes, to: path, mode: 0o640)
            } catch {
                logger.error("the copy of the devices' register was not written: \(error)")
            }
        }
    }

    /// The records of the database, completed by the file.
    ///
    /// - Parameters:
    ///   - records: what the database knows; its word on adoption is the newer one.
    ///   - now: stands for the times that the file does not keep.
    /// - Returns: the records, by id.
    func complete(_ records: [DeviceRecord], now: UTCInstant) -> [DeviceRecord] {
        guard let data = FileManager.default.contents(atPath: path) else { return records }
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: data)
        } catch {
            logger.error("the copy of the devices' register at \(path) cannot be read: \(error)")
            return records
        }
        var known = Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in entries {
            guard let id = DeviceID(entry.device), let state = DeviceState(rawValue: entry.state)
            else { continue }
            var record =
                known[id]
                ?? DeviceRecord(
                    id: id, state: state, adoptedAs: entry.adoptedAs.flatMap(SensorID.init),
                    firstHeard: now, lastHeard: now)
            record.commandCounter = max(record.commandCounter, entry.commandCounter)
            known[id] = record
        }
        return known.values.sorted { $0.id < $1.id }
    }
}
