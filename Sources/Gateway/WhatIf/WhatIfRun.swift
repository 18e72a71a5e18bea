import Alerting
package import GatewayModel
import GatewayPorts
import SQLiteStore

/// `kawamori whatif`: the stored past of a station, judged anew by the present rules and by others.
///
/// Both runs take the stored raw readings through the very stages that judge them live: calibration,
/// quality checks, levels. So a change of any of them shows in the alarms. Readings come in the order
/// of their own times; what came late, and what people did to the alarms, is not played again.
package struct WhatIfRun: Sendable {
    /// Why a run ended without a result.
    enum Stop: Error {
        case failed(AdapterFailure)
        /// A bound was reached; the end of a sentence for people.
        case tooMuch(String)
    }

    /// So much of the past is in memory at a time, or less where it is dense.
    private static let sliceMilliseconds: Int64 = 6 * 3_600_000

    private let database: String
    private let present: Station
    private let proposed: Station
    private let presentCalibrations: [SensorID: CalibrationHistory]
    private let proposedCalibrations: [SensorID: CalibrationHistory]

    /// - Parameters:
    ///   - database: the file; a daemon may be using it.
    ///   - present: the station as it is.
    ///   - proposed: the same station with other calibrations, checks or levels.
    ///   - presentCalibrations: the versions of calibrations; a sensor that is missing has the one of
    ///     its description.
    ///   - proposedCalibrations: the same for the other rules.
    package init(
        database: String, present: Station, proposed: Station,
        presentCalibrations: [SensorID: CalibrationHistory] = [:],
        proposedCalibrations: [SensorID: CalibrationHistory] = [:]
    ) {
        self.database = database
        self.present = present
        self.proposed = proposed
        self.presentCalibrations = presentCalibrations
        self.proposedCalibrations = proposedCalibrations
    }

    /// Judges `from ≤ time < to` twice.
    ///
    /// - Parameters:
    ///   - from: the first time.
    ///   - to: the end.
    /// - Returns: what both told.
    /// - Throws: `AdapterFailure` where the file cannot be read, or has no reading of the station.
    package func run(from: UTCInstant, to: UTCInstant) throws(AdapterFailure) -> WhatIfResult {
        do throws(Stop) {
            if let result = try run(from: from, to: to, within: WhatIfBounds()) { return result }
        } catch {
            switch error {
            case .failed(let failure): throw failure
            case .tooMuch(let why): preconditionFailure("a run without bounds reached one: \(why)")
            }
        }
        throw AdapterFailure(
            .unavailable, operation: "read the past of \(present.id)",
            cause: "the database has no readings of its sensors in that time")
    }

    /// Judges `from ≤ time < to` twice, within bounds.
    ///
    /// - Parameters:
    ///   - from: the first time.
    ///   - to: the end.
    ///   - bounds: what it may cost.
    /// - Returns: what both told; nil where the station has no reading in that time.
    /// - Throws: `Stop` where the file cannot be read, or a bound is reached.
    func run(
        from: UTCInstant, to: UTCInstant, within bounds: WhatIfBounds
    ) throws(Stop) -> WhatIfResult? {
        do {
            let archive = try SQLiteArchive.open(
                readOnly: database, limits: StoreLimits(readerCount: 1))
            defer { try? archive.close() }
            return try judge(archive, from: from, to: to, within: bounds)
        } catch let stop as Stop {
            throw stop
        } catch let failure as AdapterFailure {
            throw .failed(failure)
        } catch {
            throw .failed(
                AdapterFailure(
                    .inputOutput, operation: "read the past of \(present.id)", cause: "\(error)"))
        }
    }

    private func judge(
        _ archive: SQLiteArchive, from: UTCInstant, to: UTCInstant, within bounds: WhatIfBounds
    ) throws -> WhatIfResult? {
        let known = Set(try archive.channels())
        let sensors = proposed.sensors.map(\.id).filter { known.contains($0) }
        guard let span = try self.span(of: sensors, in: archive, from: from, to: to) else {
            return nil
        }
        var runs = [
            JudgedPast(present, presentCalibrations), JudgedPast(proposed, proposedCalibrations),
        ]
        var readingCount = 0
        var begin = span.first.milliseconds
        var slice = Self.sliceMilliseconds
        while begin < to.milliseconds, begin <= span.last.milliseconds {
            if let why = bounds.interruption() { throw Stop.tooMuch(why) }
            let (sum, overflow) = begin.addingReportingOverflow(slice)
            let end = min(overflow ? .max : sum, to.milliseconds)
            guard
                let rows = try self.rows(
                    of: sensors, in: archive, from: UTCInstant(milliseconds: begin),
                    to: UTCInstant(milliseconds: end), limit: bounds.sliceReadingCount)
            else {
                guard slice > 1 else {
                    throw Stop.tooMuch("too many readings are stored under one time")
                }
                slice = max(1, slice / 2)
                continue
            }
            for stored in rows {
                for index in runs.indices { runs[index].take(stored) }
            }
            readingCount += rows.count
            try check(readingCount, runs, bounds)
            slice = min(Self.sliceMilliseconds, slice * 2)
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

    private func check(
        _ readingCount: Int, _ runs: [JudgedPast], _ bounds: WhatIfBounds
    ) throws(Stop) {
        guard readingCount <= bounds.readingCount else {
            throw .tooMuch("there are more than \(bounds.readingCount) readings")
        }
        guard runs.allSatisfy({ $0.transitions.count <= bounds.transitionCount }) else {
            throw .tooMuch("the rules give more than \(bounds.transitionCount) steps of alarms")
        }
    }

    /// The readings of a slice in the order of their times, those of one time in the order of the station
    /// file; nil where there are more than the limit.
    private func rows(
        of sensors: [SensorID], in archive: SQLiteArchive, from: UTCInstant, to: UTCInstant,
        limit: Int
    ) throws -> [StoredObservation]? {
        struct TooMany: Error {}
        var rows: [StoredObservation] = []
        do {
            for sensor in sensors {
                try archive.export(sensor: sensor, from: from, to: to) { row in
                    guard rows.count < limit else { throw TooMany() }
                    rows.append(row)
                }
            }
        } catch is TooMany {
            return nil
        }
        // Sorting is stable by the row's place.
        return rows.enumerated().sorted {
            ($0.element.observation.time, $0.offset) < ($1.element.observation.time, $1.offset)
        }.map(\.element)
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

    init(_ station: Station, _ calibrations: [SensorID: CalibrationHistory]) {
        var channels: [SensorID: ChannelIndex] = [:]
        for (index, sensor) in station.sensors.enumerated() {
            channels[sensor.id] = ChannelIndex(UInt32(index + 1))
        }
        self.channels = channels
        floats = Set(
            station.sensors.filter { $0.calibration.boundElevationMetres != nil }.map(\.id))
        pipeline = Pipeline(past: station, channels: channels, calibrations: calibrations)
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
