package import GatewayModel

/// An observation as JSON shows it: in the API, in exports, and to every target.
package struct ObservationDocument: Codable, Sendable, Equatable {
    package var key: String
    package var station: String
    package var sensor: String
    /// RFC 3339 with the station's offset.
    package var time: String
    package var receivedAt: String
    /// The gateway's clock on receipt: `synchronised`, `provisional`, `unknown` or `simulated`.
    package var clock: String
    package var value: Double?
    package var unit: String
    package var rawValue: Double?
    package var rawUnit: String
    /// QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.
    package var flag: UInt8
    /// The checks that were evaluated, by ioos_qc's names.
    package var flags: [String: UInt8]
    /// The flag for good, where the next reading has shown something against this one; `flag` and
    /// `flags` are what was known, and acted on, when it came.
    package var finalFlag: UInt8?
    /// The checks that say something else for good, by name.
    package var finalFlags: [String: UInt8]?
    package var errorCode: UInt16?
    package var calibrationVersion: UInt32
    /// How far the burst behind the raw value scattered, in its unit; nil for a single measurement,
    /// as are the two counts.
    package var spread: Double?
    package var pings: UInt8?
    package var validPings: UInt8?
    /// The greatest error of `time` by the gateway's clock, in milliseconds; nil where nobody knows.
    package var timeErrorMilliseconds: Int64?
    /// Whether nobody knows the time (時刻未同期).
    package var timeUncertain: Bool
    /// 0 for what was sent first; one higher for the same reading under its corrected time, and with
    /// every change by a later version of its calibration.
    package var revision: Int
    /// `without_identity`, `conflicting`, `late`, `device_time_refused`; `at_least` (以上) or
    /// `below` (未満) where the value only bounds the true one; `estimated` where part of it was
    /// reckoned; `time_corrected` or `time_uncertain` where it came before the clock was known.
    package var marks: [String]
    /// Whether a demo or a drill made it (模擬, 訓練).
    package var simulated: Bool

    enum CodingKeys: String, CodingKey {
        case key, station, sensor, time, clock, value, unit, flag, flags, spread, pings, marks
        case simulated, revision
        case timeErrorMilliseconds = "time_error_ms"
        case timeUncertain = "time_uncertain"
        case validPings = "valid_pings"
        case finalFlag = "final_flag"
        case finalFlags = "final_flags"
        case receivedAt = "received_at"
        case rawValue = "raw_value"
        case rawUnit = "raw_unit"
        case errorCode = "error_code"
        case calibrationVersion = "calibration_version"
    }

    /// Writes times with the station's offset from UTC, in seconds.
    package init(_ stored: StoredObservation, offsetSeconds: Int) {
        let observation = stored.observation
        key = stored.key.text
        station = stored.sensor.station.text
        sensor = stored.sensor.description
        time = observation.time.rfc3339(offsetSeconds: offsetSeconds)
        receivedAt = observation.received.utc.rfc3339(offsetSeconds: offsetSeconds)
        clock = "\(observation.received.quality)"
        value = observation.value
        unit = stored.unit
        rawValue = observation.rawValue
        rawUnit = stored.rawUnit
        flag = observation.flag.rawValue
        flags = [:]
        for check in QualityCheck.allCases where observation.report[check] != .notEvaluated {
            flags[check.name] = observation.report[check].rawValue
        }
        if let final = observation.finalReport {
            finalFlag = observation.finalFlag.rawValue
            finalFlags = [:]
            for check in QualityCheck.allCases where final[check] != observation.report[check] {
                finalFlags?[check.name] = final[check].rawValue
            }
        }
        errorCode = observation.errorCode == 0 ? nil : observation.errorCode
        calibrationVersion = observation.calibrationVersion
        if let burst = observation.burst {
            // A scatter beyond a half's range has no number in JSON.
            spread = burst.spread.isFinite ? Double(burst.spread) : nil
            pings = burst.pingCount
            validPings = burst.validCount
        }
        timeErrorMilliseconds = stored.timeErrorMilliseconds
        timeUncertain = observation.isTimeUncertain
        revision = observation.revision
        marks = observation.marks.names
        simulated = observation.marks.contains(.simulated)
    }
}

