import Console
import Foundation
import GatewayModel
import GatewayPorts
import Synchronization

/// Three stations on a November day: one in flood, one silent, one whose sensor just failed.
enum Riverside {
    /// 2022-11-25 13:14:20 in Japan.
    static let now = GatewayInstant(
        monotonicNanoseconds: 500_000_000_000_000,
        utc: UTCInstant(milliseconds: 1_669_349_660_000), quality: .synchronised)
    static let started = GatewayInstant(
        monotonicNanoseconds: 1_000_000_000_000,
        utc: UTCInstant(milliseconds: 1_668_850_660_000), quality: .synchronised)

    static let flood = station(
        "seiryuji-01", "青龍寺川 第1", "Shoryuji River No. 1", river: "青龍寺川",
        attribution: "鶴岡市 河川水位観測(CC BY 4.0)",
        sensors: ["stage-1": "stage.ultrasonic", "rain-1": "rain.tipping", "camera-1": "camera"])
    static let silent = station(
        "akagawa-02", "赤川 大橋", "Akagawa Bridge", river: "赤川", sensors: ["stage-1": "stage.pressure"]
    )
    static let failing = station(
        "kuji-03", "久慈川 山方", "Kuji River at Yamagata", river: "久慈川",
        attribution: "国土交通省 水文水質データベースを加工して作成", sensors: ["stage-1": "stage.radar"])

    static func station(
        _ id: String, _ name: String, _ nameEnglish: String?, river: String,
        attribution: String? = nil, sensors: KeyValuePairs<String, String>
    ) -> Station {
        guard let stationID = StationID(id) else { preconditionFailure("\(id) is no slug") }
        return Station(
            id: stationID, name: name, nameEnglish: nameEnglish, river: river, latitude: 38.70,
            longitude: 139.80, datum: Datum(name: "T.P.", zeroMetres: 12.340),
            attribution: attribution,
            sensors: sensors.compactMap { local, kind in
                SensorID(station: stationID, local: local).map { id in
                    let isRain = kind.hasPrefix("rain")
                    return SensorDescription(
                        id: id, name: isRain ? "雨量" : nil, kind: SensorKind(kind), rawUnit: "mm",
                        calibration: Calibration(
                            form: .linear(offset: isRain ? 0 : 3.2, scale: isRain ? 1 : -0.001),
                            unit: isRain ? "mm" : "m"),
                        expectedIntervalSeconds: 600)
                }
            },
            levels: FloodLevels(
                observationStartMetres: 0.8,
                thresholdMetres: [
                    .standby: 1.0, .caution: 1.5, .evacuationJudgement: 2.0, .danger: 2.5,
                    .overflow: 3.2,
                ]))
    }

    static func sensor(_ station: Station, _ index: Int = 0) -> SensorID {
        station.sensors[index].id
    }

    static func observation(
        _ value: Double?, secondsAgo: Int64, flag: QualityFlag = .good, at now: GatewayInstant = now
    ) -> Observation {
        let time = now.utc.advanced(byMilliseconds: -secondsAgo * 1000)
        return Observation(
            channel: ChannelIndex(1), time: time, deviceTime: nil,
            received: GatewayInstant(
                monotonicNanoseconds: now.monotonicNanoseconds - secondsAgo * 1_000_000_000,
                utc: time, quality: .synchronised),
            rawValue: value.map { (3.2 - $0) * 1000 }, value: value, flag: flag,
            report: QualityReport(), errorCode: 0, calibrationVersion: 1, identity: .none,
            marks: [])
    }

    static func snapshot(isSimulated: Bool = false) -> LiveSnapshot {
        var snapshot = LiveSnapshot(
            gatewayID: "tsuruoka-gw1", isSimulated: isSimulated, started: started,
            stations: [flood, silent, failing])
        snapshot.readings[sensor(flood)] = LiveReading(
            observation: observation(1.624, secondsAgo: 120), trend: .rising,
            rate: RateOfRise(
                metresPerHour: 0.6, standardErrorMetresPerHour: 0.03, stageMetres: 1.62,
                spanSeconds: 1800, pointCount: 31),
            batteryMillivolts: 3912, lastUsable: nil)
        snapshot.readings[sensor(flood, 1)] = LiveReading(
            observation: observation(4.5, secondsAgo: 120), trend: .unknown,
            batteryMillivolts: nil, lastUsable: nil)
        snapshot.readings[sensor(silent)] = LiveReading(
            observation: observation(0.84, secondsAgo: 47 * 60), trend: .falling,
            batteryMillivolts: 3405, lastUsable: nil)
        snapshot.readings[sensor(failing)] = LiveReading(
            observation: observation(nil, secondsAgo: 200, flag: .missing), trend: .rising,
            batteryMillivolts: 3700, lastUsable: observation(2.613, secondsAgo: 800))
        snapshot.alarms = [
            alarm(flood, .caution, .active), alarm(failing, .danger, .acknowledged),
        ]
        snapshot.sources = [
            SourceStatus(
                name: "mqtt", isConnected: true, detail: "connected to 127.0.0.1:1883",
                since: started)
        ]
        var platform = TargetStatus(name: "idris")
        platform.isReachable = false
        platform.waitingCount = 1240
        platform.deliveredCount = 88_412
        platform.failedAttemptCount = 17
        platform.lastFailure = "deliver: connection refused (unreachable)"
        platform.lastSuccess = now.utc.advanced(byMilliseconds: -7_200_000)
        var topic = TargetStatus(name: "city-topic")
        topic.deliveredCount = 91_002
        topic.lastSuccess = now.utc
        snapshot.targets = [platform, topic]
        snapshot.rings = [
            RingStatus(source: "mqtt", capacity: 4096, highWaterMark: 312, refusedCount: 0)
        ]
        snapshot.store.commitCount = 8_231
        snapshot.store.lastCommit = now.utc
        snapshot.store.fileBytes = 48_312_320
        snapshot.store.waitingRowCount = 3
        snapshot.counters = [
            .samples(source: "mqtt"): 91_010, .rejected(.checksumMismatch): 4,
            .rejected(.unknownSensor): 2, .duplicates: 37, .flagged(.good): 90_100,
            .flagged(.suspect): 120, .flagged(.fail): 44, .check(.grossRange, .fail): 44,
            .detections(.notified): 3,
        ]
        return snapshot
    }

