package import GatewayModel
package import GatewayPorts

/// The stand-in for a store that cannot be opened: it knows what the copy beside the database tells,
/// and refuses every commit with the reason why the real one is not there.
///
/// The gateway runs on it as on a store that has just gone down: it judges, tells and shows, and
/// acknowledges nothing.
package final class UnopenedStore: ObservationStore {
    /// Why the real store could not be opened.
    package let failure: AdapterFailure
    private let records: StoreMirror.Records

    /// Reads the copy of alarms, accounts and sensors, where it can be read.
    ///
    /// - Parameters:
    ///   - directory: the state directory.
    ///   - failure: why the store could not be opened.
    ///   - time: the present.
    package init(directory: String, failure: AdapterFailure, at time: UTCInstant) {
        self.failure = failure
        var troubles: [String] = []
        records =
            StoreMirror(directory: directory).read(at: time, troubles: &troubles)
            ?? StoreMirror.Records()
    }

    /// What readers find: accounts and alarms of the copy, and no readings.
    package var archive: UnopenedArchive { UnopenedArchive(failure: failure, records: records) }

    /// The numbers that the sensors had, and free ones for those that the copy does not know.
    package func channels(
        of sensors: [SensorDescription]
    ) throws(AdapterFailure) -> [SensorID: ChannelIndex] {
        var numbers: [SensorID: ChannelIndex] = [:]
        var highest: UInt32 = 0
        for channel in records.channels {
            guard let number = UInt32(exactly: channel.number), number < 1 << 20,
                let station = StationID(channel.station),
                let sensor = SensorID(station: station, local: channel.sensor)
            else { continue }
            numbers[sensor] = ChannelIndex(number)
            highest = max(highest, number)
        }
        var result: [SensorID: ChannelIndex] = [:]
        for sensor in sensors {
            if numbers[sensor.id] == nil { highest += 1 }
            result[sensor.id] = numbers[sensor.id] ?? ChannelIndex(highest)
        }
        return result
    }

    package func alarmStates() throws(AdapterFailure) -> [AlarmState] {
        records.alarmStates.map(\.state)
    }

    /// The versions of calibrations that the copy knows.
    package func calibrationRecords() throws(AdapterFailure) -> [CalibrationRecord] {
        records.calibrationRecords
    }

    package func commit(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        throw failure
    }

    /// Refuses, as `commit` does.
    package func commitEssentials(
        of batch: StoreBatch
    ) throws(AdapterFailure) -> StreamPositions { throw failure }

    package func lookUp(_ observation: Observation) throws(AdapterFailure) -> IdentityLookup {
        throw failure
    }

    package func highestIdentity(
        like observation: Observation
    ) throws(AdapterFailure) -> ReadingIdentity? { throw failure }

    /// There is nothing to remove.
    package func removeOldest(
        _ kind: RemovableKind, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> Bool { false }

    package func maintain(now: UTCInstant, forwarded: Int64) throws(AdapterFailure) -> Bool {
        false
    }

    /// Nothing is stored.
    package func usedBytes() throws(AdapterFailure) -> Int64 { 0 }
    package func positions() throws(AdapterFailure) -> StreamPositions { StreamPositions() }
    package func newestIdentities(
        limitPerChannel: Int
    ) throws(AdapterFailure) -> [StoredIdentity] { [] }
    package func newestObservations() throws(AdapterFailure) -> [Observation] { [] }
    package func newestNotifiedDetections() throws(AdapterFailure) -> [Detection] { [] }
    /// Of devices the stand-in knows nothing; adopted ones have a file of their own.
    package func deviceRecords() throws(AdapterFailure) -> [DeviceRecord] { [] }
    /// No command waits.
    package func deviceCommands() throws(AdapterFailure) -> [DeviceCommand] { [] }
    /// Nothing is brought over.
    package var isSalvaging: Bool { false }
    /// Nothing was brought over.
    package func takeSalvageReport() -> SalvageReport? { nil }
}

extension StoreMirror.Records {
    /// The alarms as they stood; those that no longer make sense are left out.
    var alarmStates: [StoredAlarm] {
        alarms.compactMap { alarm in
            guard let station = StationID(alarm.station),
                let occurrence = UInt32(exactly: alarm.occurrence),
                let phase = AlarmPhase(rawValue: alarm.phase)
            else { return nil }
            return StoredAlarm(
                number: alarm.number,
                state: AlarmState(
                    subject: AlarmSubject(station: station, rule: alarm.rule),
                    occurrence: occurrence, phase: phase,
                    openedAt: UTCInstant(milliseconds: alarm.openedMilliseconds),
                    since: UTCInstant(milliseconds: alarm.sinceMilliseconds),
                    peakMetres: alarm.peak, isPeakAtLeast: alarm.isPeakAtLeast,
                    acknowledgedBy: alarm.acknowledgedBy, comment: alarm.comment,
                    handling: alarm.handling?.withoutMoments ?? .ofOlderPrograms))
        }
    }
}

extension AlarmHandling {
    /// What an alarm has that was raised before anything was kept of its handling: people were told.
    static var ofOlderPrograms: AlarmHandling {
        var handling = AlarmHandling()
        handling.isTold = true
        return handling
    }
}
