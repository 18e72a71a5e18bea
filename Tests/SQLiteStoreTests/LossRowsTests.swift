import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct LossRowsTests {
    private func loss(
        _ count: UInt64?, at seconds: Double = 0, cause: LossRecord.Cause = .sumsRemoved
    ) -> LossRecord {
        LossRecord(
            source: "tsuruoka.stage-1", cause: cause, from: instant(seconds).utc,
            to: instant(seconds + 1).utc, count: count)
    }

    private func entries(_ open: OpenStore) async throws -> [StoredLoss] {
        try await open.archive.losses(limit: 99)
    }

    private func renew(_ row: Int64, in open: OpenStore) throws -> Int64? {
        try open.store.writer.write { try LossRows.renew(row, in: $0) }
    }

    private func grow(by loss: LossRecord, in open: OpenStore) throws -> Bool {
        try open.store.writer.write { try LossRows.grow(by: loss, within: 60_000, in: $0) }
    }

    @Test func `every field comes back as it was written`() async throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.losses = [loss(nil), loss(3)]
        batch.losses[0].isFromUncertain = true
        batch.losses[1].isToUncertain = true
        batch.losses[1].isAtLeast = true
        batch.losses[1].recoveredCount = 2
        let ends = try open.store.commit(batch)
        #expect(try await entries(open).map(\.record) == batch.losses.reversed())
        #expect(ends.losses == 2)
        #expect(try await open.archive.losses(after: 1, limit: 9).map(\.row) == [2])
        #expect(try await open.archive.losses(after: 0, limit: 1).map(\.row) == [1])
    }

    @Test func `a changed entry keeps its name and its place`() async throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.losses = [loss(1), loss(2, at: 9)]
        _ = try open.store.commit(batch)
        let renewed = try renew(1, in: open)
        #expect(renewed == 3)
        let again = try renew(3, in: open)
        #expect(again == 4)
        let all = try await entries(open)
        #expect(all.map(\.row) == [2, 4] && all.map(\.firstRow) == [2, 1])
        #expect(all.map(\.firstFrom) == [instant(9).utc, instant(0).utc])
        let gone = try renew(3, in: open)
        #expect(gone == nil)
        #expect(try await entries(open).count == 2)
    }

    @Test func `an entry that grows is told anew whenever its count has doubled`() async throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.losses = [loss(1)]
        _ = try open.store.commit(batch)
        var rows: [Int64] = []
        for second in 1...8 {
            #expect(try grow(by: loss(1, at: Double(second)), in: open))
            rows += try await entries(open).map(\.row)
        }
        #expect(rows == [2, 2, 3, 3, 3, 3, 4, 4])
        #expect(try await entries(open).map(\.record.count) == [9])
        #expect(try await entries(open).map(\.record.to) == [instant(9).utc])
    }

    @Test(arguments: [
        (59.0, LossRecord.Cause.sumsRemoved, true), (60, .sumsRemoved, false),
        (-1, .sumsRemoved, false), (5, .readingsRemoved, false),
    ])
    func `an entry grows within its time and of its own cause only`(
        second: Double, cause: LossRecord.Cause, grows: Bool
    ) throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.losses = [loss(1)]
        _ = try open.store.commit(batch)
        let hasGrown = try grow(by: loss(1, at: second, cause: cause), in: open)
        #expect(hasGrown == grows)
    }

    @Test func `the export has what reaches into the time, oldest beginning first`() throws {
        let open = try OpenStore()
        var batch = StoreBatch()
        batch.losses = [loss(2, at: 20), loss(1, at: 10), loss(3, at: 30)]
        _ = try open.store.commit(batch)
        func counts(_ from: Double, _ to: Double) throws -> [UInt64?] {
            var counts: [UInt64?] = []
            try open.archive.exportLosses(from: instant(from).utc, to: instant(to).utc) {
                counts.append($0.count)
            }
            return counts
        }
        #expect(try counts(0, 99) == [1, 2, 3])
        #expect(try counts(11, 30) == [1, 2])
        #expect(try counts(11.5, 20.5) == [2])
    }
}