    static func alarm(_ station: Station, _ level: FloodLevel, _ phase: AlarmPhase) -> AlarmState {
        AlarmState(
            subject: AlarmSubject(station: station.id, level: level), occurrence: 1, phase: phase,
            openedAt: now.utc.advanced(byMilliseconds: -3_600_000),
            since: now.utc.advanced(byMilliseconds: -3_000_000), peakMetres: 1.66,
            acknowledgedBy: phase == .acknowledged ? "佐藤" : nil,
            comment: phase == .acknowledged ? "現地確認へ" : nil)
    }

    static func gateway(passwordIterations: Int = 2) throws -> FakeGateway {
        let gateway = FakeGateway()
        let accounts = try ["viewer", "student", "officer", "admin"].map { name in
            Account(
                name: name, role: Account.Role(rawValue: name) ?? .viewer,
                passwordHash: try PasswordHash.make(
                    "\(name)-secret", iterations: passwordIterations))
        }
        gateway.state.withLock { state in
            for account in accounts { state.accounts[account.name] = account }
            state.observations = observations()
            state.alarms = [
                StoredAlarm(number: 1, state: alarm(silent, .standby, .cleared)),
                StoredAlarm(number: 2, state: alarm(failing, .danger, .acknowledged)),
                StoredAlarm(number: 3, state: alarm(flood, .caution, .active)),
            ]
            state.transitions = [
                StoredTransition(
                    row: 1, alarmNumber: 3,
                    transition: AlarmTransition(
                        subject: AlarmSubject(station: flood.id, level: .caution), occurrence: 1,
                        from: .normal, to: .active,
                        time: now.utc.advanced(byMilliseconds: -3_600_000), stageMetres: 1.52,
                        thresholdMetres: 1.5, cause: .reached), isSimulated: false)
            ]
            state.detections = (1...3).map(detection)
            state.losses = [
                LossRecord(
                    source: "camera", cause: .spoolFailed,
                    from: now.utc.advanced(byMilliseconds: -90_000_000),
                    to: now.utc.advanced(byMilliseconds: -89_000_000), count: 2)
            ]
            state.rejections = [rejection(topic: "kawamori/v1/seiryuji-01/stage-1/data")]
        }
        return gateway
    }

    static func rejection(topic: String) -> StoredRejection {
        let bytes: [UInt8] = Array("{\"value\": <script>alert(1)</script>".utf8) + [0, 255, 10]
        return StoredRejection(
            row: 1,
            message: RejectedMessage(
                source: "mqtt", topic: topic,
                error: DecodeError(.malformed, at: 10, "expected a number, found <"),
                payload: bytes.span, received: now))
    }

    static func detection(_ row: Int) -> StoredDetection {
        StoredDetection(
            row: Int64(row),
            detection: Detection(
                camera: sensor(flood, 2), eventID: "event-\(row)",
                species: row == 2 ? "macaca fuscata" : "ursus thibetanus",
                confidence: 0.62 + Double(row) / 10,
                box: BoundingBox(x: 0.3, y: 0.25, width: 0.3, height: 0.4), received: now,
                image: row == 1
                    ? nil
                    : SpooledImage(
                        fileName: "event-\(row).jpg", byteCount: 3, mediaType: "image/jpeg"),
                verdict: row == 1 ? .belowConfidence : .notified))
    }

    /// Two days of a flood that rises, at ten minutes, with a few bad readings, and its rain.
    static func observations() -> [StoredObservation] {
        var rows: [StoredObservation] = []
        for step in 0..<288 {
            let ago = Int64(287 - step) * 600 + 120
            let height = 0.42 + 1.2 / (1 + exp(-Double(step - 245) / 9)) + 0.01 * sin(Double(step))
            let flag: QualityFlag = step % 97 == 60 ? .fail : step % 71 == 50 ? .suspect : .good
            let value = flag == .fail ? 4.9 : height
            let drops = max(0, 6 * exp(-pow(Double(step - 235) / 14, 2)) - 0.4)
            for (index, reading) in [value, (drops * 2).rounded() / 2].enumerated() {
                let id = sensor(flood, index)
                let item = observation(reading, secondsAgo: ago, flag: index == 0 ? flag : .good)
                rows.append(
                    StoredObservation(
                        row: Int64(rows.count + 1), sensor: id, observation: item,
                        key: ObservationKey("tsuruoka-gw1/\(id)/s1-\(step)"),
                        unit: index == 0 ? "m" : "mm", rawUnit: "mm"))
            }
        }
        return rows
    }
}
