import Foundation
import GatewayModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The station files that the configuration names.
struct StationFolder {
    /// A gateway is one pole, or a city's worth of them.
    private static let greatestFileCount = 1000

    private let paths: ConfigurationPaths
    private(set) var stations: [Station] = []
    /// The problems within the station files.
    private(set) var problems: [ConfigurationProblem] = []
    /// The ids of files that had errors: a topic that names one of them is not wrong for that.
    private(set) var hasUnreadableFiles = false
    private var files: Set<String> = []
    private var fileOfStation: [StationID: String] = [:]

    private let source: ConfigurationFiles

    init(paths: ConfigurationPaths, source: ConfigurationFiles) {
        self.paths = paths
        self.source = source
    }

    /// Reads all files that the patterns in `value` name.
    mutating func read(_ value: YAMLValue) {
        guard let patterns = value.list() else { return }
        if patterns.isEmpty { value.error("`stations` is empty; name at least one station file") }
        for entry in patterns {
            guard let pattern = entry.line() else { continue }
            let matches = match(pattern, at: entry)
            for file in matches where files.insert(file).inserted {
                guard files.count <= Self.greatestFileCount else {
                    entry.error("there are more than \(Self.greatestFileCount) station files")
                    return
                }
                readStation(file)
            }
        }
    }

    /// Adds the sensors that people have adopted on the running gateway.
    mutating func add(_ adopted: AdoptedSensors) -> [SensorID: DeviceID] {
        let addition = adopted.add(to: &stations)
        problems += addition.warnings
        return addition.devices
    }

    private mutating func readStation(_ file: String) {
        let reader = YAMLReader(file: file, files: source)
        let parsed = reader.contents().flatMap { ParsedStation(text: $0, reader: reader) }
        if let parsed {
            if let other = fileOfStation[parsed.station.id] {
                reader.report(
                    "station `\(parsed.station.id)` is described in \(other) already; each id"
                        + " stands once in a gateway", at: parsed.idPlace)
            } else {
                fileOfStation[parsed.station.id] = file
                stations.append(parsed.station)
            }
        }
        if reader.problems.contains(where: { $0.severity == .error }) { hasUnreadableFiles = true }
        problems += reader.problems
    }

    /// The files that a pattern names, by name; wildcards may stand in the last component.
    private func match(_ pattern: String, at value: YAMLValue) -> [String] {
        let absolute = paths.absolute(pattern)
        let name = (absolute as NSString).lastPathComponent
        let folder = (absolute as NSString).deletingLastPathComponent
        let isWildcard = { (character: Character) in "*?[".contains(character) }
        guard !folder.contains(where: isWildcard) else {
            value.error("`\(pattern)`: wildcards may stand only in the file's name")
            return []
        }
        guard name.contains(where: isWildcard) else { return [absolute] }
        let names = source.names(in: folder)
        // Unsafe because C reads the strings; they live, NUL-terminated, through the call.
        let matches = names.filter { unsafe fnmatch(name, $0, FNM_PERIOD) == 0 }.sorted()
        if matches.isEmpty { value.error("no file matches `\(pattern)` in \(folder)") }
        return matches.map { "\(folder)/\($0)" }
    }
}

extension StationFolder {
    /// The sensor that a value names, in the form `station.sensor`; nil after the mistake has been
    /// reported.
    func sensorID(_ value: YAMLValue) -> SensorID? {
        guard let text = value.line() else { return nil }
        guard let sensor = SensorID(text) else {
            value.error(
                "`\(text)` is no sensor; write the station's id, a dot and the sensor's id, such"
                    + " as `seiryuji-01.stage-1`")
            return nil
        }
        let known = stations.flatMap(\.sensors).map(\.id.description)
        guard !known.contains(text), !hasUnreadableFiles else { return sensor }
        let hint = nearest(to: text, among: known).map { "did you mean `\($0)`? " } ?? ""
        let isStation = stations.contains { $0.id == sensor.station }
        value.error(
            isStation
                ? "station `\(sensor.station)` has no sensor `\(sensor.local)`; \(hint)add it to"
                    + " the station file or correct the name"
                : "there is no station `\(sensor.station)`; \(hint)add its file under `stations`"
                    + " or correct the name")
        return nil
    }

    /// The description of the sensor that a value names; nil, too, where its file had errors.
    func sensor(named value: YAMLValue) -> SensorDescription? {
        guard let id = sensorID(value) else { return nil }
        return stations.flatMap(\.sensors).first { $0.id == id }
    }
}
