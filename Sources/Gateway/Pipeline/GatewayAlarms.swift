import Alerting
import GatewayModel
import GatewayPorts

/// Every alarm of the gateway: the flood levels of each station, the gateway's own parts, and animals.
///
/// One machine of each kind decides what is on; `AlarmLifeCycles` decides for all of them who is told.
struct GatewayAlarms: Sendable {
    private let stations: [StationID]
    /// In the order of `stations`.
    private var levels: [LevelAlarms]
    private var system: SystemAlarms
    private var wildlife: WildlifeAlarms
    private var lifeCycles: AlarmLifeCycles
    /// The newest moment that anything came with: when what has no moment of its own was learnt.
    private var moment = SteadyInstant(milliseconds: .min)
    /// The peaks that are stored, or wait to be.
    private var keptPeaks: [AlarmSubject: AlarmPeak] = [:]
    /// The holds that are stored, or wait to be.
    private var keptHolds: [AlarmSubject: AlarmHold] = [:]
    /// Whether each station is watched as in a flood, as it was last told.
    private var toldModes: [StationID: Bool] = [:]
    /// What was open and can be ended by nothing that is configured, as it stood.
    private var unconfigured: [AlarmState] = []
    /// What no machine has taken up, and is nobody's once its end is told.
    private var leaving: Set<AlarmSubject> = []

    /// Alarms that go on where they stood.
    ///
    /// - Parameters:
    ///   - stations: all stations; their order gives the indices that the other calls use.
    ///   - states: the last state of every alarm; those of unknown stations are left out.
    ///   - heard: for each station, what its level sensors said last.
    ///   - rules: what is held back and told again.
    ///   - configured: what there is; what is open and speaks of anything else has ended, which
    ///     `closeUnconfigured(at:)` tells. Nil where nobody asks.
    init(
        stations: [Station], restoring states: [AlarmState], heard: [[StageReading]],
        rules: AlarmRules = AlarmRules(), configured: ConfiguredParts? = nil
    ) {
        let unconfigured = states.filter { state in
            state.isOpen && configured.map { !$0.has(state.subject) } ?? false
        }
        let ended = Set(unconfigured.map(\.subject))
        let stood = states
        let states = states.map { state in
            guard ended.contains(state.subject) else { return state }
            var state = state
            (state.phase, state.holdSince) = (.cleared, nil)
            return state
        }
        self.unconfigured = unconfigured
        self.stations = stations.map(\.id)
        levels = zip(stations, heard).map { station, heard in
            LevelAlarms(
                station: station.id, levels: station.levels,
                restoring: states.filter { $0.subject.station == station.id }, heard: heard)
        }
        let known = Set(self.stations)
        let own = states.filter { known.contains($0.subject.station) }
        system = SystemAlarms(restoring: own)
        let cameras = stations.flatMap(\.sensors).compactMap { sensor in
            sensor.wildlife.map { (sensor.id, $0) }
        }
        wildlife = WildlifeAlarms(
            cameras: Dictionary(cameras, uniquingKeysWith: { first, _ in first }), restoring: own)
        // What no machine has taken up is nobody's any more, and must not be told again.
        let machines = levels.flatMap(\.states) + system.states + wildlife.states
        let taken = Set(machines.map(\.subject))
        lifeCycles = AlarmLifeCycles(
            rules: rules,
            restoring: stood.filter {
                ended.contains($0.subject)
                    || known.contains($0.subject.station) && taken.contains($0.subject)
            })
        leaving = ended.subtracting(taken)
        for alarm in levels.flatMap(\.states) {
            keptHolds[alarm.subject] = AlarmHold(
                occurrence: alarm.occurrence, since: alarm.holdSince)
        }
    }

    /// Takes a reading of a station's level.
    ///
    /// - Returns: what it changed, in the order in which it is to be told.
    mutating func step(_ reading: StageReading, stationIndex: Int) -> [AlarmTransition] {
        note(reading.place.latest)
        let transitions = levels[stationIndex].step(reading)
        return transitions.isEmpty ? [] : told(transitions, measured: reading.place.earliest)
    }

    /// Takes the news of a part of the gateway.
    ///
    /// - Parameters:
    ///   - condition: how it stands.
    ///   - place: when that was measured; nil where nobody measures it.
    /// - Returns: what it changed; nothing, too, for a station that nobody has configured.
    mutating func step(
        _ condition: SystemCondition, measured place: ReadingPlace? = nil
    ) -> [AlarmTransition] {
        if let place { note(place.latest) }
        guard isKnown(condition.subject.station), let transition = system.step(condition) else {
            return []
        }
        return told([transition], measured: place?.earliest)
    }

    /// Tells once, to whom the beginning was told, that alarms have ended of which nothing that is
    /// configured could tell how they stand.
    mutating func closeUnconfigured(at now: GatewayInstant) -> [AlarmTransition] {
        guard !unconfigured.isEmpty else { return [] }
        note(now.steady)
        defer { unconfigured = [] }
        return told(
            unconfigured.sorted { $0.subject < $1.subject }.map { state in
                AlarmTransition(
                    subject: state.subject, occurrence: state.occurrence, from: state.phase,
                    to: .cleared, time: now.utc, cause: .configurationChanged,
                    isTimeUncertain: now.quality == .unknown)
            })
    }

