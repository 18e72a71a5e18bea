/// One version of how a sensor's raw values become values.
package struct CalibrationVersion: Sendable, Equatable {
    /// The calibration; its `version` is this one's number.
    package var calibration: Calibration
    /// The time from which on it holds, itself included; nil from the beginning of time.
    package var validFrom: UTCInstant?

    package init(_ calibration: Calibration, validFrom: UTCInstant?) {
        self.calibration = calibration
        self.validFrom = validFrom
    }
}

/// The versions of one sensor's calibration: which of them holds at which time.
///
/// A version holds until the next later `validFrom`. Of several from the same time the one with the
/// highest number holds. What was measured before the first of them is read by the first.
package struct CalibrationHistory: Sendable, Equatable {
    /// How many versions a sensor may have.
    package static let versionLimit = 64

    /// By `validFrom`, then by number; at least one.
    package let versions: [CalibrationVersion]

    /// The history of a calibration that was never changed.
    package init(_ calibration: Calibration) {
        versions = [CalibrationVersion(calibration, validFrom: nil)]
    }

    /// A history of versions in any order.
    ///
    /// - Returns: nil where there is none, or more than `versionLimit`.
    package init?(_ versions: [CalibrationVersion]) {
        guard (1...Self.versionLimit).contains(versions.count) else { return nil }
        self.versions = versions.sorted {
            let (left, right) = ($0.validFrom?.milliseconds, $1.validFrom?.milliseconds)
            if left != right { return left ?? .min < right ?? .min }
            return $0.calibration.version < $1.calibration.version
        }
    }

    /// The version that holds now: of none is the beginning still to come.
    package var current: Calibration { versions[versions.count - 1].calibration }

    /// The version that holds at a time.
    ///
    /// - Complexity: linear in the versions, from the newest; a present reading takes one step.
    package func calibration(at time: UTCInstant) -> Calibration {
        let found = versions.last { version in version.validFrom.map { $0 <= time } ?? true }
        return (found ?? versions[0]).calibration
    }

    /// The version for a reading: by its own time, however late it comes.
    ///
    /// A reading whose time nobody knows yet has just been measured, whatever its time says: a
    /// gateway that wakes up in last year must not judge the flood by last year's calibration. A
    /// device's own time is believed where the reading stands under it.
    package func calibration(for observation: Observation) -> Calibration {
        let isWaiting =
            observation.received.quality == .unknown
            && (observation.deviceTime == nil || observation.marks.contains(.deviceTimeRefused))
            && observation.marks.isDisjoint(with: [.timeCorrected, .timeUncertain])
        return isWaiting ? current : calibration(at: observation.time)
    }

    /// The version of a number; nil where there is none.
    package func calibration(number: UInt32) -> Calibration? {
        versions.first { $0.calibration.version == number }?.calibration
    }

    /// The sensors that any of the versions goes by.
    package var companions: Set<SensorID> {
        Set(
            versions.flatMap { version in
                [version.calibration.temperature, version.calibration.barometer]
                    .compactMap { $0?.source?.sensor }
            })
    }
}

extension Calibration {
    /// Whether readings by both make one series: in the same unit, and both measured, both counted,
    /// or both bounds.
    package func continues(_ other: Calibration) -> Bool {
        unit == other.unit && isCumulative == other.isCumulative
            && (boundElevationMetres == nil) == (other.boundElevationMetres == nil)
    }

    /// Whether both give the same value for every reading.
    package func isSame(as other: Calibration) -> Bool {
        form == other.form && unit == other.unit
    }
}
