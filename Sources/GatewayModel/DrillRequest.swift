/// What people ask of a drill (訓練).
package enum DrillRequest: Sendable, Equatable {
    case start(DrillPlan)
    /// Ends the drill of a station before its time.
    case stop(StationID)

    /// A stable word for machines and the audit log.
    package var name: String {
        switch self {
        case .start: "start"
        case .stop: "stop"
        }
    }

    /// The station concerned.
    package var station: StationID {
        switch self {
        case .start(let plan): plan.station
        case .stop(let station): station
        }
    }
}

extension AlarmSubject {
    private static let drillPrefix = "drill."

    /// The drill of a station as a whole.
    package static func exercise(at station: StationID) -> AlarmSubject {
        AlarmSubject(station: station, rule: drillPrefix + "exercise")
    }

    /// The subject under which a drill speaks of this one.
    ///
    /// It is no flood level's and no part's: whatever looks for those, a siren, the citizens' page, the
    /// mode of the devices, cannot take a drill for the truth.
    package var inDrill: AlarmSubject {
        AlarmSubject(station: station, rule: Self.drillPrefix + rule)
    }

    /// Whether a drill speaks.
    package var isDrill: Bool { rule.hasPrefix(Self.drillPrefix) }

    /// Whether it is a drill as a whole, which nobody acknowledges or puts aside.
    package var isExercise: Bool { self == .exercise(at: station) }

    /// What the drill pretends to speak of; nil where none speaks.
    package var drilled: AlarmSubject? {
        isDrill
            ? AlarmSubject(station: station, rule: String(rule.dropFirst(Self.drillPrefix.count)))
            : nil
    }
}
