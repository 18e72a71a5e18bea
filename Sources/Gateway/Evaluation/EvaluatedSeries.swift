import GatewayModel
import GatewayPorts
import Hydrology
import ReplaySource

/// A series of a file, as an evaluation takes it: values in order of time, and what is not among them.
struct EvaluatedSeries {
    /// A year of readings every 15 seconds; more would fill a small machine's memory.
    static let rowLimit = 2_500_000

    /// The file as it was named.
    var name: String
    var points: [SeriesPoint] = []
    /// Rows without a value.
    var missingCount = 0
    /// Rows whose value failed quality control.
    var failedCount = 0
    /// Rows whose value only bounds the true one (以上, 未満).
    var boundCount = 0

    /// Where a file's values stand.
    struct Columns: Sendable {
        var time: String
        var value: String
    }

    /// Reads values that are values already.
    ///
    /// - Parameters:
    ///   - path: the CSV file.
    ///   - columns: its columns.
    ///   - offsetSeconds: the zone of times that name none; nil refuses such times.
    /// - Returns: the series.
    /// - Throws: what is wrong, and where.
    static func read(
        _ path: String, columns: Columns, offsetSeconds: Int?
    ) throws(ResultFailure) -> EvaluatedSeries {
        var series = EvaluatedSeries(name: path)
        try rows(path, columns, offsetSeconds) { time, value in
            if let value {
                series.points.append(SeriesPoint(time: time, value: value))
            } else {
                series.missingCount += 1
            }
        }
        series.points.sort { $0.time < $1.time }
        return series
    }

    /// Reads raw values and takes them through the stages that would have judged them live.
    ///
    /// - Parameters:
    ///   - path: the CSV file.
    ///   - columns: its columns.
    ///   - station: the station.
    ///   - sensor: the sensor whose readings they are.
    /// - Returns: the series of the values that neither failed nor are bounds.
    /// - Throws: what is wrong, and where.
    static func judged(
        _ path: String, columns: Columns, station: Station, sensor: SensorDescription
    ) throws(ResultFailure) -> EvaluatedSeries {
        let channel = ChannelIndex(1)
        var alone = station
        alone.sensors = [sensor]
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [alone], channels: [sensor.id: channel],
                oldestPlausible: UTCInstant(milliseconds: .min), futureToleranceSeconds: 0))
        var series = EvaluatedSeries(name: path)
        try rows(path, columns, station.offsetSeconds) { time, value in
            let (nanoseconds, overflow) = time.milliseconds.multipliedReportingOverflow(
                by: 1_000_000)
            let received = GatewayInstant(
                monotonicNanoseconds: overflow ? 0 : nanoseconds, utc: time,
                quality: .synchronised)
            do {
                try pipeline.take(
                    Sample(
                        channel: channel, rawValue: value ?? .nan, received: received,
                        marks: .isWithoutPayload),
                    past: .none)
            } catch {
                preconditionFailure("an evaluation has no store that could fail: \(error)")
            }
            if let observation = pipeline.output.batch.observations.last {
                series.take(observation)
            }
            _ = pipeline.didCommit()
            _ = pipeline.takeNews()
        }
        series.points.sort { $0.time < $1.time }
        return series
    }

    private mutating func take(_ observation: Observation) {
        if observation.flag == .fail {
            failedCount += 1
        } else if observation.marks.bound != .exact {
            boundCount += 1
        } else if let value = observation.value {
            points.append(SeriesPoint(time: observation.time, value: value))
        } else {
            missingCount += 1
        }
    }

    private static func rows(
        _ path: String, _ columns: Columns, _ offsetSeconds: Int?,
        take: (UTCInstant, Double?) -> Void
    ) throws(ResultFailure) {
        var count = 0
        do throws(CSVProblem) {
            let file = try CSVSeries(
                path: path, timeColumn: columns.time, valueColumns: [columns.value],
                defaultOffsetSeconds: offsetSeconds)
            while let row = try file.next() {
                count += 1
                guard count <= rowLimit else {
                    throw CSVProblem(
                        file: path, line: row.line, column: 1,
                        message: "the file has more than \(rowLimit) rows; evaluate it in parts")
                }
                take(row.time, row.value)
            }
        } catch {
            throw .badInput(error.description)
        }
    }
}
