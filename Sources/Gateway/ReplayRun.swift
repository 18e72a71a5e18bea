package import GatewayModel
import GatewayPorts
import ReplaySource

/// The forms in which a replay is written.
package enum ReplayFormat: String, Sendable, CaseIterable {
    case csv
    case jsonl
}

/// Why a replay ended early.
package enum ReplayFailure: Error, Sendable, Equatable {
    /// The station has no such sensor.
    case unknownSensor(String)
    /// The file is not what was promised; with file:line:column.
    case badInput(String)
}

/// `kawamori replay`: one sensor's file through the very stages that judge it live.
package struct ReplayRun {
    /// The columns, in their order.
    package static let columns = [
        "time", "raw", "value", "flag", "gross_range", "spike", "rate_of_change", "flat_line",
        "attenuated_signal", "gap", "level", "alarm",
    ]
    private static let checks: [QualityCheck] = [
        .grossRange, .spike, .rateOfChange, .flatLine, .attenuatedSignal, .gap,
    ]

    private let station: Station
    private let sensor: String
    private let format: ReplayFormat
    private let write: (String) -> Void

    /// - Parameters:
    ///   - station: the station with its calibration, limits and levels.
    ///   - sensor: the sensor's id, with or without the station's.
    ///   - format: how to write.
    ///   - write: takes the text, line by line.
    package init(
        station: Station, sensor: String, format: ReplayFormat, write: @escaping (String) -> Void
    ) {
        self.station = station
        self.sensor = sensor
        self.format = format
        self.write = write
    }

    /// Replays a file.
    ///
    /// - Parameters:
    ///   - input: the CSV file.
    ///   - timeColumn: the header of the times.
    ///   - valueColumn: the header of the raw values.
    /// - Throws: what is wrong, and where.
    package func run(
        input: String, timeColumn: String, valueColumn: String
    ) throws(ReplayFailure) {
        let channel = ChannelIndex(1)
        guard
            let description = station.sensors.first(where: {
                $0.id.local == sensor || $0.id.description == sensor
            })
        else {
            let known = station.sensors.map(\.id.local).joined(separator: ", ")
            throw .unknownSensor("station \(station.id) has no sensor `\(sensor)`; it has \(known)")
        }
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
            if format == .csv { write(Self.columns.joined(separator: ",") + "\n") }
            while let row = try series.next() {
                replay(row, on: channel, through: &pipeline)
            }
        } catch {
            throw .badInput(error.description)
        }
    }

    private func replay(
        _ row: CSVSeries.Row, on channel: ChannelIndex, through pipeline: inout Pipeline
    ) {
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
        if let observation = output.batch.observations.last {
            let reached = pipeline.alarms
                .filter { $0.phase == .active || $0.phase == .acknowledged }
                .compactMap(\.subject.level).max()
            write(
                line(row, observation, level: reached, transitions: output.batch.transitions))
        }
        _ = pipeline.didCommit()
        _ = pipeline.takeNews()
    }

    // MARK: - Writing

    private func line(
        _ row: CSVSeries.Row, _ observation: Observation, level: FloodLevel?,
        transitions: [AlarmTransition]
    ) -> String {
        let raw = observation.rawValue.map { "\($0)" }
        let value = observation.value.map { "\($0)" }
        let flags = Self.checks.map { observation.report[$0].rawValue }
        let alarm = transitions.map { "\($0.subject.rule):\($0.to.rawValue)" }
        switch format {
        case .csv:
            let cells =
                [row.timeText, raw ?? "", value ?? "", "\(observation.flag.rawValue)"]
                + flags.map { "\($0)" } + [level?.key ?? "", alarm.joined(separator: " ")]
            return cells.map(CSVCell.quoted).joined(separator: ",") + "\n"
        case .jsonl:
            var members = [
                "\"time\":\"\(observation.time.rfc3339(offsetSeconds: station.offsetSeconds))\"",
                "\"raw\":\(raw ?? "null")", "\"value\":\(value ?? "null")",
                "\"flag\":\(observation.flag.rawValue)",
            ]
            members += zip(Self.checks, flags).map { "\"\($0.name)\":\($1)" }
            members.append("\"level\":" + (level.map { "\"\($0.key)\"" } ?? "null"))
            members.append("\"alarm\":[" + alarm.map { "\"\($0)\"" }.joined(separator: ",") + "]")
            return "{\(members.joined(separator: ","))}\n"
        }
    }
}
