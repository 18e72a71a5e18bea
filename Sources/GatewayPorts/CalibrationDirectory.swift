package import GatewayModel

/// One version of a sensor's calibration as it stands in the ledger.
package struct CalibrationRecord: Sendable, Equatable {
    /// The author of what came from the station file.
    package static let fileAuthor = "station file"

    package var sensor: SensorID
    /// From 1, one higher at every change.
    package var number: UInt32
    /// The time from which on it holds, itself included; nil from the beginning of time.
    package var validFrom: UTCInstant?
    /// The unit of the raw values that it reads.
    package var rawUnit: String
    /// The calibration as the station file would write it, on one line.
    package var lines: String
    package var author: String
    package var reason: String
    /// When it was entered.
    package var recorded: UTCInstant

    package init(
        sensor: SensorID, number: UInt32, validFrom: UTCInstant?, rawUnit: String, lines: String,
        author: String, reason: String, recorded: UTCInstant
    ) {
        self.sensor = sensor
        self.number = number
        self.validFrom = validFrom
        self.rawUnit = rawUnit
        self.lines = lines
        self.author = author
        self.reason = reason
        self.recorded = recorded
    }
}

/// That the stored readings of a sensor are to be reckoned anew.
package struct RecalibrationOrder: Sendable, Equatable {
    package var sensor: SensorID
    /// The time of the first reading; nil for all.
    package var from: UTCInstant?

    package init(sensor: SensorID, from: UTCInstant?) {
        self.sensor = sensor
        self.from = from
    }
}

/// How far a recomputation has come.
package struct RecalibrationProgress: Sendable, Equatable {
    package var order: RecalibrationOrder
    /// Stored readings that were looked at since it was asked for.
    package var seenCount: Int64
    /// Of these, how many have another value, flag or mark now.
    package var changedCount: Int64
    /// Whether all are done.
    package var isDone: Bool

    package init(
        order: RecalibrationOrder, seenCount: Int64, changedCount: Int64, isDone: Bool
    ) {
        self.order = order
        self.seenCount = seenCount
        self.changedCount = changedCount
        self.isDone = isDone
    }
}

/// A new version, as a person asks for it.
package struct NewCalibration: Sendable, Equatable {
    package var sensor: SensorID
    /// The sensor's `calibration` as the station file would write it.
    package var lines: String
    /// The time from which on it holds; nil for now.
    package var validFrom: UTCInstant?
    /// Who answers for it.
    package var author: String
    package var reason: String
    /// Whether stored readings are reckoned anew.
    package var recomputes: Bool

    package init(
        sensor: SensorID, lines: String, validFrom: UTCInstant?, author: String, reason: String,
        recomputes: Bool
    ) {
        self.sensor = sensor
        self.lines = lines
        self.validFrom = validFrom
        self.author = author
        self.reason = reason
        self.recomputes = recomputes
    }
}

/// The ledger of calibrations, for whoever reads it.
package protocol CalibrationDirectory: Sendable {
    /// The versions of a sensor, the oldest first.
    func calibrations(of sensor: SensorID) -> [CalibrationRecord]

    /// The recomputation that runs, or was the last since the start; nil where there was none.
    func recalibration(of sensor: SensorID) -> RecalibrationProgress?
}

/// Reckons stored readings anew, without a clock and without a file.
package protocol Recalibrator {
    /// A stored reading by the version that holds at its time.
    ///
    /// - Parameters:
    ///   - observation: the reading; its raw value stays.
    ///   - sensor: its sensor.
    ///   - companion: the value of another sensor at a time, in that sensor's unit; nil where it has
    ///     none of that age.
    /// - Returns: the reading as it stands then; nil where it stands so already, or the sensor is not
    ///   configured any more.
    /// - Throws: what `companion` throws.
    func anew(
        _ observation: Observation, of sensor: SensorID,
        companion: (_ source: Companion.Source, _ time: UTCInstant) throws -> Double?
    ) throws -> Observation?
}

/// What one slice of a recomputation has done.
package struct RecalibrationSlice: Sendable, Equatable {
    /// The rows that have changed: whoever had them is to get them again.
    package var changed: [ClosedRange<Int64>]
    package var progress: RecalibrationProgress

    package init(changed: [ClosedRange<Int64>], progress: RecalibrationProgress) {
        self.changed = changed
        self.progress = progress
    }
}

/// A gateway without a ledger of calibrations.
package struct NoCalibrations: CalibrationDirectory {
    package init() {}

    /// None.
    package func calibrations(of sensor: SensorID) -> [CalibrationRecord] { [] }

    /// None.
    package func recalibration(of sensor: SensorID) -> RecalibrationProgress? { nil }
}
