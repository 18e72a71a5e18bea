import Alerting
package import GatewayModel
import GatewayPorts
import SQLiteStore

/// `kawamori whatif`: the stored past of a station, judged anew by the present rules and by others.
///
/// Both runs take the stored raw readings through the very stages that judge them live: calibration,
/// quality checks, levels. So a change of any of them shows in the alarms. Readings come in the order
/// of their own times; what came late, and what people did to the alarms, is not played again.
package struct WhatIfRun {
    /// So much of the past is in memory at a time.
    private static let sliceMilliseconds: Int64 = 6 * 3_600_000

    private let database: String
    private let present: Station
    private let proposed: Station

    /// - Parameters:
    ///   - database: the file; a daemon may be using it.
    ///   - present: the station as it is.
    ///   - proposed: the same station with other calibrations, checks or levels.
    package init(database: String, present: Station, proposed: Station) {
        self.database = database
        self.present = present
        self.proposed = proposed
    }

    /// Judges `from ≤ time < to` twice.
    ///
    /// - Parameters:
    ///   - from: the first time.
    ///   - to: the end.
    /// - Returns: what both told.
    /// - Throws: `AdapterFailure` where the file cannot be read, or has no reading of the station.
    package func run(from: UTCInstant, to: UTCInstant) throws(AdapterFailure) -> WhatIfResult {
        let archive = try SQLiteArchive.open(readOnly: database)
        defer { try? archive.close() }
        let known = Set(try archive.channels())
        let sensors = proposed.sensors.map(\.id).filter { known.contains($0) }
        guard let span = try span(of: sensors, in: archive, from: from, to: to) else {
            throw AdapterFailure(
                .unavailable, operation: "read the past of \(present.id)",
                cause: "the database has no readings of its sensors in that time")
        }
        var runs = [JudgedPast(present), JudgedPast(proposed)]
        var readingCount = 0
        var begin = span.first.milliseconds
        while begin < to.milliseconds, begin <= span.last.milliseconds {
            let (sum, overflow) = begin.addingReportingOverflow(Self.sliceMilliseconds)
            let end = min(overflow ? .max : sum, to.milliseconds)
            var rows: [StoredObservation] = []
            for sensor in sensors {
                rows += try self.rows(
                    of: sensor, in: archive, from: UTCInstant(milliseconds: begin),
                    to: UTCInstant(milliseconds: end))
            }
            // The same time keeps the order of the station file: sorting is stable by the row's place.
            let ordered = rows.enumerated().sorted {
                ($0.element.observation.time, $0.offset) < ($1.element.observation.time, $1.offset)
            }
            for (_, stored) in ordered {
                for index in runs.indices { runs[index].take(stored) }
            }
            readingCount += rows.count
            guard end > begin else { break }
            begin = end
            // A clock that was wrong for a while leaves years without a reading.
            guard rows.isEmpty else { continue }
            let next = try self.span(
                of: sensors, in: archive, from: UTCInstant(milliseconds: begin), to: to)
            begin = next?.first.milliseconds ?? .max
        }
        return WhatIfResult(
            station: present, first: span.first, last: span.last, readingCount: readingCount,
            present: runs[0].transitions, proposed: runs[1].transitions)
    }

    private func rows(
        of sensor: SensorID, in archive: SQLiteArchive, from: UTCInstant, to: UTCInstant
    ) throws(AdapterFailure) -> [StoredObservation] {
        var rows: [StoredObservation] = []
        do {
            try archive.export(sensor: sensor, from: from, to: to) { rows.append($0) }
        } catch let failure as AdapterFailure {
            throw failure
        } catch {
            throw AdapterFailure(.inputOutput, operation: "read \(sensor)", cause: "\(error)")
        }
        return rows
    }

    /// The first and the last reading of the sensors; nil where there is none.
    private func span(
        of sensors: [SensorID], in archive: SQLiteArchive, from: UTCInstant, to: UTCInstant
    ) throws(AdapterFailure) -> (first: UTCInstant, last: UTCInstant)? {
        var first: UTCInstant?
        var last: UTCInstant?
        for sensor in sensors {
            guard let span = try archive.timeSpan(of: sensor, from: from, to: to) else { continue }
            first = min(first ?? span.first, span.first)
            last = max(last ?? span.last, span.last)
        }
        guard let first, let last else { return nil }
        return (first, last)
    }
}

/// One judgement of the past.
private struct JudgedPast {
    private var pipeline: Pipeline
    private let channels: [SensorID: ChannelIndex]
    private let floats: Set<SensorID>
    private(set) var transitions: [AlarmTransition] = []

    init(_ station: Station) {
        var channels: [SensorID: ChannelIndex] = [:]
        for (index, sensor) in station.sensors.enumerated() {
            channels[sensor.id] = ChannelIndex(UInt32(index + 1))
        }
        self.channels = channels
        floats = Set(
            station.sensors.filter { $0.calibration.boundElevationMetres != nil }.map(\.id))
        pipeline = Pipeline(past: station, channels: channels)
    }

    mutating func take(_ stored: StoredObservation) {
        guard let channel = channels[stored.sensor] else { return }
        let observation = stored.observation
        // A float's bound comes from its calibration; another sensor's from the device itself.
        let isClamped =
            observation.marks.bound == .atLeast && !floats.contains(stored.sensor)
        transitions +=
            pipeline.takePast(
                observation.rawValue ?? .nan, of: channel, at: observation.time,
                errorCode: observation.errorCode, burst: observation.burst,
                marks: isClamped ? .isClamped : []
            ).transitions
    }
}
