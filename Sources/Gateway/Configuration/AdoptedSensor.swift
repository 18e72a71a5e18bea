import GatewayModel
import Yams

/// A sensor that a person has described while adopting a device, as it would stand in the station
/// file.
struct AdoptedSensor: Sendable, Equatable {
    /// The sensor. Its `device` is nil: unlike the station file, the lines do not bind it for good,
    /// and another device may be adopted in its place.
    var sensor: SensorDescription
    /// The device that it was described for.
    var device: DeviceID
    /// The lines as they were written.
    var text: String
    /// What a person should look at; the sensor can be used all the same.
    var warnings: [ConfigurationProblem] = []

    /// Reads lines by the reader of the station files.
    ///
    /// - Parameters:
    ///   - text: one entry of `sensors`, as YAML.
    ///   - file: the name that messages give the text.
    ///   - station: the pole.
    ///   - local: what its id has to be; nil takes what it is.
    ///   - device: what its device has to be; nil takes what it is.
    /// - Returns: the sensor with its warnings.
    /// - Throws: every error and warning of the text, where there is at least one error.
    static func parse(
        _ text: String, file: String, station: StationID, local: String? = nil,
        device: DeviceID? = nil
    ) throws(ConfigurationProblems) -> AdoptedSensor {
        let reader = YAMLReader(file: file)
        return try read(
            text, reader: reader, station: station, local: local, device: device)
    }

    /// Reads the lines of a file.
    static func load(
        path: String, sensor: SensorID
    ) throws(ConfigurationProblems) -> AdoptedSensor {
        let reader = YAMLReader(file: path)
        guard let text = reader.contents() else { throw ConfigurationProblems(reader.problems) }
        return try read(text, reader: reader, station: sensor.station, local: sensor.local)
    }

    private static func read(
        _ text: String, reader: YAMLReader, station: StationID, local: String?,
        device: DeviceID? = nil
    ) throws(ConfigurationProblems) -> AdoptedSensor {
        var sensors: [SensorDescription] = []
        if text.utf8.count > AdoptedSensors.greatestByteCount {
            reader.report(
                "the lines have \(text.utf8.count) bytes; at most"
                    + " \(AdoptedSensors.greatestByteCount) are taken",
                at: YAMLReader.Place(line: 1, column: 1))
        } else if let node = reader.compose(text)?.node {
            let list = YAMLValue(reader: reader, node: node, name: "sensors")
            sensors = SensorList.read(list, station: station, isWhole: false)
            for entry in list.entries.dropFirst() {
                entry.error("one device is one sensor; leave one entry")
            }
            if let entry = list.entries.first {
                check(entry, sensors.first, local: local, device: device)
            }
        }
        let problems = ConfigurationProblems(reader.problems)
        guard problems.errors.isEmpty, var sensor = sensors.first, let device = sensor.device
        else { throw problems }
        sensor.device = nil
        return AdoptedSensor(
            sensor: sensor, device: device, text: text, warnings: problems.warnings)
    }

    /// Checks what an adopted sensor needs beyond what every sensor needs.
    private static func check(
        _ entry: YAMLValue, _ sensor: SensorDescription?, local: String?, device: DeviceID?
    ) {
        guard let sensor else { return }
        if sensor.kind.isCamera {
            (entry["kind"] ?? entry).error(
                "a camera sends no readings; its place is the station file")
            return
        }
        if let local, sensor.id.local != local {
            (entry["id"] ?? entry).error(
                "the device is to be adopted as `\(local)`, not as `\(sensor.id.local)`; make them"
                    + " the same")
        }
        guard let own = sensor.device else {
            let example = device.map(\.description) ?? "70b3d57ed0001234"
            if entry["device"] == nil {
                entry.error("the entry needs `device`; add `device: \(example)`")
            }
            return
        }
        if let device, own != device {
            (entry["device"] ?? entry).error("the device is \(device), not \(own)")
        }
    }
}

extension YAMLValue {
    /// The entries of a list, without a word where it is none.
    fileprivate var entries: [YAMLValue] {
        guard case .sequence(let sequence) = node else { return [] }
        return sequence.map { YAMLValue(reader: reader, node: $0, name: "a sensor") }
    }
}
