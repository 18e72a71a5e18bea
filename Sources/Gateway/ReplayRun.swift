package import GatewayModel
import GatewayPorts
import ReplaySource

/// Why a replay ended early.
package enum ReplayFailure: Error, Sendable, Equatable {
    /// The station has no such sensor.
    case unknownSensor(String)
    /// The files named do not fit the sensors.
    case wrongInputs(String)
    /// The file is not what was promised; with file:line:column.
    case badInput(String)
}

/// One file of a replay.
package struct ReplayInput: Sendable, Equatable {
    /// The id of the sensor that measured it, with or without the station's.
    package var sensor: String
    /// The CSV file.
    package var path: String

    package init(sensor: String, path: String) {
        self.sensor = sensor
        self.path = path
    }
}

/// How far a replay has come.
package struct ReplayProgress: Sendable, Equatable {
    /// Rows that have been judged, of all files.
    package var rowCount: Int
    /// How much of the files has been read, 0 to 1; nil where a file has no size.
    package var fraction: Double?
}

/// One row of a replay, with the flags that it has for good.
package struct ReplayedRow {
    /// Whose reading it is.
    package let sensor: SensorID
    /// Its number among the rows of its file, from 1, without the header.
    package let number: Int
    /// Its time, as the file writes it.
    package let timeText: String
    /// The reading, with its final flags.
    package internal(set) var observation: Observation
    /// Its smoothed value; nil where the sensor has no filter, or the reading is not for it.
    package let smoothed: Double?
    /// The highest level that was reached.
    package let level: FloodLevel?
    /// What it changed in the alarms.
    package let transitions: [AlarmTransition]
}

