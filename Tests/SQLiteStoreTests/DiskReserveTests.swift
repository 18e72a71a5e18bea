import Foundation
import GatewayModel
import GatewayPorts
import TestSupport
import Testing

@testable import SQLiteStore

@Suite(.serialized) struct DiskReserveTests {
    private static let limits = StoreLimits(walPages: 64, reserveBytes: 1 << 20)

    private func open(_ disk: SmallDisk) throws -> SQLiteStore {
        try SQLiteStore.open(
            directory: disk.path + "/state", gatewayID: "g", bootID: "b", now: instant(),
            limits: Self.limits
        ).store
    }

    private func alarm(_ number: UInt32) throws -> StoreBatch {
        var batch = StoreBatch()
        batch.transitions = [
            AlarmTransition(
                subject: AlarmSubject(
                    station: try #require(StationID("tsuruoka")), rule: "level.danger"),
                occurrence: number, from: .normal, to: .active, time: instant().utc,
                stageMetres: 3, thresholdMetres: 3, cause: .reached)
        ]
        return batch
    }

    @Test(
        .enabled(
            if: SmallDisk.isPossible, "a file system cannot be mounted here; root may do it"))
    func `on a full disk alarms are written, readings refused, and both go on with room`() throws {
        let disk = try SmallDisk(megabytes: 12)
        let store = try open(disk)
        let description = try sensor("tsuruoka.stage-1")
        let channel = try #require(try store.channels(of: [description])[description.id])
        while try store.maintain(now: instant().utc, forwarded: 0) {}
        #expect(store.reserve.isHeld)
        try disk.fill()
        var readings = StoreBatch()
        readings.observations = (0..<500).map { observation(channel, at: Double($0)) }
        var written = 0
        let failure = #expect(throws: AdapterFailure.self) {
            for _ in 0..<1000 {
                _ = try store.commit(readings)
                written += 500
            }
        }
        #expect(failure?.code == .exhausted)
        for number in 1...50 { _ = try store.commitEssentials(of: try alarm(UInt32(number))) }
        #expect(try store.alarmStates().map(\.occurrence) == [50])
        #expect(!store.reserve.isHeld)
        // The room that was given back is not for readings.
        let refused = #expect(throws: AdapterFailure.self) { try store.commit(readings) }
        #expect(refused?.cause.contains("make room on the card") == true)
        #expect(try store.positions().observations == Int64(written))

        try disk.makeRoom()
        _ = try store.commit(readings)
        #expect(try store.positions().observations == Int64(written + 500))
        while try store.maintain(now: instant().utc, forwarded: 0) {}
        #expect(store.reserve.isHeld)
        try store.close()
    }

    @Test(
        .enabled(
            if: SmallDisk.isPossible, "a file system cannot be mounted here; root may do it"))
    func `a gateway whose disk is full comes up with its alarms`() throws {
        let disk = try SmallDisk(megabytes: 12)
        var store = try open(disk)
        _ = try store.commitEssentials(of: try alarm(1))
        while try store.maintain(now: instant().utc, forwarded: 0) {}
        try store.close()
        try disk.fill()
        store = try open(disk)
        #expect(try store.alarmStates().map(\.phase) == [.active])
        _ = try store.commitEssentials(of: try alarm(2))
        #expect(throws: AdapterFailure.self) { try store.commit(StoreBatch()) }
        try store.close()
    }

    @Test func `what is held takes its blocks, and nothing is held where nothing is asked for`()
        throws
    {
        let directory = try TemporaryDirectory()
        let reserve = DiskReserve(directory: directory.path, byteCount: 1 << 20)
        #expect(!reserve.isHeld && reserve.admitsReadings)
        try reserve.hold()
        #expect(reserve.isHeld)
        var status = stat()
        #expect(stat(reserve.path, &status) == 0)
        #expect(status.st_blocks * 512 >= 1 << 20)
        #expect(reserve.release() && !reserve.isHeld && !reserve.release())
        let none = DiskReserve(directory: directory.path, byteCount: 0)
        try none.hold()
        #expect(none.isHeld && !none.release())
        #expect(try directory.names() == [])
    }
}
