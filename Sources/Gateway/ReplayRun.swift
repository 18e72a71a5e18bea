package import GatewayModel
import GatewayPorts
import ReplaySource

/// Why a replay ended early.
package enum ReplayFailure: Error, Sendable, Equatable {
    /// The station has no such sensor.
    case unknownSensor(String)
    /// The file is not what was promised; with file:line:column.
    case badInput(String)
}

/// One row of a replay, with the flags that it has for good.
package struct ReplayedRow {
    /// Its number among the rows of the file, from 1, without the header.
    package let number: Int
    /// Its time, as the file writes it.
    package let timeText: String
    /// The reading, with its final flags.
    package fileprivate(set) var observation: Observation
    /// The highest level that was reached.
    package let level: FloodLevel?
    /// What it changed in the alarms.
    package let transitions: [AlarmTransition]
}

/// `kawamori replay`: one sensor's file through the very stages that judge it live.
///
/// The flags are the final ones: whether a reading is a spike is known only when the next one has
/// come, so that each row is given out one reading later. Levels and alarms are those that the
/// gateway would have told live, when the reading came.
package struct ReplayRun {
    /// So many late rows wait behind one whose final flags are not known yet; then they go out as
    /// they are, so that a file in the wrong order fills no memory.
    static let waitingLimit = 4096

    private let station: Station
    private let sensor: String

    /// - Parameters:
    ///   - station: the station with its calibration, limits and levels.
    ///   - sensor: the sensor's id, with or without the station's.
    package init(station: Station, sensor: String) {
        self.station = station
        self.sensor = sensor
    }

    /// The sensor that is replayed.
    ///
    /// - Throws: `unknownSensor`.
    package func description() throws(ReplayFailure) -> SensorDescription {
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

    /// Replays a file.
    ///
    /// - Parameters:
    ///   - input: the CSV file.
    ///   - timeColumn: the header of the times.
    ///   - valueColumn: the header of the raw values.
    ///   - begin: called before the first row, once the file has shown its header.
    ///   - take: takes the rows, in the order of the file.
    /// - Throws: what is wrong, and where.
    package func run(
        input: String, timeColumn: String, valueColumn: String, begin: () -> Void = {},
        take: (ReplayedRow) -> Void
    ) throws(ReplayFailure) {
        let channel = ChannelIndex(1)
        let description = try description()
        var replayed = station
        // The replayed sensor speaks for the level, whichever stands first in the file.
        replayed.sensors = [description]
        var pipeline = Pipeline(
            Pipeline.Start(
                stations: [replayed], channels: [description.id: channel],
                oldestPlausible: UTCInstant(milliseconds: .min), futureToleranceSeconds: 0))
        do throws(CSVProblem) {
            let series = try CSVSeries(
                path: input, timeColumn: timeColumn, valueColumns: [valueColumn],
                defaultOffsetSeconds: station.offsetSeconds)
            begin()
            var waiting: [ReplayedRow] = []
            var number = 0
            while let row = try series.next() {
                number += 1
                guard let replayed = replay(row, number: number, on: channel, through: &pipeline)
                else { continue }
                settle(&waiting, by: replayed, pipeline.settled, take)
            }
            waiting.forEach(take)
        } catch {
            throw .badInput(error.description)
        }
    }

    /// Lets go of the rows whose flags are final now. The first one that waits was not late when it
    /// came; those behind it were.
    private func settle(
        _ waiting: inout [ReplayedRow], by newest: ReplayedRow, _ settled: QualityReport?,
        _ take: (ReplayedRow) -> Void
    ) {
        if let settled, let first = waiting.first, !first.observation.marks.contains(.late) {
            waiting[0].observation.report = settled
            waiting[0].observation.flag = settled.aggregate(
                isMissing: first.observation.value == nil)
        }
        if !newest.observation.marks.contains(.late) || waiting.count >= Self.waitingLimit {
            waiting.forEach(take)
            waiting.removeAll(keepingCapacity: true)
        }
        waiting.append(newest)
    }

    private func replay(
        _ row: CSVSeries.Row, number: Int, on channel: ChannelIndex,
        through pipeline: inout Pipeline
    ) -> ReplayedRow? {
        // The row's time stands for the receipt: a file has no other, and a reading without device
        // time has no identity, so that equal rows stay two rows.
        let (nanoseconds, overflow) = row.time.milliseconds.multipliedReportingOverflow(
            by: 1_000_000)
        let received = GatewayInstant(
            monotonicNanoseconds: overflow ? 0 : nanoseconds, utc: row.time,
            quality: .synchronised)
        let sample = Sample(channel: channel, rawValue: row.value ?? .nan, received: received)
        do {
            try pipeline.take(sample, past: .none)
        } catch {
            preconditionFailure("a replay has no store that could fail: \(error)")
        }
        let output = pipeline.output
        defer {
            _ = pipeline.didCommit()
            _ = pipeline.takeNews()
        }
        return output.batch.observations.last.map { observation in
            ReplayedRow(
                number: number, timeText: row.timeText, observation: observation,
                level: pipeline.alarms
                    .filter { $0.phase == .active || $0.phase == .acknowledged }
                    .compactMap(\.subject.level).max(),
                transitions: output.batch.transitions)
        }
    }
}