/// `kawamori replay`: the files of a station's sensors through the very stages that judge them live.
///
/// The first file's sensor speaks for the level. The others stand beside it where a calibration, a
/// check or an alarm needs them; their rows come in between by time, in a file's own order, and where
/// two files have the same time, that of the file named first.
///
/// The flags are the final ones: whether a reading is a spike is known only when the sensor's next one
/// has come, so that a row is given out when it has. Levels and alarms are those that the gateway
/// would have told live, when the reading came.
package struct ReplayRun {
    /// So many rows wait behind one whose final flags are not known yet; then it goes out as it is, so
    /// that a sensor that speaks seldom, or a file in the wrong order, fills no memory.
    static let waitingLimit = 4096
    /// Rows from one word about the progress to the next.
    private static let progressInterval = 1024

    private let station: Station
    private let inputs: [ReplayInput]

    /// - Parameters:
    ///   - station: the station with its calibrations, limits and levels.
    ///   - inputs: what is replayed, at least one; the first speaks for the level.
    package init(station: Station, inputs: [ReplayInput]) {
        precondition(!inputs.isEmpty)
        self.station = station
        self.inputs = inputs
    }

    /// Reads what `--input` says: a file, or `SENSOR=FILE` where the station has that sensor.
    ///
    /// - Parameters:
    ///   - arguments: as they were given.
    ///   - station: the station.
    ///   - sensor: whose file one without `SENSOR=` is.
    /// - Returns: the files, that of `sensor` first.
    /// - Throws: `wrongInputs` where `sensor` has no file, or a sensor has two.
    package static func inputs(
        _ arguments: [String], of station: Station, for sensor: String
    ) throws(ReplayFailure) -> [ReplayInput] {
        let main = try description(of: sensor, in: station)
        var inputs: [ReplayInput] = []
        var seen: Set<SensorID> = []
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            let named = parts.count == 2 ? try? description(of: parts[0], in: station) : nil
            let id = (named ?? main).id
            guard seen.insert(id).inserted else {
                throw .wrongInputs(
                    "`--input \(argument)` is a second file of sensor `\(id.local)`; name the sensor"
                        + " it belongs to, as in `--input rain-1=\(argument)`, or join the files")
            }
            inputs.append(
                ReplayInput(
                    sensor: id.description, path: named == nil ? argument : parts[1]))
        }
        guard seen.contains(main.id) else {
            throw .wrongInputs(
                "no `--input` is the file of `\(sensor)`; give one without a sensor's name")
        }
        inputs =
            inputs.filter { $0.sensor == main.id.description }
            + inputs.filter { $0.sensor != main.id.description }
        return inputs
    }

    /// The sensor that speaks for the level.
    ///
    /// - Throws: `unknownSensor`.
    package func description() throws(ReplayFailure) -> SensorDescription {
        try Self.description(of: inputs[0].sensor, in: station)
    }

    private static func description(
        of sensor: String, in station: Station
    ) throws(ReplayFailure) -> SensorDescription {
        guard
            let description = station.sensors.first(where: {
                $0.id.local == sensor || $0.id.description == sensor
            })
        else {
            let known = station.sensors.map(\.id.local).joined(separator: ", ")
            throw .unknownSensor("station \(station.id) has no sensor `\(sensor)`; it has \(known)")
        }
        return description
    }

    /// Replays the files.
    ///
    /// - Parameters:
    ///   - timeColumn: the header of the times, in every file.
    ///   - valueColumn: the header of the raw values, in every file.
    ///   - begin: called before the first row, once the files have shown their headers.
    ///   - progress: called now and then, and at the end.
    ///   - take: takes the rows, in their order.
    /// - Throws: what is wrong, and where.
    package func run(
        timeColumn: String, valueColumn: String, begin: () -> Void = {},
        progress: (ReplayProgress) -> Void = { _ in }, take: (ReplayedRow) -> Void
    ) throws(ReplayFailure) {
        var replayed = station
        replayed.sensors = []
        var channels: [SensorID: ChannelIndex] = [:]
        for (index, input) in inputs.enumerated() {
            let description = try Self.description(of: input.sensor, in: station)
            replayed.sensors.append(description)
            channels[description.id] = ChannelIndex(UInt32(index + 1))
        }
        var pipeline = Pipeline(past: replayed, channels: channels)
        do throws(CSVProblem) {
            var files: [ReplayFile] = []
            for (index, input) in inputs.enumerated() {
                files.append(
                    try ReplayFile(
                        CSVSeries(
                            path: input.path, timeColumn: timeColumn, valueColumns: [valueColumn],
                            defaultOffsetSeconds: station.offsetSeconds),
                        of: replayed.sensors[index].id, on: ChannelIndex(UInt32(index + 1))))
            }
            begin()
            var waiting = WaitingRows(fileCount: files.count)
            var rowCount = 0
            while let next = Self.next(of: files) {
                if rowCount % Self.progressInterval == 0 {
                    progress(Self.progress(of: files, rowCount))
                }
                rowCount += 1
                let row = try files[next].take()
                if let replayed = replay(row, of: files[next], through: &pipeline) {
                    waiting.take(replayed, from: next, settling: pipeline.settled, take)
                }
                if files[next].isAtEnd { waiting.end(next, take) }
            }
            progress(Self.progress(of: files, rowCount))
        } catch {
            throw .badInput(error.description)
        }
    }

    /// The file whose next row is the oldest.
    private static func next(of files: [ReplayFile]) -> Int? {
        var chosen: (index: Int, time: UTCInstant)?
        for (index, file) in files.enumerated() {
            guard let time = file.nextTime else { continue }
            if chosen.map({ time < $0.time }) ?? true { chosen = (index, time) }
        }
        return chosen?.index
    }

    private static func progress(of files: [ReplayFile], _ rowCount: Int) -> ReplayProgress {
        var (read, whole) = (0, 0)
        for file in files {
            guard let byteCount = file.byteCount else {
                return ReplayProgress(rowCount: rowCount, fraction: nil)
            }
            read += file.readByteCount
            whole += byteCount
        }
        return ReplayProgress(
            rowCount: rowCount, fraction: whole == 0 ? 1 : Double(read) / Double(whole))
    }

    private func replay(
        _ row: CSVSeries.Row, of file: ReplayFile, through pipeline: inout Pipeline
    ) -> ReplayedRow? {
        // A reading without device time has no identity, so that equal rows stay two rows.
        let batch = pipeline.takePast(
            row.value ?? .nan, of: file.channel, at: row.time, marks: .isWithoutPayload)
        return batch.observations.last.map { observation in
            ReplayedRow(
                sensor: file.sensor, number: file.rowCount, timeText: row.timeText,
                observation: observation, smoothed: pipeline.smoothed,
                level: pipeline.alarms
                    .filter { $0.phase == .active || $0.phase == .acknowledged }
                    .compactMap(\.subject.level).max(),
                transitions: batch.transitions)
        }
    }
}

/// A file of a replay, with its next row at hand.
private struct ReplayFile {
    let sensor: SensorID
    let channel: ChannelIndex
    private let series: CSVSeries
    private var following: CSVSeries.Row?
    /// Rows taken so far.
    private(set) var rowCount = 0

    init(_ series: CSVSeries, of sensor: SensorID, on channel: ChannelIndex) throws(CSVProblem) {
        self.sensor = sensor
        self.channel = channel
        self.series = series
        following = try series.next()
    }

    var nextTime: UTCInstant? { following?.time }
    var isAtEnd: Bool { following == nil }
    var readByteCount: Int { series.readByteCount }
    var byteCount: Int? { series.byteCount }

    /// Takes the next row; there must be one.
    mutating func take() throws(CSVProblem) -> CSVSeries.Row {
        guard let row = following else { preconditionFailure("the file is at its end") }
        following = try series.next()
        rowCount += 1
        return row
    }
}
