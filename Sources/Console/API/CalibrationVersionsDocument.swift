import GatewayModel
import GatewayPorts

/// The versions of a sensor's calibration as JSON shows them.
package struct CalibrationVersionsDocument: Codable, Sendable, Equatable {
    /// One version.
    package struct Version: Codable, Sendable, Equatable {
        package var version: UInt32
        /// RFC 3339 with the station's offset; nil from the beginning of time.
        package var validFrom: String?
        /// The calibration as the station file would write it.
        package var lines: String
        package var rawUnit: String
        package var author: String
        package var reason: String
        package var recordedAt: String
        /// Whether readings of now are read by it.
        package var inForce: Bool

        enum CodingKeys: String, CodingKey {
            case version, lines, author, reason
            case validFrom = "valid_from"
            case rawUnit = "raw_unit"
            case recordedAt = "recorded_at"
            case inForce = "in_force"
        }
    }

    /// How far a recomputation of stored readings has come.
    package struct Recomputation: Codable, Sendable, Equatable {
        /// RFC 3339; nil where all readings are reckoned anew.
        package var from: String?
        /// Readings that were looked at.
        package var seen: Int64
        /// Of these, how many have another value, flag or mark now.
        package var changed: Int64
        package var done: Bool
    }

    /// The sensor, as station.sensor.
    package var sensor: String
    /// The oldest first.
    package var calibrations: [Version]
    /// The recomputation that runs, or was the last since the gateway's start.
    package var recomputation: Recomputation?

    /// The document of a sensor; times with its station's offset from UTC, in seconds.
    init(
        _ sensor: SensorDescription, in directory: any CalibrationDirectory, offsetSeconds: Int
    ) {
        self.sensor = sensor.id.description
        calibrations = directory.calibrations(of: sensor.id).map { record in
            Version(
                version: record.number,
                validFrom: record.validFrom?.rfc3339(offsetSeconds: offsetSeconds),
                lines: record.lines, rawUnit: record.rawUnit, author: record.author,
                reason: record.reason,
                recordedAt: record.recorded.rfc3339(offsetSeconds: offsetSeconds),
                inForce: record.number == sensor.calibration.version)
        }
        recomputation = directory.recalibration(of: sensor.id).map { progress in
            Recomputation(
                from: progress.order.from?.rfc3339(offsetSeconds: offsetSeconds),
                seen: progress.seenCount, changed: progress.changedCount, done: progress.isDone)
        }
    }
}
