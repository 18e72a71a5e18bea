import GRDB
import GatewayModel
import GatewayPorts
import Testing

@testable import SQLiteStore

@Suite struct RefusedInputTests {
    private func refused(
        _ reason: RejectionReason = .malformed, at seconds: Double, source: String = "mqtt",
        count: Int = 1
    ) -> RejectedMessage {
        let payload: [UInt8] = [0x2A]
        var message = RejectedMessage(
            source: source, topic: "river/1", error: DecodeError(reason, "no number"),
            payload: payload.span, received: instant(seconds))
        message.recordCount = count
        return message
    }

    private func commit(_ messages: [RejectedMessage], in open: OpenStore) throws {
        var batch = StoreBatch()
        batch.rejected = messages
        _ = try open.store.commit(batch)
    }

    private func entries(_ open: OpenStore) async throws -> [LossRecord] {
        try await open.archive.losses(limit: 99).map(\.record)
            .filter { $0.cause == .rejectedInput }
    }

    @Test func `what is refused stands in the ledger at once, by source and reason`() async throws {
        let open = try OpenStore()
        try commit(
            [
                refused(at: 1, count: 3), refused(.checksumMismatch, at: 2),
                refused(at: 3, source: "replay"), refused(at: 4),
            ], in: open)
        let losses = try await entries(open).sorted { $0.source < $1.source }
        #expect(
            losses.map(\.source) == [
                "mqtt/checksum_mismatch", "mqtt/malformed", "replay/malformed",
            ])
        #expect(losses.map(\.count) == [1, 4, 1])
        #expect(losses[1].from == instant(1).utc && losses[1].to == instant(4).utc)
        #expect(losses.allSatisfy { $0.recovery == .unknown && !$0.isFromUncertain })
    }

    @Test func `what the broker only remembers is no loss`() async throws {
        let open = try OpenStore()
        try commit([refused(.retained, at: 1)], in: open)
        #expect(try await entries(open).isEmpty)
        #expect(try open.count("rejection") == 1)
    }

    @Test func `an entry grows within an hour, and once a minute at most`() async throws {
        let open = try OpenStore()
        for second in stride(from: 0, through: 59, by: 1) {
            try commit([refused(at: Double(second))], in: open)
        }
        #expect(try await entries(open).map(\.count) == [1], "one change a minute")
        try commit([refused(at: 60)], in: open)
        #expect(try await entries(open).map(\.count) == [61])
        // Readings bring a commit too, in which what waits is entered.
        try commit([refused(at: 61)], in: open)
        let channel = try open.channel("tsuruoka.stage-1")
        try open.commit([observation(channel, at: 125, marks: [])])
        #expect(try await entries(open).map(\.count) == [62])
        try commit([refused(at: 3601)], in: open)
        #expect(try await entries(open).map(\.count) == [1, 62], "another hour, another entry")
    }

    @Test func `a store that is closed has entered everything`() async throws {
        let open = try OpenStore()
        try commit([refused(at: 0)], in: open)
        try commit([refused(at: 1)], in: open)
        try open.store.close()
        let after = try OpenStore(open.directory)
        #expect(try await entries(after).map(\.count) == [2])
        try commit([refused(at: 100)], in: after)
        #expect(try await entries(after).map(\.count) == [3], "nothing is counted twice")
    }

    @Test func `what a process that was killed had not entered, the next one does`() async throws {
        let open = try OpenStore()
        try commit([refused(at: 0)], in: open)
        try commit([refused(at: 1), refused(.invalidUTF8, at: 2)], in: open)
        let after = try OpenStore(try open.directory.crashed())
        let channel = try after.channel("tsuruoka.stage-1")
        try after.commit([observation(channel, at: 5, marks: [])])
        let losses = try await entries(after).sorted { $0.source < $1.source }
        #expect(losses.map(\.source) == ["mqtt/invalid_utf8", "mqtt/malformed"])
        #expect(losses.map(\.count) == [1, 2])
    }

    @Test func `what an older program has refused is not taken for new`() async throws {
        let open = try OpenStore()
        try commit([refused(at: 0)], in: open)
        try await open.store.writer.write { database in
            try database.execute(sql: "DELETE FROM meta WHERE key = 'refused_row'")
            try database.execute(sql: "DELETE FROM loss")
        }
        let after = try OpenStore(try open.directory.crashed())
        try commit([refused(.invalidUTF8, at: 100)], in: after)
        #expect(try await entries(after).map(\.source) == ["mqtt/invalid_utf8"])
    }
}
