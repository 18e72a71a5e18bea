import Foundation
import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PipelineRunnerOutageTests {
    private func rest(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

    /// The alarms that targets are to be told although they are not stored, by rule.
    private func unstored(_ runner: TestRunner) -> [String] {
        var rules: [String] = []
        let items = runner.ends.unstored
        var number: UInt64 = 0
        while let next = items.first(after: number) {
            number = next.number
            if case .transition(let stored) = next.item, !stored.isStored {
                rules.append(stored.transition.subject.rule)
            }
        }
        return rules
    }

    private let broken = AdapterFailure(.inputOutput, operation: "commit", cause: "EIO")

    @Test func `a store that is down is an alarm at once, and ends with an entry in the ledger`()
        throws
    {
        let runner = try TestRunner(windowSeconds: 0.05)
        runner.store.fail(broken)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { self.unstored(runner) == [SystemRule.storeDown] })
        let live = runner.board.snapshot
        #expect(live.store.downSince == instant().utc)
        #expect(live.store.unstoredNoticeCount == 1)
        let alarm = try #require(
            live.alarms.first { $0.subject.rule == SystemRule.storeDown })
        #expect(alarm.phase == .active && alarm.comment?.contains("EIO") == true)
        runner.store.fail(nil)
        #expect(eventually { runner.store.batches.flatMap(\.transitions).count == 2 })
        let first = try #require(runner.store.batches.first)
        // The commit that ends the outage is the one that tells of it.
        #expect(
            first.losses == [
                LossRecord(
                    source: "store", cause: .storeDown, from: instant().utc, to: instant().utc,
                    count: 0)
            ])
        #expect(first.observations.count == 1)
        #expect(runner.store.batches.flatMap(\.losses).count == 1)
        #expect(eventually { runner.board.snapshot.store.downSince == nil })
        #expect(unstored(runner).isEmpty)
        #expect(runner.end())
    }

    @Test func `while the store is down lines are judged, and every alarm is handed over once`()
        throws
    {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(broken)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.source.gate.isRefused })
        runner.lines.send(stage(1.5, at: 1, sequence: 2))
        let expected = [SystemRule.storeDown, "level.caution"]
        #expect(eventually { self.unstored(runner) == expected })
        runner.lines.send(stage(2.5, at: 2, sequence: 3))
        #expect(eventually { self.unstored(runner) == expected + ["level.danger"] })
        #expect(runner.store.batches.isEmpty)
        runner.store.fail(nil)
        #expect(eventually { runner.store.observations.count == 3 })
        #expect(eventually { runner.store.batches.flatMap(\.transitions).count == 4 })
        #expect(runner.end())
    }

    @Test func `what is overheard is judged, kept, and known when the original comes`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(broken)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.source.gate.isRefused })
        runner.ear.send(stage(1.5, at: 1, sequence: 2))
        #expect(eventually { self.unstored(runner).last == "level.caution" })
        // Its original will be stored: a second row could not be told from it.
        runner.ear.send(stage(2.5, at: 2))
        #expect(eventually { self.unstored(runner).last == "level.danger" })
        #expect(runner.ear.gate.isRefused == false)
        runner.store.fail(nil)
        #expect(eventually { runner.source.gate.committed == 1 })
        runner.source.send(stage(1.5, at: 1, sequence: 2, marks: .wantsAcknowledgement))
        runner.source.gate.requestCommit()
        #expect(eventually { runner.acknowledged.sequences == [2] })
        #expect(runner.end())
        #expect(
            runner.store.observations.map(\.identity) == [
                .sequence(bootCounter: 1, sequence: 1), .sequence(bootCounter: 1, sequence: 2),
            ])
    }

    @Test func `what the memory cannot hold is judged, counted and in the ledger`() throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        runner.store.fail(broken)
        try runner.start()
        runner.source.send(stage(0.5, sequence: 1))
        #expect(eventually { runner.source.gate.isRefused })
        var sent = 0
        while sent < StoreOutage.rowLimit + 20 {
            if runner.lines.push(stage(0.5, at: Double(sent), sequence: UInt32(sent + 2))) {
                sent += 1
            } else {
                runner.lines.announce()
                rest(0.001)
            }
        }
        runner.lines.send(stage(2.5, at: Double(sent), sequence: UInt32(sent + 2)))
        #expect(eventually { self.unstored(runner).last == "level.danger" })
        #expect(eventually { runner.board.snapshot.store.lostCount == 22 })
        runner.store.fail(nil)
        #expect(eventually { runner.store.observations.count == StoreOutage.rowLimit })
        let losses = runner.store.batches.flatMap(\.losses)
        #expect(losses.first { $0.source == "gpio" && $0.cause == .storeDown }?.count == 22)
        #expect(runner.end())
    }

    @Test func `a run that cannot open its store begins with the alarm and acknowledges nothing`()
        throws
    {
        let runner = try TestRunner(windowSeconds: 0.01, openingFailure: broken)
        runner.store.fail(broken)
        try runner.start()
        #expect(eventually { self.unstored(runner) == [SystemRule.storeDown] })
        #expect(runner.source.gate.isRefused)
        #expect(runner.end())
    }
}
