package import GatewayModel
import Synchronization

/// Which way a stage is going.
package enum Trend: String, Sendable, CaseIterable {
    case rising, steady, falling, unknown
}

/// The newest reading of a sensor, judged, perhaps not yet on disk.
package struct LiveReading: Sendable, Equatable {
    package var observation: Observation
    package var trend: Trend
    /// How fast the stage rises; nil where the sensor does not speak for the station's level, or has
    /// said too little.
    package var rate: RateOfRise?
    /// How much it rains; nil for what is no rain gauge, or has not been heard for long enough.
    package var rain: RainAmount?
    /// The device's battery in millivolts; nil where it never said.
    package var batteryMillivolts: UInt16?
    /// The newest reading that neither failed nor is missing; what the citizens' page shows when
    /// `observation` is worthless.
    package var lastUsable: Observation?

    package init(
        observation: Observation, trend: Trend, rate: RateOfRise? = nil, rain: RainAmount? = nil,
        batteryMillivolts: UInt16?, lastUsable: Observation?
    ) {
        self.observation = observation
        self.trend = trend
        self.rate = rate
        self.rain = rain
        self.batteryMillivolts = batteryMillivolts
        self.lastUsable = lastUsable
    }
}

/// How a target stands.
package struct TargetStatus: Sendable, Equatable {
    package var name: String
    package var isReachable: Bool
    /// The last failure, for people; nil after a success.
    package var lastFailure: String?
    /// When it last confirmed something.
    package var lastSuccess: UTCInstant?
    /// How many rows wait, all streams together.
    package var waitingCount: Int64
    package var deliveredCount: UInt64
    package var failedAttemptCount: UInt64
    /// Items that the target refused for good: counted, and in the log.
    package var refusedCount: UInt64

    package init(name: String) {
        self.name = name
        self.isReachable = true
        self.waitingCount = 0
        self.deliveredCount = 0
        self.failedAttemptCount = 0
        self.refusedCount = 0
    }
}

/// How one source's ring and side lane stand.
package struct RingStatus: Sendable, Equatable {
    package var source: String
    package var capacity: Int
    package var highWaterMark: Int
    package var refusedCount: UInt64

    package init(source: String, capacity: Int, highWaterMark: Int, refusedCount: UInt64) {
        self.source = source
        self.capacity = capacity
        self.highWaterMark = highWaterMark
        self.refusedCount = refusedCount
    }
}

/// How the store stands.
package struct StoreStatus: Sendable, Equatable {
    /// Nil while it works; else what is wrong, for people.
    package var failure: String?
    /// Since when it is down; nil while it works.
    package var downSince: UTCInstant?
    /// Alarms and animals that are told, or wait to be told, before they are on disk.
    package var unstoredNoticeCount = 0
    /// Readings that were judged and could not be kept since the store went down.
    package var lostCount: UInt64 = 0
    package var commitCount: UInt64
    package var lastCommit: UTCInstant?
    /// Rows judged but not yet on disk.
    package var waitingRowCount: Int
    package var fileBytes: Int64
    /// Room, runway, and how much the disk is written.
    package var figures = StorageFigures()

    package init() {
        commitCount = 0
        waitingRowCount = 0
        fileBytes = 0
    }
}

/// What the gateway counts since it started; the names become metrics.
package enum Counter: Hashable, Sendable {
    /// Samples taken from a source.
    case samples(source: String)
    /// Messages rejected, by reason.
    case rejected(RejectionReason)
    /// Readings that came again and were stored already.
    case duplicates
    /// Readings of a stored identity with other content.
    case conflicts
    /// Readings by flag.
    case flagged(QualityFlag)
    /// Checks that did not pass, by check and flag.
    case check(QualityCheck, QualityFlag)
    /// Detections by verdict.
    case detections(DetectionVerdict)
    /// End-to-end acknowledgements published.
    case acknowledgements
    /// End-to-end acknowledgements not published because the broker was away; sensors ask again.
    case acknowledgementsSkipped
    /// Unconfirmed rises whose sensor could not be told to measure at once: no firmware device is known
    /// there, or too many commands wait for it.
    case measurementsNotAsked
}

/// Everything the pages, the metrics and `status` show of the present.
package struct LiveSnapshot: Sendable {
    package var gatewayID: String
    /// Whether the gateway's clock is simulated; then every page says 模擬.
    package var isSimulated: Bool
    package var started: GatewayInstant
    package var stations: [Station]
    package var readings: [SensorID: LiveReading] = [:]
    /// All alarms, those of drills under their subjects.
    package var alarms: [AlarmState] = []
    /// The drills (訓練) that run.
    package var drills: [DrillStatus] = []
    package var sources: [SourceStatus] = []
    package var targets: [TargetStatus] = []
    package var rings: [RingStatus] = []
    package var store = StoreStatus()
    package var counters: [Counter: UInt64] = [:]

    package init(
        gatewayID: String, isSimulated: Bool, started: GatewayInstant, stations: [Station]
    ) {
        self.gatewayID = gatewayID
        self.isSimulated = isSimulated
        self.started = started
        self.stations = stations
    }

    /// What a drill says on every page; nil where none runs.
    package var drillSign: DrillSign? {
        guard drills.isEmpty else {
            return drills.contains(where: \.isAloud) ? .aloud : .silent
        }
        return nil
    }
}

/// The present, written by the pipeline and the targets, read by pages and metrics.
package final class LiveBoard: Sendable {
    private let state: Mutex<LiveSnapshot>

    package init(_ initial: LiveSnapshot) { state = Mutex(initial) }

    /// A copy of the present.
    package var snapshot: LiveSnapshot { state.withLock { $0 } }

    /// Changes the present; `change` must be short, for the pipeline waits.
    package func update(_ change: (inout LiveSnapshot) -> Void) { state.withLock { change(&$0) } }
}
