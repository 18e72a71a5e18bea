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
        package var commits: UInt64
        package var lastCommit: String?
        package var waitingRows: Int
        package var fileBytes: Int64

        enum CodingKeys: String, CodingKey {
            case failure, commits
            case lastCommit = "last_commit"
            case waitingRows = "waiting_rows"
            case fileBytes = "file_bytes"
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
    }

    package var gateway: String
    package var simulated: Bool
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
        case gateway, simulated, clock, stations, alarms, sources, targets, store, rings, counters
        case startedAt = "started_at"
        case uptimeSeconds = "uptime_s"
    }

    init(_ snapshot: LiveSnapshot, now: GatewayInstant, configuration: ConsoleConfiguration) {
        let offset = snapshot.stations.first?.offsetSeconds ?? 32_400
        gateway = snapshot.gatewayID
        simulated = snapshot.isSimulated
        startedAt = snapshot.started.utc.rfc3339(offsetSeconds: offset)
        uptimeSeconds = now.seconds(since: snapshot.started)
        clock = Clock(now: now.utc.rfc3339(offsetSeconds: offset), quality: "\(now.quality)")
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
        store = Store(
            failure: snapshot.store.failure, commits: snapshot.store.commitCount,
            lastCommit: snapshot.store.lastCommit?.rfc3339(offsetSeconds: offset),
            waitingRows: snapshot.store.waitingRowCount, fileBytes: snapshot.store.fileBytes)
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
