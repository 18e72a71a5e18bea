import GatewayModel
import GatewayPorts

/// The versions of all calibrations: judgement, first filled from the station files, then the ledger's
/// own. Pure: what is to be stored comes out, and whoever holds the ledger stores it.
struct CalibrationLedger: Sendable {
    /// A new version that fits its sensor.
    struct Entry: Sendable {
        var record: CalibrationRecord
        /// Its sensor's versions with it.
        var history: CalibrationHistory
    }

    private(set) var records: [SensorID: [CalibrationRecord]] = [:]

    /// A ledger of these versions, the oldest of each sensor first.
    init(_ records: [CalibrationRecord] = []) {
        for record in records { self.records[record.sensor, default: []].append(record) }
    }

    // MARK: - The station file

    /// Takes up what a sensor's description says, where it says something new.
    ///
    /// The past keeps its versions: a changed file holds from the moment at which it was first seen. What
    /// people have entered since stays in force while the file stays as it is.
    ///
    /// - Parameters:
    ///   - sensor: as the station file describes it.
    ///   - now: the present.
    /// - Returns: the version to store; nil where there is none.
    /// - Throws: a sentence for people where the ledger has no room; it stays in force then.
    mutating func takeUp(
        _ sensor: SensorDescription, at now: UTCInstant
    ) throws(CommandRefusal) -> CalibrationRecord? {
        guard !sensor.kind.isCamera else { return nil }
        let known = records[sensor.id] ?? []
        if let last = known.last(where: { $0.author == CalibrationRecord.fileAuthor }),
            last.rawUnit == sensor.rawUnit,
            let former = Self.calibration(of: last, sensor), former.isSame(as: sensor.calibration)
        {
            return nil
        }
        try checkRoom(sensor.id)
        // Whatever a clock that was never set says, it comes after all that is known.
        let latest = known.compactMap(\.validFrom).max()
        let record = CalibrationRecord(
            sensor: sensor.id, number: (known.last?.number ?? 0) + 1,
            validFrom: known.isEmpty ? nil : max(now, latest ?? now), rawUnit: sensor.rawUnit,
            lines: CalibrationText.lines(of: sensor.calibration),
            author: CalibrationRecord.fileAuthor,
            reason: known.isEmpty ? "the first one" : "the station file has changed", recorded: now)
        records[sensor.id, default: []].append(record)
        return record
    }

    /// The versions that make one series with what the station file describes.
    ///
    /// - Parameter sensor: the sensor as the station file, or the version in force, describes it.
    /// - Returns: its versions; the description's own calibration where none can be used.
    func history(of sensor: SensorDescription) -> CalibrationHistory {
        let versions = (records[sensor.id] ?? []).compactMap { record in
            Self.calibration(of: record, sensor).map {
                CalibrationVersion($0, validFrom: record.validFrom)
            }
        }.filter { $0.calibration.continues(sensor.calibration) }
        return CalibrationHistory(versions) ?? CalibrationHistory(sensor.calibration)
    }

    /// A version's calibration under its number; nil where it no longer makes sense for the sensor.
    private static func calibration(
        of record: CalibrationRecord, _ sensor: SensorDescription
    ) -> Calibration? {
        do throws(ConfigurationProblems) {
            var calibration = try CalibrationText.read(
                record.lines, of: sensor, rawUnit: record.rawUnit)
            calibration.version = record.number
            return calibration
        } catch {
            return nil
        }
    }

    // MARK: - People

