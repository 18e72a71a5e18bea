import Foundation
package import GatewayModel
import Hydrology

/// `kawamori calibration show`: what a station file's calibration makes of raw values, and back.
package struct CalibrationShowRun {
    private let station: Station
    private let write: (String) -> Void

    /// - Parameters:
    ///   - station: the station.
    ///   - write: takes the text.
    package init(station: Station, write: @escaping (String) -> Void) {
        self.station = station
        self.write = write
    }

    /// Shows a sensor's calibration.
    ///
    /// - Parameters:
    ///   - name: the sensor's id, with or without the station's.
    ///   - raws: raw values to convert.
    ///   - values: values to find the raw value of; none takes the station's flood levels for a stage.
    /// - Throws: where the station has no such sensor.
    package func run(sensor name: String, raws: [Double], values: [Double]) throws(ResultFailure) {
        let sensor = try station.sensor(named: name)
        let calibration = sensor.calibration
        var lines = ["\(sensor.id): \(sensor.rawUnit) → \(calibration.unit)"]
        for (key, unit, companion) in [
            ("temperature", "°C", calibration.temperature),
            ("barometer", "Pa", calibration.barometer),
        ] {
            guard let companion else { continue }
            lines.append(
                "\(key) taken for this table: \(companion.constant) \(unit)"
                    + (companion.source.map { " (live: \($0.sensor))" } ?? ""))
        }
        for raw in raws {
            lines.append("raw \(raw) → \(text(calibration.convert(raw: raw), calibration.unit))")
        }
        let levels = station.levels.thresholdMetres.sorted { $0.key < $1.key }
        let asked =
            values.isEmpty && raws.isEmpty && sensor.kind.isStage
            ? levels.map { (value: $0.value, name: $0.key.key) }
            : values.map { (value: $0, name: "value") }
        for level in asked {
            let raw = calibration.raw(value: level.value).map { "raw \(rounded($0))" }
            lines.append(
                "\(level.name) \(level.value) \(calibration.unit) → "
                    + (raw ?? "no single raw value gives it"))
        }
        if case .tippingBucket(let bucket) = calibration.form {
            lines += intensities(TippingIntensity(bucket))
        }
        write(lines.joined(separator: "\n") + "\n")
    }

    private func text(_ reading: ConvertedReading, _ unit: String) -> String {
        guard let value = reading.value else { return "no value: the current is a sign of a fault" }
        guard value.isFinite else { return "a failed reading" }
        let bound = reading.bound.name.map { " (\($0.replacing("_", with: " ")))" } ?? ""
        let estimate = reading.isEstimated ? " (estimated)" : ""
        return "\(value) \(unit)\(bound)\(estimate)"
    }

    /// What the bucket measures in rains of which it catches too little.
    private func intensities(_ intensity: TippingIntensity) -> [String] {
        [10.0, 50, 100, 200].compactMap { measured in
            intensity.corrected(measured: measured).map {
                "\(Int(measured)) mm/h measured → \(String(format: "%.2f", $0)) mm/h"
            }
        }
    }

    private func rounded(_ raw: Double) -> String { String(format: "%.6g", raw) }
}

extension Station {
    /// The sensor of a name, with or without the station's.
    func sensor(named name: String) throws(ResultFailure) -> SensorDescription {
        if let sensor = sensors.first(where: { $0.id.local == name || $0.id.description == name }) {
            return sensor
        }
        let known = sensors.map(\.id.local).joined(separator: ", ")
        throw .configuration("station \(id) has no sensor `\(name)`; it has \(known)")
    }
}
