import GatewayModel
import GatewayPorts

/// The overview's words and numbers.
struct OverviewContent {
    private let snapshot: LiveSnapshot
    private let now: GatewayInstant
    private let configuration: ConsoleConfiguration
    private let language: Language
    /// Whether the reader may see where a river is going.
    private let showsOutlook: Bool

    init(
        _ snapshot: LiveSnapshot, now: GatewayInstant, configuration: ConsoleConfiguration,
        language: Language, showsOutlook: Bool
    ) {
        self.snapshot = snapshot
        self.now = now
        self.configuration = configuration
        self.language = language
        self.showsOutlook = showsOutlook
    }

    /// What the template names.
    var values: [String: Any] {
        let open = snapshot.alarms.filter(\.isOpen)
        let stations = snapshot.stations.map(station)
        var values: [String: Any] = [
            "stations": stations, "hasOutlook": stations.contains { $0["outlook"] != nil },
            "alarms": open.sorted(by: Self.stands).map(alarm),
            "hasAlarms": !open.isEmpty,
            "sources": snapshot.sources.map(source), "hasSources": !snapshot.sources.isEmpty,
            "targets": TargetRow.rows(snapshot, now: now, language: language),
            "hasTargets": !snapshot.targets.isEmpty,
            "rings": snapshot.rings.map { ring -> [String: Any] in
                [
                    "source": ring.source, "capacity": ring.capacity,
                    "highWater": ring.highWaterMark, "refused": ring.refusedCount,
                ]
            },
            "hasRings": !snapshot.rings.isEmpty,
            "gatewayID": snapshot.gatewayID, "clockWords": language.clock(now.quality),
            "now": time(now.utc), "started": time(snapshot.started.utc),
            "uptime": language.duration(seconds: now.seconds(since: snapshot.started)),
            "commits": snapshot.store.commitCount,
            "waitingRows": snapshot.store.waitingRowCount,
            "fileSize": byteText(snapshot.store.fileBytes),
        ]
        values["storeFailure"] = snapshot.store.failure
        values["storeDown"] = snapshot.store.downSince.map { since -> [String: Any] in
            [
                "since": time(since), "notices": snapshot.store.unstoredNoticeCount,
                "rows": snapshot.store.waitingRowCount, "lost": snapshot.store.lostCount,
            ]
        }
        values["figures"] = figures
        values["lastCommit"] = snapshot.store.lastCommit.map { time($0) }
        return values
    }

    private var figures: [String: Any] {
        let figures = snapshot.store.figures
        let unknown = language.pick("測定中", "being measured")
        let rates = figures.storedBytesPerDay != nil
        let perDay = { (bytes: Double?) -> String in
            guard let bytes, bytes.magnitude < 1e15 else { return unknown }
            return (bytes < 0 ? "−" : "") + byteText(Int64(bytes.magnitude))
                + language.pick("/日", " a day")
        }
        let runway: String
        if let days = figures.runwayDays {
            runway =
                days < 10_000
                ? language.pick("あと\(Int(days))日", "\(Int(days)) days")
                : language.pick("10000日以上", "more than 10,000 days")
        } else {
            runway = rates ? language.pick("増加なし", "does not grow") : unknown
        }
        return [
            "free": figures.freeBytes.map(byteText) ?? "—",
            "stored": perDay(figures.storedBytesPerDay),
            "written": rates && figures.writtenBytesPerDay == nil
                ? "—" : perDay(figures.writtenBytesPerDay),
            "runway": runway,
            "measured": rates ? language.duration(seconds: figures.measuredSeconds) as Any : false,
        ]
    }

    private func time(_ instant: UTCInstant) -> [String: Any] {
        let civil = CivilTime(
            instant, offsetSeconds: snapshot.stations.first?.offsetSeconds ?? 32_400)
        return ["text": civil.text, "iso": civil.iso]
    }

