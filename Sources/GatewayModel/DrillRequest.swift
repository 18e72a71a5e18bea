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
}

/// A drill: a flood that rises to a peak and falls again, at one station.
package struct DrillPlan: Sendable, Equatable {
    /// The shortest and the longest drill, in minutes.
    package static let minutesRange = 1.0...180.0
    /// Peaks beyond it are slips of the unit, in metres.
    package static let peakRange = -100.0...100.0

    package var station: StationID
    /// The highest stage, in metres above the gauge zero.
    package var peakMetres: Double
    /// From the first to the last reading, in minutes; half of it the water rises.
    package var minutes: Double

    package init(station: StationID, peakMetres: Double, minutes: Double) {
        self.station = station
        self.peakMetres = peakMetres
        self.minutes = minutes
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

    /// What the drill pretends to speak of; nil where none speaks.
    package var drilled: AlarmSubject? {
        isDrill
            ? AlarmSubject(station: station, rule: String(rule.dropFirst(Self.drillPrefix.count)))
            : nil
    }
}
