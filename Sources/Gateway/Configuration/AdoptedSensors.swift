import Foundation
import GatewayModel

/// The sensors that people have adopted on the running gateway, in the state directory: one file for
/// each, so that what a bad card does to one costs no other.
///
/// A station file has the last word: a sensor of the same id there wins.
struct AdoptedSensors {
    /// More than this many sensors belong into station files.
    static let greatestFileCount = 256
    /// More than one sensor needs.
    static let greatestByteCount = 16_384

    /// What the folder has added to the stations.
    struct Addition: Sendable, Equatable {
        /// The added sensors, with the devices that they were described for.
        var devices: [SensorID: DeviceID] = [:]
        /// What is wrong, always as warnings: the gateway runs without what it cannot read.
        var warnings: [ConfigurationProblem] = []
    }

    /// The folder of the files.
    let folder: String

    init(statePath: String) { folder = statePath + "/adopted-sensors" }

    /// The file of a sensor.
    func path(of sensor: SensorID) -> String { "\(folder)/\(sensor).yaml" }

    /// The sensors that have a file, by id.
    var sensors: [SensorID] {
        names.filter { $0.hasSuffix(Self.ending) }
            .compactMap { SensorID(String($0.dropLast(Self.ending.count))) }
            .sorted { $0.description < $1.description }
    }

    /// The files that were set aside.
    var setAside: [String] {
        names.filter { $0.contains(Self.setAsideMark) }.sorted().map { "\(folder)/\($0)" }
    }

    /// Adds the sensors to their stations.
    func add(to stations: inout [Station]) -> Addition {
        var addition = Addition()
        for id in sensors.prefix(Self.greatestFileCount) {
            let path = path(of: id)
            guard let index = stations.firstIndex(where: { $0.id == id.station }) else {
                addition.warnings.append(
                    Self.warning(
                        path,
                        "no station file describes station `\(id.station)`; the adopted sensor is"
                            + " left out"))
                continue
            }
            guard !stations[index].sensors.contains(where: { $0.id == id }) else {
                addition.warnings.append(
                    Self.warning(
                        path,
                        "the station file has a sensor `\(id)` by now, and that one is used; delete"
                            + " this file"))
                continue
            }
            do throws(ConfigurationProblems) {
                let adopted = try AdoptedSensor.load(path: path, sensor: id)
                stations[index].sensors.append(adopted.sensor)
                addition.devices[id] = adopted.device
                addition.warnings += adopted.warnings
            } catch {
                addition.warnings += error.all.map {
                    ConfigurationProblem(
                        file: $0.file, line: $0.line, column: $0.column,
                        message: $0.message + "; the adopted sensor is left out",
                        severity: .warning)
                }
            }
        }
        return addition
    }

    /// Writes a sensor's file; it is on disk when this returns.
    func write(_ text: String, of sensor: SensorID) throws(AdapterFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw AdapterFailure(.inputOutput, operation: "make \(folder)", cause: "\(error)")
        }
        try DurableFile.write(Array(text.utf8), to: path(of: sensor), mode: 0o640)
    }

    /// The text of a sensor's file; nil where there is none.
    func text(of sensor: SensorID) -> String? {
        try? String(contentsOfFile: path(of: sensor), encoding: .utf8)
    }

    /// Takes a sensor's file away.
    func remove(_ sensor: SensorID) {
        try? FileManager.default.removeItem(atPath: path(of: sensor))
    }

    /// Gives every file that cannot be used a dated name, so that it is looked at and not tried for
    /// ever.
    ///
    /// - Returns: for each a sentence for people.
    func setAsideUnusable(at time: UTCInstant) -> [String] {
        var sentences: [String] = []
        let date = time.rfc3339().prefix(19).replacing("-", with: "").replacing(":", with: "")
        for id in sensors {
            do throws(ConfigurationProblems) {
                _ = try AdoptedSensor.load(path: path(of: id), sensor: id)
            } catch {
                let target = "\(path(of: id))\(Self.setAsideMark)\(date)"
                do {
                    try FileManager.default.moveItem(atPath: path(of: id), toPath: target)
                } catch {
                    continue
                }
                let cause = error.errors.first?.description ?? "it cannot be read"
                sentences.append(
                    "the adopted sensor \(id) is not measured: \(cause). Its file lies now in"
                        + " \(target); adopt its device again, or repair the file and give it its"
                        + " name back")
            }
        }
        return sentences
    }

    private static let ending = ".yaml"
    private static let setAsideMark = ".unusable-"

    private var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func warning(_ path: String, _ message: String) -> ConfigurationProblem {
        ConfigurationProblem(file: path, line: 1, column: 1, message: message, severity: .warning)
    }
}

extension AdoptedSensors {
    /// The adopted sensors of a configuration's state directory as lines for its station files.
    func exported() -> String {
        let byStation = Dictionary(grouping: sensors, by: \.station)
        return byStation.sorted { $0.key.text < $1.key.text }.map { station, sensors in
            "# In the file of station \(station), under `sensors:`\n"
                + sensors.compactMap(text).map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
        }.joined(separator: "\n")
    }
}
