import Alerting
import GatewayModel
import GatewayPorts

/// Every alarm of the gateway: the flood levels of each station, and the gateway's own parts.
struct GatewayAlarms: Sendable {
    private let stations: [StationID]
    /// In the order of `stations`.
    private var levels: [LevelAlarms]
    private var system: SystemAlarms
    /// The peaks that are stored, or wait to be.
    private var keptPeaks: [AlarmSubject: AlarmPeak] = [:]
    /// The holds that are stored, or wait to be.
    private var keptHolds: [AlarmSubject: AlarmHold] = [:]
    /// Whether each station is watched as in a flood, as it was last told.
    private var toldModes: [StationID: Bool] = [:]

    /// Alarms that go on where they stood.
    ///
    /// - Parameters:
    ///   - stations: all stations; their order gives the indices that the other calls use.
    ///   - states: the last state of every alarm; those of unknown stations are left out.
    ///   - heard: for each station, what its level sensors said last.
    init(stations: [Station], restoring states: [AlarmState], heard: [[StageReading]]) {
        self.stations = stations.map(\.id)
        levels = zip(stations, heard).map { station, heard in
            LevelAlarms(
                station: station.id, levels: station.levels,
                restoring: states.filter { $0.subject.station == station.id }, heard: heard)
        }
        let known = Set(self.stations)
        system = SystemAlarms(restoring: states.filter { known.contains($0.subject.station) })
        for alarm in levels.flatMap(\.states) {
            keptHolds[alarm.subject] = AlarmHold(
                occurrence: alarm.occurrence, since: alarm.holdSince)
        }
    }

    /// Takes a reading of a station's level.
    ///
    /// - Returns: what it changed, in the order in which it is to be told.
    mutating func step(_ reading: StageReading, stationIndex: Int) -> [AlarmTransition] {
        levels[stationIndex].step(reading)
    }

    /// Takes the news of a part of the gateway.
    ///
    /// - Returns: what it changed; nil, too, for a station that nobody has configured.
    mutating func step(_ condition: SystemCondition) -> AlarmTransition? {
        isKnown(condition.subject.station) ? system.step(condition) : nil
    }

    /// Whether the station is configured.
    func isKnown(_ station: StationID) -> Bool { stations.contains(station) }

    /// The peaks of a station that have grown since they were last taken.
    mutating func takeNewPeaks(stationIndex: Int) -> [AlarmPeak] {
        var peaks: [AlarmPeak] = []
        for alarm in levels[stationIndex].states where alarm.isOpen {
            guard let metres = alarm.peakMetres else { continue }
            let peak = AlarmPeak(
                subject: alarm.subject, occurrence: alarm.occurrence, metres: metres,
                isAtLeast: alarm.isPeakAtLeast)
            guard keptPeaks[alarm.subject] != peak else { continue }
            keptPeaks[alarm.subject] = peak
            peaks.append(peak)
        }
        return peaks
    }

    /// The holds of a station that have begun or ended since they were last taken.
    mutating func takeNewHolds(stationIndex: Int) -> [AlarmSubject: AlarmHold] {
        var holds: [AlarmSubject: AlarmHold] = [:]
        for alarm in levels[stationIndex].states {
            let hold = AlarmHold(occurrence: alarm.occurrence, since: alarm.holdSince)
            // A new occurrence has its row from its transition, and no hold in it.
            let kept = keptHolds[alarm.subject].flatMap {
                $0.occurrence == alarm.occurrence ? $0.since : nil
            }
            keptHolds[alarm.subject] = hold
            if kept != hold.since { holds[alarm.subject] = hold }
        }
        return holds
    }

    /// Whether a station is to be watched as in a flood; nil where that has not changed since it was
    /// last asked for.
    mutating func takeNewMode(stationIndex: Int) -> (station: StationID, isFlood: Bool)? {
        let station = stations[stationIndex]
        guard let isFlood = levels[stationIndex].isObserving, toldModes[station] != isFlood else {
            return nil
        }
        toldModes[station] = isFlood
        return (station, isFlood)
    }

    /// Acknowledges an open alarm for a person.
    mutating func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at time: UTCInstant
    ) throws(CommandRefusal) -> AlarmTransition {
        guard let index = stations.firstIndex(of: subject.station),
            states.contains(where: { $0.subject == subject && $0.occurrence == occurrence })
        else {
            throw .notOpen("alarm \(subject.station) \(subject.rule) no. \(occurrence) is not open")
        }
        do throws(AcknowledgementRefusal) {
            guard subject.systemRule == nil else {
                return try system.acknowledge(subject, by: actor, comment: comment, at: time)
            }
            return try levels[index].acknowledge(subject, by: actor, comment: comment, at: time)
        } catch .alreadyAcknowledged(_, let actor) {
            throw .alreadyAcknowledged(by: actor)
        } catch {
            throw .notOpen("\(error)")
        }
    }

    /// All alarms as they stand.
    var states: [AlarmState] { levels.flatMap(\.states) + system.states }

    /// Whether any flood level is reached, unconfirmed ones included.
    var isAnyLevelOpen: Bool {
        levels.contains { $0.highestActive != nil || $0.highestPending != nil }
    }
}
