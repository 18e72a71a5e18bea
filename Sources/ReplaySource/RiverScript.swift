package import GatewayModel

/// A reading of the demo, when it is to be sent.
package struct ScriptedReading: Sendable, Equatable {
    /// When it happens, in milliseconds from the script's start.
    package var offsetMilliseconds: Int64
    package var sensor: SensorID
    /// The raw value as the instrument gave it.
    package var rawValue: Double
    /// The unit of the raw value: cm, ft, m, mm, degC or V.
    package var unit: String
    /// When it happens on the script's calendar.
    package var time: UTCInstant
    /// Its number among its sensor's readings, from 1.
    package var sequence: UInt32

    /// The station that carries its sensor.
    package var station: StationID { sensor.station }
}

/// A picture of an animal in the demo, when it is to be sent.
package struct ScriptedDetection: Sendable, Equatable {
    /// When it happens, in milliseconds from the script's start.
    package var offsetMilliseconds: Int64
    package var camera: SensorID
    /// The event's id, the same at every run.
    package var eventID: String
    /// The species' scientific name, or `animal` where nobody could tell.
    package var species: String
    /// From 0 to 1.
    package var confidence: Double
    /// The picture (JPEG), as an absolute path.
    package var imageFile: String
    /// When it happens on the script's calendar.
    package var time: UTCInstant
}

/// What the demo plays: three real rivers, a rain gauge and a camera, in the order of time.
package struct RiverScript: Sendable {
    /// The script's clock is Japan's: seconds east of UTC.
    package static let offsetSeconds = 9 * 3600
    /// 2026-07-18T00:00:00+09:00, the day before the first flood.
    package static let start = UTCInstant(milliseconds: 1_784_300_400_000)
    /// How long it plays: until Dead Run's record ends.
    package static let durationMilliseconds: Int64 = 31 * 86_400_000

    /// In the order of time, then of sensors.
    package let readings: [ScriptedReading]
    /// In the order of time.
    package let detections: [ScriptedDetection]

    /// Reads the whole script into memory: about 40 000 readings.
    ///
    /// - Throws: `.corrupt` where a file is not what it should be.
    package init(folder: RiverFolder) throws(AdapterFailure) {
        var readings: [ScriptedReading] = []
        do throws(CSVProblem) {
            for series in RiverSeries.all {
                readings += try Self.readings(of: series, in: folder)
            }
            detections = try Self.detections(in: folder)
        } catch {
            throw AdapterFailure(
                .corrupt, operation: "read the demo's rivers", cause: error.description)
        }
        readings.sort { ($0.offsetMilliseconds, $0.sensor) < ($1.offsetMilliseconds, $1.sensor) }
        var sequences: [SensorID: UInt32] = [:]
        for index in readings.indices {
            let number = sequences[readings[index].sensor, default: 0] + 1
            sequences[readings[index].sensor] = number
            readings[index].sequence = number
        }
        self.readings = readings
    }

    private static func readings(
        of series: RiverSeries, in folder: RiverFolder
    ) throws(CSVProblem) -> [ScriptedReading] {
        let path = folder.file(series.file)
        guard let shift = series.shiftMilliseconds,
            let station = StationID(series.station)
        else { preconditionFailure("the series \(series.file) is described wrongly") }
        let sensors = series.columns.compactMap { SensorID(station: station, local: $0.sensor) }
        precondition(sensors.count == series.columns.count, "a sensor of \(series.file) is no slug")
        let rows = try CSVSeries(
            path: path, timeColumn: series.timeColumn, valueColumns: series.columns.map(\.header),
            defaultOffsetSeconds: series.fileOffsetSeconds, skippedLines: series.skippedLines)
        var readings: [ScriptedReading] = []
        let period = series.repeatsAfterDays.map { Int64($0) * 86_400_000 }
        while let row = try rows.next() {
            var time = row.time.advanced(byMilliseconds: shift)
            // A series that repeats may begin before the script; it is laid end to end over it.
            repeat {
                let offset = time.milliseconds - start.milliseconds
                if (0..<durationMilliseconds).contains(offset) {
                    for (index, value) in row.values.enumerated() {
                        guard let value else { continue }
                        readings.append(
                            ScriptedReading(
                                offsetMilliseconds: offset, sensor: sensors[index],
                                rawValue: value, unit: series.columns[index].unit, time: time,
                                sequence: 0))
                    }
                }
                guard let period else { break }
                time = time.advanced(byMilliseconds: period)
            } while time.milliseconds - start.milliseconds < durationMilliseconds
        }
        return readings
    }

    /// Reads `serengeti/detections.csv`, which is sorted by time.
    private static func detections(
        in folder: RiverFolder
    ) throws(CSVProblem) -> [ScriptedDetection] {
        let path = folder.file("serengeti/detections.csv")
        guard let station = StationID("kuji-nukada"),
            let camera = SensorID(station: station, local: "camera")
        else { preconditionFailure("the camera's id is no slug") }
        let reader = try CSVReader(file: path)
        var detections: [ScriptedDetection] = []
        _ = try reader.next()
        while let fields = try reader.next() {
            guard fields.count == 5, let time = UTCInstant(rfc3339: fields[0].text),
                let confidence = Double(fields[3].text), (0...1).contains(confidence)
            else {
                throw CSVProblem(
                    file: path, line: fields[0].line, column: 1,
                    message: "a row is time, event, species, confidence from 0 to 1, image")
            }
            detections.append(
                ScriptedDetection(
                    offsetMilliseconds: time.milliseconds - start.milliseconds, camera: camera,
                    eventID: fields[1].text, species: fields[2].text, confidence: confidence,
                    imageFile: folder.file("serengeti/\(fields[4].text)"), time: time))
        }
        return detections
    }
}