extension ObservationMarks {
    /// The marks' names in JSON; `simulated` has a field of its own and is not among them.
    package var names: [String] {
        let all: [(ObservationMarks, String)] = [
            (.withoutIdentity, "without_identity"), (.conflicting, "conflicting"),
            (.late, "late"), (.deviceTimeRefused, "device_time_refused"),
            (.atLeast, "at_least"), (.below, "below"), (.estimated, "estimated"),
            (.timeCorrected, "time_corrected"), (.timeUncertain, "time_uncertain"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// An alarm's transition as JSON shows it.
package struct TransitionDocument: Codable, Sendable, Equatable {
    /// Unique and the same at every retry.
    package var key: String
    package var station: String
    package var rule: String
    package var occurrence: UInt32
    package var from: String
    package var to: String
    package var time: String
    /// Whether the gateway's clock was unknown then (時刻未同期).
    package var timeUncertain: Bool
    package var cause: String
    /// Metres above the gauge zero.
    package var stageMetres: Double?
    /// `at_least` or `below` where the stage only bounds the true one.
    package var stageBound: String?
    package var thresholdMetres: Double?
    /// N of 警戒レベルN相当.
    package var warningLevelEquivalent: Int?
    package var actor: String?
    package var comment: String?
    package var simulated: Bool
    /// False where it is told while the store is down; absent where it is on disk.
    package var stored: Bool?
    /// False where nobody is woken by it; absent where people are told.
    package var told: Bool?
    /// The number of a step that leaves the phase as it is; absent for others.
    package var step: UInt32?
    /// How often the alarm had been told again by then because nobody acknowledged it; absent for
    /// never.
    package var reminders: UInt8?
    /// When a shelf ends.
    package var until: String?
    /// Who was asked to see to it.
    package var assignee: String?
    /// True where a drill (訓練) speaks; absent where it is real.
    package var drill: Bool?

    enum CodingKeys: String, CodingKey {
        case key, station, rule, occurrence, from, to, time, cause, actor, comment, simulated
        case stored, told, step, reminders, until, assignee, drill
        case timeUncertain = "time_uncertain"
        case stageMetres = "stage_m"
        case stageBound = "stage_bound"
        case thresholdMetres = "threshold_m"
        case warningLevelEquivalent = "warning_level_equivalent"
    }

    /// Writes times with the station's offset from UTC, in seconds; the gateway's id goes into the
    /// key.
    package init(_ stored: StoredTransition, gateway: String, offsetSeconds: Int) {
        let transition = stored.transition
        // Not the row: rows begin anew when a database is set aside, and a target that has seen the
        // key would drop the new flood's alarm.
        key =
            [
                gateway, "alarm", transition.subject.station.text, transition.subject.rule,
                "\(transition.occurrence)", transition.to.rawValue,
                "\(transition.time.milliseconds)",
            ].joined(separator: "/") + (transition.step == 0 ? "" : "/\(transition.step)")
        station = transition.subject.station.text
        rule = transition.subject.rule
        occurrence = transition.occurrence
        from = transition.from.rawValue
        to = transition.to.rawValue
        time = transition.time.rfc3339(offsetSeconds: offsetSeconds)
        timeUncertain = transition.isTimeUncertain
        cause = transition.cause.rawValue
        stageMetres = transition.stageMetres
        stageBound = transition.stageBound.name
        thresholdMetres = transition.thresholdMetres
        warningLevelEquivalent = transition.subject.level?.warningLevelEquivalent
        actor = transition.actor
        comment = transition.comment
        simulated = stored.isSimulated
        self.stored = stored.isStored ? nil : false
        told = transition.isQuiet ? false : nil
        step = transition.step == 0 ? nil : transition.step
        reminders = transition.escalation == 0 ? nil : transition.escalation
        until = transition.until?.rfc3339(offsetSeconds: offsetSeconds)
        assignee = transition.assignee
        drill = transition.subject.isDrill ? true : nil
    }
}

/// An entry of the loss ledger as JSON shows it: in the API, in exports, and to targets.
package struct LossDocument: Codable, Sendable, Equatable {
    /// Unique, and the same however often the entry changes.
    package var key: String
    /// 0 for the entry as it was first made; of two, the greater is the newer.
    package var revision: Int64
    /// A sensor's or a source's name; `gateway` for the time in which the gateway did not run.
    package var source: String
    package var cause: String
    package var from: String
    package var to: String
    /// Whether nobody knew the civil time: it began, or ended, then or later.
    package var fromUncertain: Bool
    package var toUncertain: Bool
    /// Absent where nobody can know.
    package var count: UInt64?
    /// Whether there may have been more than `count`.
    package var atLeast: Bool
    /// Whether it came in afterwards: `yes`, `partly`, `no`, or `unknown`.
    package var recovered: String
    /// How many came in afterwards.
    package var recoveredCount: UInt64

    enum CodingKeys: String, CodingKey {
        case key, revision, source, cause, from, to, count, recovered
        case fromUncertain = "from_uncertain"
        case toUncertain = "to_uncertain"
        case atLeast = "at_least"
        case recoveredCount = "recovered_count"
    }

    /// Writes times with the station's offset from UTC, in seconds; the gateway's id goes into the
    /// key.
    package init(_ stored: StoredLoss, gateway: String, offsetSeconds: Int) {
        let record = stored.record
        // Not the row alone: rows may begin anew when a database is set aside.
        key = [
            gateway, "loss", record.cause.rawValue, record.source,
            "\(stored.firstFrom.milliseconds)-\(stored.firstRow)",
        ].joined(separator: "/")
        revision = stored.row - stored.firstRow
        source = record.source
        cause = record.cause.rawValue
        from = record.from.rfc3339(offsetSeconds: offsetSeconds)
        to = record.to.rfc3339(offsetSeconds: offsetSeconds)
        fromUncertain = record.isFromUncertain
        toUncertain = record.isToUncertain
        count = record.count
        atLeast = record.isAtLeast
        recovered =
            switch record.recovery {
            case .unknown: "unknown"
            case .none: "no"
            case .partly: "partly"
            case .all: "yes"
            }
        recoveredCount = record.recoveredCount
    }
}

/// A detection as JSON shows it.
package struct DetectionDocument: Codable, Sendable, Equatable {
    package var id: Int64
    package var key: String
    package var station: String
    package var camera: String
    package var eventID: String
    package var species: String
    package var confidence: Double
    /// x, y, width, height in fractions of the picture.
    package var box: [Double]?
    /// The camera's own clock, believed or not.
    package var cameraTime: String?
    package var receivedAt: String
    package var verdict: String
    /// Whether `/api/v1/detections/{id}/image` has a picture.
    package var hasImage: Bool
    package var simulated: Bool
    /// False where it is told while the store is down, with an `id` of 0; absent where it is on disk.
    package var stored: Bool?

    enum CodingKeys: String, CodingKey {
        case id, key, station, camera, species, confidence, box, verdict, simulated, stored
        case eventID = "event_id"
        case cameraTime = "camera_time"
        case receivedAt = "received_at"
        case hasImage = "has_image"
    }

    /// Writes times with the station's offset from UTC, in seconds; the gateway's id goes into the
    /// key.
    package init(_ stored: StoredDetection, gateway: String, offsetSeconds: Int) {
        let detection = stored.detection
        id = stored.row
        key = "\(gateway)/detection/\(detection.camera)/\(detection.eventID)"
        station = detection.camera.station.text
        camera = detection.camera.description
        eventID = detection.eventID
        species = detection.species
        confidence = detection.confidence
        box = detection.box.map { [$0.x, $0.y, $0.width, $0.height] }
        cameraTime = detection.cameraTime?.rfc3339(offsetSeconds: offsetSeconds)
        receivedAt = detection.received.utc.rfc3339(offsetSeconds: offsetSeconds)
        verdict = detection.verdict.rawValue
        hasImage = detection.image != nil
        simulated = detection.isSimulated
        self.stored = stored.isStored ? nil : false
    }
}
