import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

/// A directory of its own for one test; gone with the last reference to it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "kawamori-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/kawamori.db" }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// What a kill at this moment would leave behind: the files as they are, nothing closed.
    func crashed() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        for name in try names() where !name.hasSuffix("-shm") {
            try copy.write(try bytes(name), to: name)
        }
        return copy
    }
}

let morning = UTCInstant(milliseconds: 1_795_252_200_000)  // 2026-11-21T09:10:00Z

func instant(_ seconds: Double = 0, monotonic: Int64 = 1_000_000_000) -> GatewayInstant {
    GatewayInstant(
        monotonicNanoseconds: monotonic + Int64(seconds * 1e9),
        utc: morning.advanced(byMilliseconds: Int64(seconds * 1000)), quality: .synchronised)
}

func sensorID(_ text: String) throws -> SensorID { try #require(SensorID(text)) }

func sensor(_ text: String) throws -> SensorDescription {
    SensorDescription(
        id: try sensorID(text), kind: SensorKind("stage.ultrasonic"), rawUnit: "mm",
        calibration: Calibration(form: .linear(offset: 3.2, scale: -0.001), unit: "m"))
}

/// An observation whose fields all differ from their defaults.
func observation(
    _ channel: ChannelIndex, at seconds: Double, value: Double? = 1.5, flag: QualityFlag = .good,
    identity: ReadingIdentity = .none, deviceTime: UTCInstant? = nil, received: Double? = nil,
    marks: ObservationMarks = [.late]
) -> Observation {
    var report = QualityReport()
    report[.grossRange] = .good
    report[.neighbor] = .missing
    return Observation(
        channel: channel, time: morning.advanced(byMilliseconds: Int64(seconds * 1000)),
        deviceTime: deviceTime, received: instant(received ?? seconds),
        rawValue: value.map { $0 * 1000 }, value: value, flag: flag, report: report,
        errorCode: value == nil ? 7 : 0, calibrationVersion: 3, identity: identity, marks: marks,
        burst: BurstStatistics(spread: 2.5, validCount: 250, pingCount: 251))
}

/// An open store with its readers.
struct OpenStore {
    let directory: TemporaryDirectory
    let store: SQLiteStore
    let archive: SQLiteArchive
    let report: OpeningReport

    init(
        _ directory: TemporaryDirectory? = nil, bootID: String = "boot-a",
        now: GatewayInstant = instant(), isSimulated: Bool = false,
        offsetSeconds: [String: Int] = ["tsuruoka": 32_400], limits: StoreLimits = StoreLimits()
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        var offsets: [StationID: Int] = [:]
        for (station, offset) in offsetSeconds {
            offsets[try #require(StationID(station))] = offset
        }
        let opened = try SQLiteStore.open(
            directory: directory.path, gatewayID: "gateway-1", bootID: bootID, now: now,
            isSimulated: isSimulated, offsetSeconds: offsets, limits: limits)
        self.directory = directory
        store = opened.store
        archive = opened.archive
        report = opened.report
    }

    func channel(_ text: String) throws -> ChannelIndex {
        let sensor = try sensor(text)
        return try #require(try store.channels(of: [sensor])[sensor.id])
    }

    @discardableResult
    func commit(_ observations: [Observation]) throws -> StreamPositions {
        var batch = StoreBatch()
        batch.observations = observations
        return try store.commit(batch)
    }

    /// Maintains until nothing waits.
    func maintain(at seconds: Double, forwarded: Int64 = .max) throws {
        let now = morning.advanced(byMilliseconds: Int64(seconds * 1000))
        for _ in 0..<10_000 {
            guard try store.maintain(now: now, forwarded: forwarded) else { return }
        }
        Issue.record("maintenance does not end")
    }

    func count(_ table: String) throws -> Int {
        try store.writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    func pragma(_ name: String) throws -> String {
        try store.writer.read { try String.fetchOne($0, sql: "PRAGMA \(name)") ?? "" }
    }

    func all(_ sensor: String, limit: Int = 10_000) async throws -> [StoredObservation] {
        try await archive.observations(
            of: try sensorID(sensor), from: UTCInstant(milliseconds: .min),
            to: UTCInstant(milliseconds: .max), limit: limit, after: nil)
    }
}
