import Forwarding
import GatewayModel
import GatewayPorts

/// Rows as the store gives them out, and what the composer needs around them.
enum StoredSamples {
    static func station() throws -> StationID {
        guard let station = StationID("seiryuji-01") else { throw BadSample() }
        return station
    }

    static func sensor(_ local: String = "stage-1") throws -> SensorID {
        guard let sensor = SensorID(station: try station(), local: local) else { throw BadSample() }
        return sensor
    }

    static func received(at milliseconds: Int64 = 1_795_219_200_000) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: 1, utc: UTCInstant(milliseconds: milliseconds),
            quality: .synchronised)
    }

    static func observation(row: Int64, value: Double? = 1.25, marks: ObservationMarks = []) throws
        -> StoredObservation
    {
        let sensor = try sensor()
        let observation = Observation(
            channel: ChannelIndex(1), time: received().utc, deviceTime: nil, received: received(),
            rawValue: value, value: value, flag: .good, report: QualityReport(), errorCode: 0,
            calibrationVersion: 1,
            identity: .sequence(bootCounter: 1, sequence: UInt32(truncatingIfNeeded: row)),
            marks: marks)
        return StoredObservation(
            row: row, sensor: sensor, observation: observation,
            key: ObservationKey(
                gateway: "pole-1", sensor: sensor, observation: observation, bootID: "b"),
            unit: "m", rawUnit: "mm")
    }

    static func transition(row: Int64, isSimulated: Bool = false) throws -> StoredTransition {
        StoredTransition(
            row: row, alarmNumber: 1,
            transition: AlarmTransition(
                subject: AlarmSubject(station: try station(), level: .danger), occurrence: 1,
                from: .normal, to: .active, time: received().utc, stageMetres: 2.51,
                thresholdMetres: 2.5, cause: .reached),
            isSimulated: isSimulated)
    }

    static func detection(row: Int64, verdict: DetectionVerdict = .notified) throws
        -> StoredDetection
    {
        StoredDetection(
            row: row,
            detection: Detection(
                camera: try sensor("camera-1"), eventID: "e\(row)", species: "macaca fuscata",
                confidence: 0.9, received: received(), verdict: verdict))
    }

    static func loss(row: Int64, firstRow: Int64 = 4, source: String = "gateway") -> StoredLoss {
        StoredLoss(
            row: row, firstRow: firstRow, firstFrom: received().utc,
            record: LossRecord(
                source: source, cause: .offCut, from: received().utc,
                to: received(at: 1_795_219_260_000).utc, count: nil,
                recoveredCount: row == firstRow ? 0 : 2, isToUncertain: true))
    }

    static let composer = DeliveryComposer(
        gateway: "pole-1", offsetSeconds: { _ in 32_400 },
        sentences: { _ in
            .init(
                japanese: "氾濫危険水位に達しました（警戒レベル4相当）。",
                english: "The flood danger level is reached.")
        })
}

struct BadSample: Error {}

/// A clock that stands still.
struct StoppedClock: GatewayClock {
    var milliseconds: Int64 = 1_795_219_200_999

    func now() -> GatewayInstant { StoredSamples.received(at: milliseconds) }
}
