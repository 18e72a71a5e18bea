import GatewayModel
import GatewayPorts

/// The whole present as JSON shows it: what `kawamori status` prints.
package struct StatusDocument: Codable, Sendable, Equatable {
    /// A station with the last reading of each of its sensors.
    package struct StationEntry: Codable, Sendable, Equatable {
        package var station: StationDocument
        package var sensors: [SensorDocument]
    }

    /// A source.
    package struct Source: Codable, Sendable, Equatable {
        package var name: String
        package var connected: Bool
        package var detail: String
        package var since: String
    }

    /// A target.
    package struct Target: Codable, Sendable, Equatable {
        package var name: String
        package var reachable: Bool
        package var waiting: Int64
        package var delivered: UInt64
        package var failedAttempts: UInt64
        package var refused: UInt64
        package var lastSuccess: String?
        package var lastFailure: String?

        enum CodingKeys: String, CodingKey {
            case name, reachable, waiting, delivered, refused
            case failedAttempts = "failed_attempts"
            case lastSuccess = "last_success"
            case lastFailure = "last_failure"
        }

        init(_ target: TargetStatus, offsetSeconds: Int) {
            name = target.name
            reachable = target.isReachable
            waiting = target.waitingCount
            delivered = target.deliveredCount
            failedAttempts = target.failedAttemptCount
            refused = target.refusedCount
            lastSuccess = target.lastSuccess?.rfc3339(offsetSeconds: offsetSeconds)
            lastFailure = target.lastFailure
        }
    }

    /// The store.
    package struct Store: Codable, Sendable, Equatable {
        package var failure: String?
        /// Since when it is down; absent while it works, as are the next two.
        package var downSince: String?
        /// Alarms and animals that are told, or wait to be told, before they are on disk.
        package var unstoredNotices: Int?
        /// Readings and records that could not be kept since then.
        package var lost: UInt64?
        package var commits: UInt64
        package var lastCommit: String?
        package var waitingRows: Int
        package var fileBytes: Int64
        /// Free for readings on the disk, in bytes; the reserve for alarms is left out.
        package var freeBytes: Int64?
        /// What rows and pictures take up, in bytes, and how much that grows in a day.
        package var storedBytes: Int64?
        package var storedBytesPerDay: Double?
        /// What the gateway's process hands to block devices in a day, in bytes; neither the file
        /// system's journal nor the card's own work is in it.
        package var writtenBytesPerDay: Double?
        /// Over how long both rates are measured, in seconds.
        package var ratesMeasuredSeconds: Double?
        /// Days until the free space is used up at this rate; absent where it is not known, or never.
        package var runwayDays: Double?

        enum CodingKeys: String, CodingKey {
            case failure, commits, lost
            case downSince = "down_since"
            case unstoredNotices = "unstored_notices"
            case freeBytes = "free_bytes"
            case storedBytes = "stored_bytes"
            case storedBytesPerDay = "stored_bytes_per_day"
            case writtenBytesPerDay = "written_bytes_per_day"
            case ratesMeasuredSeconds = "rates_measured_s"
            case runwayDays = "runway_days"
            case lastCommit = "last_commit"
            case waitingRows = "waiting_rows"
            case fileBytes = "file_bytes"
        }

        init(_ store: StoreStatus, offsetSeconds: Int) {
            failure = store.failure
            downSince = store.downSince?.rfc3339(offsetSeconds: offsetSeconds)
            if store.downSince != nil {
                unstoredNotices = store.unstoredNoticeCount
                lost = store.lostCount
            }
            commits = store.commitCount
            lastCommit = store.lastCommit?.rfc3339(offsetSeconds: offsetSeconds)
            waitingRows = store.waitingRowCount
            fileBytes = store.fileBytes
            let figures = store.figures
            freeBytes = figures.freeBytes
            storedBytes = figures.storedBytes
            storedBytesPerDay = figures.storedBytesPerDay
            writtenBytesPerDay = figures.writtenBytesPerDay
            ratesMeasuredSeconds =
                figures.storedBytesPerDay == nil ? nil : figures.measuredSeconds
            runwayDays = figures.runwayDays
        }
    }

    /// A source's ring.
    package struct Ring: Codable, Sendable, Equatable {
        package var source: String
        package var capacity: Int
        package var highWaterMark: Int
        package var refused: UInt64

        enum CodingKeys: String, CodingKey {
            case source, capacity, refused
            case highWaterMark = "high_water_mark"
        }
    }

    /// The gateway's clock.
    package struct Clock: Codable, Sendable, Equatable {
        package var now: String
        package var quality: String
        /// The greatest error in milliseconds; nil where nobody knows.
        package var errorMilliseconds: Int64?

        enum CodingKeys: String, CodingKey {
            case now, quality
            case errorMilliseconds = "error_ms"
        }
    }

    package var gateway: String
    package var simulated: Bool
    /// The drills (訓練) that run; absent where none does.
    package var drills: [DrillDocument]?
    package var startedAt: String
    package var uptimeSeconds: Double
    package var clock: Clock
    package var stations: [StationEntry]
    package var alarms: [AlarmDocument]
    package var sources: [Source]
    package var targets: [Target]
    package var store: Store
    package var rings: [Ring]
    /// By the name that the metrics use, labels in parentheses.
    package var counters: [String: UInt64]

    enum CodingKeys: String, CodingKey {
        case gateway, simulated, drills, clock, stations, alarms, sources, targets, store, rings,
            counters
        case startedAt = "started_at"
        case uptimeSeconds = "uptime_s"
    }

    init(
        _ snapshot: LiveSnapshot, now: GatewayInstant, clockErrorMilliseconds: Int64?,
        configuration: ConsoleConfiguration
    ) {
        let offset = snapshot.stations.first?.offsetSeconds ?? 32_400
        gateway = snapshot.gatewayID
        simulated = snapshot.isSimulated
        if !snapshot.drills.isEmpty {
            drills = snapshot.drills.map { DrillDocument($0, offsetSeconds: offset) }
        }
        startedAt = snapshot.started.utc.rfc3339(offsetSeconds: offset)
        uptimeSeconds = now.seconds(since: snapshot.started)
        clock = Clock(
            now: now.utc.rfc3339(offsetSeconds: offset), quality: "\(now.quality)",
            errorMilliseconds: clockErrorMilliseconds)
        stations = snapshot.stations.map { station in
            StationEntry(
                station: StationDocument(
                    station, snapshot: snapshot, now: now, configuration: configuration),
                sensors: station.sensors.map {
                    SensorDocument(
                        $0, station: station, snapshot: snapshot, now: now,
                        configuration: configuration)
                })
        }
        alarms = snapshot.alarms.map { alarm in
            let station = snapshot.stations.first { $0.id == alarm.subject.station }
            return AlarmDocument(
                alarm, number: nil, offsetSeconds: station?.offsetSeconds ?? offset)
        }
        sources = snapshot.sources.map {
            Source(
                name: $0.name, connected: $0.isConnected, detail: $0.detail,
                since: $0.since.utc.rfc3339(offsetSeconds: offset))
        }
        targets = snapshot.targets.map { Target($0, offsetSeconds: offset) }
        store = Store(snapshot.store, offsetSeconds: offset)
        rings = snapshot.rings.map {
            Ring(
                source: $0.source, capacity: $0.capacity, highWaterMark: $0.highWaterMark,
                refused: $0.refusedCount)
        }
        counters = Dictionary(
            MetricsText.counters(snapshot).map { ($0.text, $0.value) },
            uniquingKeysWith: { $0 &+ $1 })
    }
}