    private func station(_ station: Station) -> [String: Any] {
        let sensors = station.sensors.filter { !$0.kind.isCamera }
        let present = StationPresent(
            station, in: snapshot, now: now, configuration: configuration)
        var values: [String: Any] = [
            "id": station.id.text, "name": language.name(of: station), "river": station.river,
            "sensors": sensors.map { sensor(station, $0) },
        ]
        if showsOutlook, let rate = present.rate {
            values["outlook"] = language.outlook(rate, levels: station.levels)
        }
        return values
    }

    private func sensor(_ station: Station, _ sensor: SensorDescription) -> [String: Any] {
        var values: [String: Any] = [
            "name": language.name(of: sensor), "id": sensor.id.description,
            "local": sensor.id.local, "kind": sensor.kind.text,
        ]
        guard let reading = snapshot.readings[sensor.id] else { return values }
        let observation = reading.observation
        let isStale =
            StationPresent.freshness(
                of: observation, now: now, started: snapshot.started,
                limitSeconds: StationPresent.staleSeconds(sensor, configuration: configuration))
            != .current
        values["reading"] = [
            "value": language.value(observation, of: sensor),
            "time": CivilTime(observation.time, offsetSeconds: station.offsetSeconds).text,
            "iso": CivilTime(observation.time, offsetSeconds: station.offsetSeconds).iso,
            "age": language.duration(seconds: now.utc.seconds(since: observation.time)),
            "isStale": isStale,
            "quality": language.quality(observation.flag),
            "qualityClass": "quality-\(observation.flag.rawValue)",
            "trend": sensor.kind.isStage && !isStale && StationPresent.isUsable(observation)
                ? language.trend(reading.trend) : "—",
            "rain": (isStale ? nil : rainText(reading.rain)) as Any? ?? false,
            "battery": reading.batteryMillivolts.map {
                "\(fixed(Double($0) / 1000, decimals: 2)) V"
            } ?? "—",
        ]
        return values
    }

    /// What is known of the rain, for one line; nil where that is nothing.
    private func rainText(_ rain: RainAmount?) -> String? {
        let parts = [
            rain?.millimetresPerHour.map {
                language.pick("強さ \(fixed($0, decimals: 1)) mm/h", "\(fixed($0, decimals: 1)) mm/h")
            },
            rain?.hourMillimetres.map {
                language.pick(
                    "1時間 \(fixed($0, decimals: 1)) mm", "1 hour \(fixed($0, decimals: 1)) mm")
            },
            rain?.dayMillimetres.map {
                language.pick(
                    "24時間 \(fixed($0, decimals: 1)) mm", "24 hours \(fixed($0, decimals: 1)) mm")
            },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: language.pick("・", ", "))
    }

    /// The newest first, and true alarms above those of drills.
    private static func stands(_ left: AlarmState, above right: AlarmState) -> Bool {
        guard left.subject.isDrill == right.subject.isDrill else { return right.subject.isDrill }
        return left.openedAt > right.openedAt
    }

    private func alarm(_ state: AlarmState) -> [String: Any] {
        let station = snapshot.stations.first { $0.id == state.subject.station }
        let opened = CivilTime(state.openedAt, offsetSeconds: station?.offsetSeconds ?? 32_400)
        return [
            "station": station.map { language.name(of: $0) } ?? state.subject.station.text,
            "rule": language.rule(of: state.subject, at: station, state.openedAt),
            "level": Int(state.subject.level?.rawValue ?? 0), "isDrill": state.subject.isDrill,
            "phase": language.phase(state.phase), "opened": opened.text, "iso": opened.iso,
            "needsAcknowledgement": state.phase == .active && state.handling.shelf == nil,
            "isShelved": state.handling.shelf != nil,
        ]
    }

    private func source(_ source: SourceStatus) -> [String: Any] {
        [
            "name": source.name, "isConnected": source.isConnected, "detail": source.detail,
            "since": time(source.since.utc),
        ]
    }
}

/// A size in the largest binary unit that leaves at least one whole.
func byteText(_ count: Int64) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024 || unit == "GiB" {
            return "\(fixed(value, decimals: unit == "B" ? 0 : 1)) \(unit)"
        }
        value /= 1024
    }
    return "\(count) B"
}