    /// Takes an animal that is told, or would be but for the cooldown or a shelf.
    ///
    /// - Returns: what it changed, and since when the alarm's end is waited for.
    mutating func sight(
        _ detection: Detection, opens: Bool
    ) -> (transitions: [AlarmTransition], hold: (subject: AlarmSubject, hold: AlarmHold)?) {
        note(detection.received.steady)
        guard isKnown(detection.camera.station) else { return ([], nil) }
        let subject = wildlife.subject(of: detection)
        let transition = wildlife.sight(detection, opens: opens)
        let state = wildlife.states.first { $0.subject == subject && $0.isOpen }
        let hold = state.map {
            (subject, AlarmHold(occurrence: $0.occurrence, since: $0.holdSince))
        }
        return (transition.map { told([$0]) } ?? [], hold)
    }

    /// Whether the alarm of what a camera saw is put aside.
    func isShelved(_ detection: Detection) -> Bool {
        lifeCycles.handling(of: wildlife.subject(of: detection)).shelf != nil
    }

    /// Lets time pass.
    ///
    /// - Returns: what it changed, in the order in which it is to be told.
    mutating func step(at now: GatewayInstant) -> [AlarmTransition] {
        note(now.steady)
        return told(wildlife.step(at: now)) + lifeCycles.step(at: now)
    }

    private mutating func note(_ moment: SteadyInstant) { self.moment = max(self.moment, moment) }

    private mutating func told(
        _ transitions: [AlarmTransition], measured: SteadyInstant? = nil
    ) -> [AlarmTransition] {
        transitions.flatMap { lifeCycles.take($0, at: moment, measured: measured) }
    }

    /// What people and time have made of alarms since it was last taken.
    mutating func takeNewHandlings() -> [AlarmSubject: HandlingRecord] {
        let changed = lifeCycles.takeChanged()
        for subject in leaving where changed[subject] != nil {
            lifeCycles.forget(subject)
            leaving.remove(subject)
        }
        return changed
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

    /// The sensor of a station whose newest reading leaves a level unconfirmed; nil where none does.
    func doubtedChannel(stationIndex: Int) -> ChannelIndex? { levels[stationIndex].doubtedChannel }

    /// Acknowledges an open alarm for a person.
    mutating func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?,
        at time: UTCInstant
    ) throws(CommandRefusal) -> [AlarmTransition] {
        let index = try stationIndex(of: subject, occurrence: occurrence)
        do throws(AcknowledgementRefusal) {
            let transition =
                if subject.systemRule != nil {
                    try system.acknowledge(subject, by: actor, comment: comment, at: time)
                } else if subject.wildlifeRule != nil {
                    try wildlife.acknowledge(subject, by: actor, comment: comment, at: time)
                } else {
                    try levels[index].acknowledge(subject, by: actor, comment: comment, at: time)
                }
            return told([transition])
        } catch {
            switch error {
            case .notOpen: throw .notOpen("\(error)")
            case .unconfirmed: throw .notPossible("\(error)")
            case .alreadyAcknowledged(_, let actor): throw .alreadyAcknowledged(by: actor)
            }
        }
    }

    /// Does something else with an open alarm for a person.
    ///
    /// - Returns: the step to store and to tell; nil where it is so already.
    mutating func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String,
        at now: GatewayInstant
    ) throws(CommandRefusal) -> AlarmTransition? {
        note(now.steady)
        _ = try stationIndex(of: subject, occurrence: occurrence)
        do throws(HandlingRefusal) {
            return try lifeCycles.handle(request, of: subject, by: actor, at: now)
        } catch {
            switch error {
            case .notOpen: throw .notOpen("\(error)")
            case .unconfirmed, .withoutReason, .spanOutOfRange: throw .notPossible("\(error)")
            }
        }
    }

    /// The place of the station of an alarm that people speak of by its number.
    private func stationIndex(
        of subject: AlarmSubject, occurrence: UInt32
    ) throws(CommandRefusal) -> Int {
        guard let index = stations.firstIndex(of: subject.station),
            states.contains(where: { $0.subject == subject && $0.occurrence == occurrence })
        else {
            throw .notOpen("alarm \(subject.station) \(subject.rule) no. \(occurrence) is not open")
        }
        return index
    }

    /// All alarms as they stand.
    var states: [AlarmState] {
        (levels.flatMap(\.states) + system.states + wildlife.states).map { state in
            var state = state
            state.handling = lifeCycles.handling(of: state.subject)
            return state
        }
    }

    /// Whether any flood level is reached, unconfirmed ones included.
    var isAnyLevelOpen: Bool {
        levels.contains { $0.highestActive != nil || $0.highestPending != nil }
    }
}
