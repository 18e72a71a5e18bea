import Foundation
import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

/// A version of a sensor's calibration.
func calibrationRecord(
    _ number: UInt32, of sensor: String = "tsuruoka.stage-1", from seconds: Double? = nil
) throws -> CalibrationRecord {
    CalibrationRecord(
        sensor: try sensorID(sensor), number: number, validFrom: seconds.map { instant($0).utc },
        rawUnit: "mm", lines: "calibration: { number: \(number) }", author: "佐藤",
        reason: "staff readings", recorded: morning)
}

@Suite struct CalibrationRowsTests {
    @Test func `versions stand as they were entered, over a restart`() throws {
        let open = try OpenStore()
        let records = [
            try calibrationRecord(1, of: "tsuruoka.rain"), try calibrationRecord(1),
            try calibrationRecord(2, from: 60),
        ]
        var batch = StoreBatch()
        batch.calibrations = records
        _ = try open.store.commit(batch)
        #expect(try open.store.calibrationRecords() == records)
        let after = try OpenStore(try open.directory.crashed())
        #expect(try after.store.calibrationRecords() == records)
    }

    @Test func `the past is not rewritten`() throws {
        let open = try OpenStore()
        try open.store.enter([try calibrationRecord(1)])
        var other = try calibrationRecord(1)
        other.lines = "calibration: {}"
        try open.store.enter([other])
        #expect(try open.store.calibrationRecords() == [try calibrationRecord(1)])
    }

    @Test func `versions outlive the database, and a full disk takes them`() throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.calibrations = [try calibrationRecord(1)]
        #expect(!batch.isEmpty && !batch.essentials.isEmpty)
        _ = try open.store.commitEssentials(of: batch)
        batch.removeEssentials()
        #expect(batch.isEmpty)
        try open.maintain(at: 10)
        let directory = try open.directory.crashed()
        try directory.write([UInt8](repeating: 0, count: 8192), to: "kawamori.db")
        try FileManager.default.removeItem(atPath: directory.database + "-wal")
        let standIn = UnopenedStore(
            directory: directory.path,
            failure: AdapterFailure(.busy, operation: "open", cause: "test"), at: morning)
        #expect(try standIn.calibrationRecords() == [try calibrationRecord(1)])
        let after = try OpenStore(directory, now: instant(60))
        #expect(after.report.isRestored)
        #expect(try after.store.calibrationRecords() == [try calibrationRecord(1)])
    }

    @Test func `a copy of an older program has no versions, and is read`() throws {
        let open = try OpenStore()
        var records = try open.store.writer.read { try StoreMirror.Records(database: $0) }
        records.calibrations = nil
        let mirror = StoreMirror(directory: open.directory.path)
        try mirror.write(records)
        var troubles: [String] = []
        #expect(mirror.read(at: morning, troubles: &troubles) == records)
        #expect(troubles.isEmpty && records.calibrationRecords.isEmpty)
    }

    @Test func `a recomputation that is asked for twice begins anew from the earlier time`() throws
    {
        let open = try OpenStore()
        let sensor = try sensorID("tsuruoka.stage-1")
        func begin(_ seconds: Double?) throws -> RecalibrationOrder? {
            var batch = StoreBatch()
            batch.recalibrations = [
                RecalibrationOrder(sensor: sensor, from: seconds.map { instant($0).utc })
            ]
            _ = try open.store.commit(batch)
            return try open.store.writer.read { try CalibrationRows.task(in: $0)?.progress.order }
        }
        #expect(try begin(60)?.from == instant(60).utc)
        #expect(try begin(90)?.from == instant(60).utc)
        #expect(try begin(30)?.from == instant(30).utc)
        #expect(try begin(nil) == RecalibrationOrder(sensor: sensor, from: nil))
        #expect(try begin(30)?.from == nil)
        #expect(try open.count("recalibration") == 1)
    }
}
