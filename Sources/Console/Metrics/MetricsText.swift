import GatewayModel
import GatewayPorts

/// The present in Prometheus' text format 0.0.4.
///
/// - Source: Prometheus, "Exposition formats", text-based format version 0.0.4.
struct MetricsText {
    /// The media type of the format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Writes everything.
    init(
        _ snapshot: LiveSnapshot, devices: [DeviceView] = [], now: GatewayInstant,
        configuration: ConsoleConfiguration, sessionCount: Int
    ) {
        writeGateway(snapshot, now: now, sessionCount: sessionCount)
        writeReadings(snapshot, now: now, configuration: configuration)
        writeCounters(snapshot)
        writeAlarms(snapshot)
        writeConnections(snapshot)
        writeStore(snapshot.store)
        writeDevices(devices)
    }

    // MARK: - Families

    /// One line of a family.
    private typealias Line = (labels: [(String, String)], value: Double)

    private mutating func writeGateway(
        _ snapshot: LiveSnapshot, now: GatewayInstant, sessionCount: Int
    ) {
        family(
            "kawamori_info", "gauge", "The gateway's identity; always 1.",
            [([("gateway", snapshot.gatewayID), ("simulated", "\(snapshot.isSimulated)")], 1)])
        family(
            "kawamori_uptime_seconds", "gauge", "Monotonic seconds since the gateway started.",
            [([], now.seconds(since: snapshot.started))])
        family(
            "kawamori_clock_quality", "gauge",
            "The gateway's clock: 0 unknown, 1 provisional, 2 synchronised, 3 simulated.",
            [([], Double(now.quality.rawValue))])
        family(
            "kawamori_console_sessions", "gauge", "People signed in to the console.",
            [([], Double(sessionCount))])
    }

    private mutating func writeReadings(
        _ snapshot: LiveSnapshot, now: GatewayInstant, configuration: ConsoleConfiguration
    ) {
        var stages: [Line] = []
        var stageTimes: [Line] = []
        var stale: [Line] = []
        var values: [Line] = []
        var times: [Line] = []
        var flags: [Line] = []
        var batteries: [Line] = []
        for station in snapshot.stations {
            for sensor in station.sensors {
                guard let reading = snapshot.readings[sensor.id] else { continue }
                let labels = [("station", station.id.text), ("sensor", sensor.id.local)]
                let observation = reading.observation
                let full = labels + [("kind", sensor.kind.text), ("unit", sensor.calibration.unit)]
                if let value = observation.value { values.append((full, value)) }
                times.append((labels, seconds(observation.time)))
                flags.append((labels, Double(observation.flag.rawValue)))
                if let battery = reading.batteryMillivolts {
                    batteries.append((labels, Double(battery) / 1000))
                }
                let limit = StationPresent.staleSeconds(sensor, configuration: configuration)
                let freshness = StationPresent.freshness(
                    of: observation, now: now, started: snapshot.started, limitSeconds: limit)
                stale.append((labels, freshness == .current ? 0 : 1))
                let usable =
                    StationPresent.isUsable(observation) ? observation : reading.lastUsable
                if sensor.kind.isStage, let usable, let value = usable.value {
                    stages.append((labels, value))
                    stageTimes.append((labels, seconds(usable.time)))
                }
            }
        }
        family(
            "kawamori_stage_meters", "gauge",
            "Stage above the gauge zero: the newest reading that did not fail.", stages)
        family(
            "kawamori_stage_observation_timestamp_seconds", "gauge",
            "Time of the reading in kawamori_stage_meters.", stageTimes)
        family(
            "kawamori_sensor_value", "gauge",
            "The newest calibrated value, whatever its quality.", values)
        family(
            "kawamori_sensor_observation_timestamp_seconds", "gauge",
            "Time of the newest reading.", times)
        family(
            "kawamori_sensor_quality_flag", "gauge",
            "QARTOD flag of the newest reading: 1, 2, 3, 4 or 9.", flags)
        family("kawamori_sensor_stale", "gauge", "1 where the newest reading is too old.", stale)
        family("kawamori_sensor_battery_volts", "gauge", "The device's battery.", batteries)
    }

    private mutating func writeCounters(_ snapshot: LiveSnapshot) {
        let counters = Self.counters(snapshot)
        let help = [
            "samples": "Samples taken from a source.",
            "rejected_messages": "Messages that could not be used, by reason.",
            "duplicate_readings": "Readings that came again and were stored already.",
            "conflicting_readings": "Readings of a stored identity with other content.",
            "readings": "Readings by QARTOD flag.",
            "failed_checks": "Checks that did not pass, by check and flag.",
            "detections": "Detections by verdict.",
            "acknowledgements": "End-to-end acknowledgements published.",
            "skipped_acknowledgements": "End-to-end acknowledgements not published.",
            "unasked_measurements":
                "Unconfirmed rises whose sensor could not be told to measure at once.",
        ]
        for (name, help) in help.sorted(by: { $0.key < $1.key }) {
            let lines = counters.filter { $0.name == name }.sorted { $0.text < $1.text }
            family(
                "kawamori_\(name)_total", "counter", help,
                lines.map { ($0.labels, Double($0.value)) })
        }
    }