    /// Enters a version that a person asks for.
    ///
    /// - Parameters:
    ///   - new: what is asked for.
    ///   - calibration: its calibration.
    ///   - sensor: its sensor with the version in force.
    ///   - now: the present.
    /// - Returns: the version to store, and the sensor's versions with it.
    /// - Throws: `notPossible` where it cannot be entered; nothing has changed then.
    mutating func add(
        _ new: NewCalibration, _ calibration: Calibration, of sensor: SensorDescription,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> Entry {
        try checkRoom(sensor.id)
        guard calibration.continues(sensor.calibration) else {
            throw .notPossible(
                "\(sensor.id) is kept in `\(sensor.calibration.unit)`"
                    + (sensor.calibration.isCumulative ? " from a count" : "")
                    + ", and a version must go on with that; change the station file for another"
                    + " kind of value")
        }
        if new.recomputes { try Self.checkRecomputation(of: sensor) }
        // A clock that nobody has set can say neither when now is nor what is still to come.
        let isClockKnown = now.quality != .unknown
        guard let validFrom = new.validFrom ?? (isClockKnown ? now.utc : nil) else {
            throw .notPossible(
                "the gateway's clock is not set, so that nobody could tell from when on the version"
                    + " holds; say it (`valid_from`), or set the clock first")
        }
        guard !isClockKnown || validFrom <= now.utc.advanced(byMilliseconds: 60_000) else {
            throw .notPossible(
                "\(validFrom.rfc3339()) is still to come; a version holds from a time that has passed,"
                    + " so enter it when the sensor is changed")
        }
        let before = history(of: sensor).calibration(at: validFrom)
        guard !before.isSame(as: calibration) else {
            throw .notPossible(
                "version \(before.version) holds at \(validFrom.rfc3339()) and is the same; nothing"
                    + " has changed")
        }
        let record = CalibrationRecord(
            sensor: sensor.id, number: (records[sensor.id]?.last?.number ?? 0) + 1,
            validFrom: validFrom, rawUnit: sensor.rawUnit,
            lines: CalibrationText.lines(of: calibration), author: new.author, reason: new.reason,
            recorded: now.utc)
        records[sensor.id, default: []].append(record)
        return Entry(record: record, history: history(of: sensor))
    }

    /// Whether stored readings of a sensor can be reckoned anew.
    static func checkRecomputation(
        of sensor: SensorDescription
    ) throws(CommandRefusal) {
        guard sensor.calibration.isCumulative else { return }
        throw .notPossible(
            "\(sensor.id) sends a cumulative count, of which the increase since the reading before is"
                + " kept; stored readings of a count are not reckoned anew. Enter the version without"
                + " `recompute`; it holds for what comes from now on")
    }

    private func checkRoom(_ sensor: SensorID) throws(CommandRefusal) {
        let limit = CalibrationHistory.versionLimit
        guard (records[sensor]?.count ?? 0) < limit else {
            throw .notPossible(
                "\(sensor) has \(limit) versions of its calibration, and more are not kept; the last"
                    + " one in force stays")
        }
    }
}

extension CalibrationLedger {
    /// Takes up the stations' files, and gives back the stations with what is in force.
    ///
    /// - Parameters:
    ///   - stations: as the files describe them.
    ///   - now: the present.
    /// - Returns: the stations, the versions by sensor, what is to be stored, and what people must know.
    mutating func settle(_ stations: [Station], at now: UTCInstant) -> Settled {
        var settled = Settled(stations: stations)
        for station in settled.stations.indices {
            for index in settled.stations[station].sensors.indices {
                let sensor = settled.stations[station].sensors[index]
                guard !sensor.kind.isCamera else { continue }
                do throws(CommandRefusal) {
                    if let record = try takeUp(sensor, at: now) { settled.new.append(record) }
                } catch {
                    if case .notPossible(let why) = error { settled.troubles.append(why) }
                }
                let history = history(of: sensor)
                settled.histories[sensor.id] = history
                settled.stations[station].sensors[index].calibration = history.current
            }
        }
        return settled
    }

    /// Stations with the versions that are in force.
    struct Settled: Sendable {
        var stations: [Station]
        var histories: [SensorID: CalibrationHistory] = [:]
        var new: [CalibrationRecord] = []
        var troubles: [String] = []

        init(stations: [Station]) { self.stations = stations }
    }
}
