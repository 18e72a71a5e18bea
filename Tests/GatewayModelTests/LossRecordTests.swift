import GatewayModel
import Testing

@Suite struct LossRecordTests {
    private func recovery(
        _ cause: LossRecord.Cause, count: UInt64?, isAtLeast: Bool = false, recovered: UInt64 = 0
    ) -> LossRecord.Recovery {
        let time = UTCInstant(milliseconds: 0)
        return LossRecord(
            source: "mqtt", cause: cause, from: time, to: time, count: count,
            isAtLeast: isAtLeast, recoveredCount: recovered
        ).recovery
    }

    @Test func `a gap is recovered by as many as came`() {
        #expect(recovery(.readingsMissing, count: 3) == .none)
        #expect(recovery(.readingsMissing, count: 3, recovered: 2) == .partly(2))
        #expect(recovery(.readingsMissing, count: 3, recovered: 3) == .all)
        #expect(recovery(.readingsMissing, count: 3, recovered: 4) == .all)
        #expect(recovery(.readingsMissing, count: 3, isAtLeast: true, recovered: 3) == .partly(3))
    }

    @Test func `of a time off nobody knows whether it was all`() {
        #expect(recovery(.offCut, count: nil) == .unknown)
        #expect(recovery(.offStopped, count: nil, recovered: 7) == .partly(7))
    }

    @Test func `where nothing was lost, nothing is missing`() {
        #expect(recovery(.storeDown, count: 0) == .all)
        #expect(recovery(.storeSetAside, count: 0) == .all)
    }

    @Test func `what is removed or refused for good does not come in`() {
        let gone: [LossRecord.Cause] = [
            .quarantineFull, .spoolFailed, .spoolFull, .edgesLost, .readingsRemoved,
            .picturesRemoved, .sumsRemoved,
        ]
        #expect(gone.allSatisfy { recovery($0, count: 5) == .none })
        #expect(recovery(.storeSetAside, count: 5) == .none)
        // Its sender was not told that it is stored, and may send it again.
        let open: [LossRecord.Cause] = [
            .ringFull, .sideLaneFull, .storeDown, .rejectedInput,
        ]
        #expect(open.allSatisfy { recovery($0, count: 5) == .unknown })
        #expect(recovery(.storeSetAside, count: nil) == .unknown)
    }
}
