import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct StoreOutageTests {
    private let failure = AdapterFailure(.inputOutput, operation: "commit", cause: "EIO")

    private func transition(_ occurrence: UInt32) throws -> AlarmTransition {
        AlarmTransition(
            subject: AlarmSubject(station: try testStation().id, level: .danger),
            occurrence: occurrence, from: .normal, to: .active, time: instant().utc,
            cause: .reached)
    }

    @Test func `it begins once, ends, and the ledger gets the whole time`() {
        var outage = StoreOutage()
        #expect(!outage.isDown && outage.loss(until: instant().utc) == nil)
        let later = outage.fail(failure, at: instant(10).utc)
        let again = outage.fail(failure, at: instant(20).utc)
        #expect(later && !again && outage.isDown)
        let expected = LossRecord(
            source: "store", cause: .storeDown, from: instant(10).utc, to: instant(60).utc, count: 0
        )
        #expect(outage.loss(until: instant(60).utc) == expected)
        outage.end()
        #expect(!outage.isDown && outage.failure == nil)
    }

    @Test func `everything is handed over once, marked as not stored`() throws {
        var outage = StoreOutage()
        var batch = StoreBatch()
        batch.transitions = [try transition(1)]
        #expect(outage.untold(of: batch, isSimulated: false).isEmpty, "the store works")
        _ = outage.fail(failure, at: instant().utc)
        let first = outage.untold(of: batch, isSimulated: true)
        guard case .transition(let stored)? = first.first else {
            Issue.record("the alarm was not handed over")
            return
        }
        #expect(first.count == 1 && !stored.isStored && stored.isSimulated)
        #expect(outage.untold(of: batch, isSimulated: false).isEmpty)
        batch.transitions.append(try transition(2))
        var notified = try detection("bear")
        notified.verdict = .notified
        batch.detections = [try detection("mouse"), notified]
        #expect(outage.untold(of: batch, isSimulated: false).count == 2)
        #expect(outage.untold(of: batch, isSimulated: false).isEmpty)
        // On a full disk the alarms are stored, and new ones begin the list anew.
        batch.removeEssentials()
        outage.didStoreEssentials()
        batch.transitions = [try transition(3)]
        #expect(outage.untold(of: batch, isSimulated: false).count == 2, "and the animal again")
    }

    @Test func `what waits is bounded, the oldest goes and is counted`() throws {
        var outage = StoreOutage()
        _ = outage.fail(failure, at: instant().utc)
        var batch = StoreBatch()
        for number in 1...(StoreOutage.transitionLimit + 5) {
            batch.transitions.append(try transition(UInt32(number)))
        }
        #expect(
            outage.untold(of: batch, isSimulated: false).count == StoreOutage.transitionLimit + 5)
        outage.bound(&batch)
        #expect(batch.transitions.first?.occurrence == 6)
        #expect(outage.untold(of: batch, isSimulated: false).isEmpty)
        batch.transitions.append(try transition(9999))
        #expect(outage.untold(of: batch, isSimulated: false).count == 1)
        #expect(outage.loss(until: instant(1).utc)?.count == 5)
    }

    @Test func `ledger entries of one source and cause become one where there are too many`() {
        var outage = StoreOutage()
        _ = outage.fail(failure, at: instant().utc)
        var batch = StoreBatch()
        for number in 0...StoreOutage.recordLimit {
            batch.losses.append(
                LossRecord(
                    source: "gpio", cause: .edgesLost, from: instant(Double(number)).utc,
                    to: instant(Double(number) + 1).utc, count: number == 3 ? nil : 2))
        }
        outage.bound(&batch)
        #expect(
            batch.losses == [
                LossRecord(
                    source: "gpio", cause: .edgesLost, from: instant(0).utc,
                    to: instant(Double(StoreOutage.recordLimit) + 1).utc,
                    count: UInt64(StoreOutage.recordLimit) * 2, isAtLeast: true)
            ])
    }
}
