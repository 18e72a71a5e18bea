package import GatewayModel

/// An observation as it stands in the store.
package struct StoredObservation: Sendable, Equatable {
    /// Its row, ascending in order of arrival.
    package var row: Int64
    package var sensor: SensorID
    package var observation: Observation
    /// Its name towards every target.
    package var key: ObservationKey
    /// The unit of the calibrated value.
    package var unit: String
    package var rawUnit: String
    /// The greatest error of its time by the gateway's clock, in milliseconds; nil where nobody
    /// knows.
    package var timeErrorMilliseconds: Int64?

    package init(
        row: Int64, sensor: SensorID, observation: Observation, key: ObservationKey, unit: String,
        rawUnit: String, timeErrorMilliseconds: Int64? = nil
    ) {
        self.row = row
        self.sensor = sensor
        self.observation = observation
        self.key = key
        self.unit = unit
        self.rawUnit = rawUnit
        self.timeErrorMilliseconds = timeErrorMilliseconds
    }
}

/// An alarm's transition as it stands in the store.
package struct StoredTransition: Sendable, Equatable {
    package var row: Int64
    /// The alarm it belongs to.
    package var alarmNumber: Int64
    package var transition: AlarmTransition
    /// Whether a demo or a drill made it.
    package var isSimulated: Bool
    /// False where it is told while the store is down; it has no row then.
    package var isStored = true

    package init(row: Int64, alarmNumber: Int64, transition: AlarmTransition, isSimulated: Bool) {
        self.row = row
        self.alarmNumber = alarmNumber
        self.transition = transition
        self.isSimulated = isSimulated
    }
}

/// A detection as it stands in the store.
package struct StoredDetection: Sendable, Equatable {
    package var row: Int64
    package var detection: Detection
    /// False where it is told while the store is down; it has no row then.
    package var isStored = true

    package init(row: Int64, detection: Detection) {
        self.row = row
        self.detection = detection
    }
}

/// An entry of the loss ledger as it stands in the store.
package struct StoredLoss: Sendable, Equatable {
    /// Its row; a change of the entry gives it a new one.
    package var row: Int64
    /// The row and the beginning under which it was first entered: its name, over all changes.
    package var firstRow: Int64
    package var firstFrom: UTCInstant
    package var record: LossRecord

    package init(row: Int64, firstRow: Int64, firstFrom: UTCInstant, record: LossRecord) {
        self.row = row
        self.firstRow = firstRow
        self.firstFrom = firstFrom
        self.record = record
    }
}

/// An alarm as it stands in the store.
package struct StoredAlarm: Sendable, Equatable {
    package var number: Int64
    package var state: AlarmState

    package init(number: Int64, state: AlarmState) {
        self.number = number
        self.state = state
    }
}

/// What stands between two instants of one channel, summed up.
package struct RollUp: Sendable, Equatable {
    /// The lengths of time that are summed up.
    package enum Resolution: Int64, Sendable, CaseIterable {
        case minute = 60_000
        case tenMinutes = 600_000
        case hour = 3_600_000
        case day = 86_400_000
    }

    /// Where the interval begins; days begin at midnight of the station's own zone.
    package var start: UTCInstant
    /// How many readings have a value and did not fail.
    package var count: Int
    /// How many readings there are at all.
    package var totalCount: Int
    /// Least, mean, greatest and last of those that did not fail; nil where there are none.
    package var minimum: Double?
    package var mean: Double?
    package var maximum: Double?
    package var last: Double?
    /// The sum of those that did not fail, for rain.
    package var sum: Double?
    /// The worst flag among them: fail over suspect over good.
    package var worstFlag: QualityFlag

    package init(
        start: UTCInstant, count: Int, totalCount: Int, minimum: Double?, mean: Double?,
        maximum: Double?, last: Double?, sum: Double?, worstFlag: QualityFlag
    ) {
        self.start = start
        self.count = count
        self.totalCount = totalCount
        self.minimum = minimum
        self.mean = mean
        self.maximum = maximum
        self.last = last
        self.sum = sum
        self.worstFlag = worstFlag
    }
}

/// A quarantined message as it stands in the store.
package struct StoredRejection: Sendable, Equatable {
    package var row: Int64
    package var message: RejectedMessage

    package init(row: Int64, message: RejectedMessage) {
        self.row = row
        self.message = message
    }
}

/// The readers' side of the store: never blocks the writer, never blocked by it.
///
/// Every call throws `AdapterFailure` when the file cannot be read.
package protocol ObservationArchive: Sendable {
    /// Observations of one sensor with `from ≤ time < to`, in order of time, then of row.
    ///
    /// At most `limit` (1 to 10 000) come back; `cursor` is the place after which to go on, from the
    /// page before, and nil to begin.
    func observations(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int, after cursor: PageCursor?
    ) async throws(AdapterFailure) -> [StoredObservation]

    /// Roll-ups of one sensor whose start lies in `from ≤ start < to`, ascending.
    func rollUps(
        of sensor: SensorID, resolution: RollUp.Resolution, from: UTCInstant, to: UTCInstant
    ) async throws(AdapterFailure) -> [RollUp]

    /// Observations in order of arrival within `rows`, at most `limit`, for targets.
    func observations(
        rows: ClosedRange<Int64>, limit: Int
    ) async throws(AdapterFailure) -> [StoredObservation]

    /// Alarm transitions in order of arrival after `row`, at most `limit`, for targets.
    func transitions(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredTransition]

    /// Detections in order of arrival after `row`, at most `limit`, for targets.
    func detections(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredDetection]

    /// Alarms, the newest first, at most `limit`.
    func alarms(openOnly: Bool, limit: Int) async throws(AdapterFailure) -> [StoredAlarm]

    /// One alarm with its transitions, oldest first; nil where there is none of that number.
    func alarm(
        number: Int64
    ) async throws(AdapterFailure) -> (alarm: StoredAlarm, transitions: [StoredTransition])?

    /// Detections before `row` (nil: from the newest), newest first, at most `limit`.
    func detections(
        before row: Int64?, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection]

    /// One detection; nil where there is none of that row.
    func detection(row: Int64) async throws(AdapterFailure) -> StoredDetection?

    /// The loss ledger, newest entry first, at most `limit`.
    func losses(limit: Int) async throws(AdapterFailure) -> [StoredLoss]

    /// Entries of the loss ledger in the order in which they were made or changed, after `row`, at
    /// most `limit`, for targets.
    func losses(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredLoss]

    /// The quarantine, newest first, at most `limit`.
    func rejections(limit: Int) async throws(AdapterFailure) -> [StoredRejection]

    /// How far every target has come.
    func progress() async throws(AdapterFailure) -> [TargetProgress]

    /// An account; nil where there is none of that name.
    func account(named name: String) async throws(AdapterFailure) -> Account?

    /// The audit log, newest first, at most `limit`.
    func audit(limit: Int) async throws(AdapterFailure) -> [AuditEntry]

    /// Where the streams end.
    func streamEnds() async throws(AdapterFailure) -> StreamPositions
}

/// The place in a page of observations after which the next page begins.
package struct PageCursor: Sendable, Equatable {
    package var time: UTCInstant
    package var row: Int64

    package init(time: UTCInstant, row: Int64) {
        self.time = time
        self.row = row
    }

    /// The written form in URLs: `milliseconds.row`.
    package var text: String { "\(time.milliseconds).\(row)" }

    /// Reads the written form; nil where it is not that.
    package init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let time = Int64(parts[0]), let row = Int64(parts[1]) else {
            return nil
        }
        self.init(time: UTCInstant(milliseconds: time), row: row)
    }
}