    private mutating func writeAlarms(_ snapshot: LiveSnapshot) {
        func lines(ofDrills isDrill: Bool) -> [Line] {
            snapshot.alarms.filter { $0.isOpen && $0.subject.isDrill == isDrill }.map { alarm in
                (
                    [
                        ("station", alarm.subject.station.text), ("rule", alarm.subject.rule),
                        ("phase", alarm.phase.rawValue),
                    ], 1
                )
            }
        }
        family(
            "kawamori_alarm_open", "gauge",
            "1 for every alarm that is open; those of drills are left out.", lines(ofDrills: false))
        // Under another name: a rule that takes any open alarm for a flood must not take these.
        family(
            "kawamori_drill_alarm_open", "gauge", "1 for every alarm of a drill that is open.",
            lines(ofDrills: true))
        family(
            "kawamori_drill_running", "gauge", "1 for every drill that runs.",
            snapshot.drills.map { ([("station", $0.station.text)], 1) })
    }

    private mutating func writeConnections(_ snapshot: LiveSnapshot) {
        family(
            "kawamori_source_connected", "gauge", "1 where a source is connected.",
            snapshot.sources.map { ([("source", $0.name)], $0.isConnected ? 1 : 0) })
        func targets(_ value: (TargetStatus) -> Double) -> [Line] {
            snapshot.targets.map { ([("target", $0.name)], value($0)) }
        }
        family(
            "kawamori_target_reachable", "gauge", "1 where a target takes deliveries.",
            targets { $0.isReachable ? 1 : 0 })
        family(
            "kawamori_target_waiting_rows", "gauge", "Rows that wait for a target.",
            targets { Double($0.waitingCount) })
        family(
            "kawamori_target_delivered_total", "counter", "Rows that a target confirmed.",
            targets { Double($0.deliveredCount) })
        family(
            "kawamori_target_failed_attempts_total", "counter", "Deliveries that failed.",
            targets { Double($0.failedAttemptCount) })
        family(
            "kawamori_target_refused_total", "counter", "Rows that a target refused for good.",
            targets { Double($0.refusedCount) })
        func rings(_ value: (RingStatus) -> Double) -> [Line] {
            snapshot.rings.map { ([("source", $0.source)], value($0)) }
        }
        family(
            "kawamori_ring_capacity_slots", "gauge", "Slots of a source's ring.",
            rings { Double($0.capacity) })
        family(
            "kawamori_ring_high_water_slots", "gauge", "The most slots that were ever in use.",
            rings { Double($0.highWaterMark) })
        family(
            "kawamori_ring_refused_total", "counter", "Samples that a full ring refused.",
            rings { Double($0.refusedCount) })
    }

    private mutating func writeStore(_ store: StoreStatus) {
        family(
            "kawamori_store_up", "gauge", "1 while the store works.",
            [([], store.failure == nil ? 1 : 0)])
        family(
            "kawamori_store_commits_total", "counter", "Commits since the start.",
            [([], Double(store.commitCount))])
        family(
            "kawamori_store_waiting_rows", "gauge", "Rows judged but not yet on disk.",
            [([], Double(store.waitingRowCount))])
        family(
            "kawamori_store_file_bytes", "gauge", "Size of the database file.",
            [([], Double(store.fileBytes))])
        family(
            "kawamori_store_last_commit_timestamp_seconds", "gauge", "Time of the last commit.",
            store.lastCommit.map { [([], seconds($0))] } ?? [])
        family(
            "kawamori_store_down_since_timestamp_seconds", "gauge",
            "Since when the store is down; absent while it works.",
            store.downSince.map { [([], seconds($0))] } ?? [])
        family(
            "kawamori_store_unstored_notices", "gauge",
            "Alarms and animals told, or waiting to be told, before they are on disk.",
            [([], Double(store.unstoredNoticeCount))])
        family(
            "kawamori_store_lost_records", "gauge",
            "Readings and records that could not be kept since the store went down.",
            [([], Double(store.lostCount))])
        writeFigures(store.figures)
    }

