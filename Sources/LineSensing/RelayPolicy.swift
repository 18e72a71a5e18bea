package import GatewayModel

/// One alarm as a reason for an output to be on: another occurrence is another reason.
package struct RelayReason: Hashable, Sendable {
    package var subject: AlarmSubject
    package var occurrence: UInt32

    package init(subject: AlarmSubject, occurrence: UInt32) {
        self.subject = subject
        self.occurrence = occurrence
    }
}

/// Which alarms want one lamp or siren on.
///
/// Pending (unconfirmed) alarms, other stations, lower levels and system alarms do not, and nothing
/// simulated ever does: whoever hears a siren must be able to believe it. A drill (訓練) sounds only
/// where whoever began it asked for that.
package struct RelayPolicy: Sendable, Equatable {
    /// What switches the output off again.
    package enum End: String, Sendable, CaseIterable {
        /// Somebody acknowledges the alarm or puts it aside, or it clears.
        case acknowledged
        /// The alarm clears.
        case cleared
    }

    private let station: StationID
    private let least: FloodLevel
    private let end: End

    /// - Parameters:
    ///   - station: whose alarms count.
    ///   - least: the lowest flood level that switches the output on.
    ///   - end: what switches it off again.
    package init(station: StationID, least: FloodLevel, until end: End) {
        self.station = station
        self.least = least
        self.end = end
    }

    /// The alarms that want the output on.
    ///
    /// Whoever acknowledges a level knows of the levels below it, since a river reaches those
    /// first: with `acknowledged`, they are no reason either, also while the river falls again. An
    /// alarm that opens after the acknowledgement is a new reason.
    ///
    /// A drill's alarms and true ones know nothing of each other: an acknowledgement in a drill
    /// silences no true alarm.
    ///
    /// - Parameters:
    ///   - alarms: the newest state of every alarm, cleared ones too; those of drills are no reason.
    ///   - drills: the alarms of those drills that shall sound, under their subjects.
    ///   - isSimulated: whether they are those of a demo.
    /// - Returns: the reasons; none where the output is to be off.
    package func reasons(
        for alarms: [AlarmState], sounding drills: [AlarmState] = [], isSimulated: Bool
    ) -> Set<RelayReason> {
        guard !isSimulated else { return [] }
        let pretended = drills.compactMap { state -> AlarmState? in
            var state = state
            guard let subject = state.subject.drilled else { return nil }
            state.subject = subject
            return state
        }
        let practised = reasons(among: pretended).map {
            RelayReason(subject: $0.subject.inDrill, occurrence: $0.occurrence)
        }
        return reasons(among: alarms).union(practised)
    }

    private func reasons(among alarms: [AlarmState]) -> Set<RelayReason> {
        let levels = alarms.filter { $0.subject.station == station && $0.subject.level != nil }
        let wanting = levels.filter { alarm in
            guard let level = alarm.subject.level, level >= least else { return false }
            switch (alarm.phase, end) {
            case (.active, .cleared), (.acknowledged, .cleared): return true
            case (.active, .acknowledged):
                return alarm.handling.shelf == nil && !isKnown(alarm, level, among: levels)
            case (.acknowledged, .acknowledged), (.normal, _), (.pending, _), (.cleared, _):
                return false
            }
        }
        return Set(
            wanting.map { RelayReason(subject: $0.subject, occurrence: $0.occurrence) })
    }

    /// Whether somebody acknowledged a higher level while this alarm was on, that level being open
    /// then or over by now.
    ///
    /// The life cycle of alarms takes that down in the order in which it happened: since when nobody
    /// knows of an alarm ends with it. Times of opening say nothing, for a civil clock may have been
    /// wrong at either.
    private func isKnown(
        _ alarm: AlarmState, _ level: FloodLevel, among levels: [AlarmState]
    ) -> Bool {
        guard alarm.handling.unknownSince == nil else { return false }
        return levels.contains { other in
            guard let higher = other.subject.level, higher > level else { return false }
            return other.acknowledgedBy != nil
        }
    }
}