    private mutating func writeFigures(_ figures: StorageFigures) {
        func line(_ value: Double?) -> [Line] { value.map { [([], $0)] } ?? [] }
        family(
            "kawamori_storage_free_bytes", "gauge",
            "Free for readings on the disk, the reserve for alarms left out.",
            line(figures.freeBytes.map(Double.init)))
        family(
            "kawamori_storage_used_bytes", "gauge", "What rows and pictures take up.",
            line(figures.storedBytes.map(Double.init)))
        family(
            "kawamori_storage_growth_bytes_per_day", "gauge",
            "How much rows and pictures grow, measured over at most a day.",
            line(figures.storedBytesPerDay))
        family(
            "kawamori_storage_written_bytes_per_day", "gauge",
            "What the process hands to block devices (write_bytes of proc_pid_io), over the same time.",
            line(figures.writtenBytesPerDay))
        family(
            "kawamori_storage_runway_days", "gauge",
            "Days until the free space is used up; absent where unknown or never.",
            line(figures.runwayDays))
    }

    /// Writes what is known of the devices; there are as many as the register holds, at most.
    private mutating func writeDevices(_ devices: [DeviceView]) {
        guard !devices.isEmpty else { return }
        let records = devices.map(\.record).sorted { $0.id < $1.id }
        family(
            "kawamori_devices", "gauge", "Firmware devices that were ever heard, by state.",
            DeviceState.allCases.map { state in
                ([("state", state.rawValue)], Double(records.count { $0.state == state }))
            })
        func lines(_ value: (DeviceRecord) -> Double?) -> [Line] {
            records.compactMap { record in
                value(record).map { ([("device", record.id.description)], $0) }
            }
        }
        let counters: [(String, String, KeyPath<DeviceCounters, UInt64>)] = [
            ("frames", "Frames of readings, whatever became of them.", \.frames),
            (
                "unauthenticated_frames", "Frames that the device's key has not signed.",
                \.authenticationFailed
            ),
            ("quarantined_frames", "Frames of a device that nobody has adopted.", \.quarantined),
            ("refused_frames", "Frames of a device that a person has refused.", \.refused),
            ("duplicate_readings", "Readings that came again.", \.duplicates),
            (
                "conflicting_readings", "Readings of a stored identity with other content.",
                \.conflicts
            ),
            ("lost_readings", "Readings that will not come any more.", \.lost),
        ]
        for (name, help, counter) in counters {
            family(
                "kawamori_device_\(name)_total", "counter", help,
                lines { Double($0.counters[keyPath: counter]) })
        }
        family(
            "kawamori_device_missing_readings", "gauge", "Readings that have not come yet.",
            lines { Double($0.tracks.reduce(0) { $0 + $1.missingCount }) })
        family(
            "kawamori_device_battery_volts", "gauge", "The battery, as the device last said.",
            lines { $0.batteryMillivolts == 0 ? nil : Double($0.batteryMillivolts) / 1000 })
        family(
            "kawamori_device_last_heard_timestamp_seconds", "gauge",
            "When the device last sent a reading that had not come before.",
            lines { seconds($0.lastHeard) })
    }

    // MARK: - Lines

    /// Writes a family; one without lines is left out.
    private mutating func family(_ name: String, _ type: String, _ help: String, _ lines: [Line]) {
        guard !lines.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for line in lines {
            let labels = line.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            text += name
            if !labels.isEmpty { text += "{\(labels.joined(separator: ","))}" }
            text += " \(Self.number(line.value))\n"
        }
    }

    /// A label's value with backslash, quote and line feed escaped, as the format asks.
    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
            "\n", with: "\\n")
    }

    /// A number as Prometheus reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), value.magnitude < 0x1p53 { return "\(Int64(value))" }
        return "\(value)"
    }

    private func seconds(_ instant: UTCInstant) -> Double { Double(instant.milliseconds) / 1000 }
}

extension MetricsText {
    /// A counter with its metric's name and labels.
    struct NamedCounter {
        let name: String
        let labels: [(String, String)]
        let value: UInt64

        /// The name with its labels, for people.
        var text: String {
            labels.isEmpty
                ? name : "\(name) (\(labels.map { "\($0.0): \($0.1)" }.joined(separator: ", ")))"
        }
    }

    /// The snapshot's counters by name.
    static func counters(_ snapshot: LiveSnapshot) -> [NamedCounter] {
        snapshot.counters.map { counter, value in
            let (name, labels): (String, [(String, String)]) =
                switch counter {
                case .samples(let source): ("samples", [("source", source)])
                case .rejected(let reason): ("rejected_messages", [("reason", reason.rawValue)])
                case .duplicates: ("duplicate_readings", [])
                case .conflicts: ("conflicting_readings", [])
                case .flagged(let flag): ("readings", [("flag", "\(flag.rawValue)")])
                case .check(let check, let flag):
                    ("failed_checks", [("check", check.name), ("flag", "\(flag.rawValue)")])
                case .detections(let verdict): ("detections", [("verdict", verdict.rawValue)])
                case .acknowledgements: ("acknowledgements", [])
                case .acknowledgementsSkipped: ("skipped_acknowledgements", [])
                case .measurementsNotAsked: ("unasked_measurements", [])
                }
            return NamedCounter(name: name, labels: labels, value: value)
        }
    }
}
