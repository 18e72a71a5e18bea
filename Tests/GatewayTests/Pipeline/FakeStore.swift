import GatewayModel
import GatewayPorts
import Synchronization

@testable import Gateway

/// A store in memory that can be told to fail; called from the pipeline's thread, looked at from
/// the test's.
final class FakeStore: ObservationStore, Sendable {
    struct State {
        var batches: [StoreBatch] = []
        var failure: AdapterFailure?
        var failedCommitCount = 0
        var maintenanceCount = 0
        var removals: [RemovableKind] = []
        /// How many slices of each kind there are to remove.
        var removable: [RemovableKind: Int] = [:]
        var whenCommitting: @Sendable (Int) -> Void = { _ in }
        var whenLookingUp: @Sendable () -> Void = {}
        var identities: [StoredIdentity] = []
        var salvageReport: SalvageReport?
        var settlement = ClockSettlement()
        var recalibration: RecalibrationSlice?
    }

    let state = Mutex(State())

    var batches: [StoreBatch] { state.withLock { $0.batches } }
    var observations: [Observation] { batches.flatMap(\.observations) }

    func fail(_ failure: AdapterFailure?) { state.withLock { $0.failure = failure } }

    func channels(
        of sensors: [SensorDescription]
    ) throws(AdapterFailure) -> [SensorID: ChannelIndex] { [:] }

    func commit(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        let (failure, hook, count) = state.withLock { state in
            if state.failure == nil {
                state.batches.append(batch)
            } else {
                state.failedCommitCount += 1
            }
            return (state.failure, state.whenCommitting, state.batches.count)
        }
        if let failure { throw failure }
        hook(count)
        return StreamPositions(observations: Int64(observations.count))
    }

    func positions() throws(AdapterFailure) -> StreamPositions { StreamPositions() }

    func newestIdentities(limitPerChannel: Int) throws(AdapterFailure) -> [StoredIdentity] {
        state.withLock { $0.identities }
    }

    var isSalvaging: Bool { false }

    func commitEssentials(of batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        state.withLock { $0.batches.append(batch.essentials) }
        return StreamPositions()
    }

    func settleClock(
        _ anchor: ClockAnchor?, at now: GatewayInstant
    ) throws(AdapterFailure) -> ClockSettlement {
        state.withLock { state in
            defer { state.settlement = ClockSettlement() }
            return state.settlement
        }
    }

    func recalibrate(
        by recalibrator: any Recalibrator
    ) throws(AdapterFailure) -> RecalibrationSlice? {
        state.withLock { $0.recalibration.take() }
    }

    func takeSalvageReport() -> SalvageReport? { state.withLock { $0.salvageReport.take() } }

    func lookUp(_ observation: Observation) throws(AdapterFailure) -> IdentityLookup {
        state.withLock { $0.whenLookingUp }()
        return observations.contains { $0.identity == observation.identity } ? .stored : .absent
    }

    func highestIdentity(
        like observation: Observation
    ) throws(AdapterFailure) -> ReadingIdentity? { nil }

    func deviceRecords() throws(AdapterFailure) -> [DeviceRecord] { [] }

    func deviceCommands() throws(AdapterFailure) -> [DeviceCommand] { [] }
    func newestObservations() throws(AdapterFailure) -> [Observation] { [] }

    func alarmStates() throws(AdapterFailure) -> [AlarmState] { [] }

    func newestNotifiedDetections() throws(AdapterFailure) -> [Detection] { [] }

    func removeOldest(
        _ kind: RemovableKind, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> Bool {
        state.withLock { state in
            state.removals.append(kind)
            guard let left = state.removable[kind], left > 0 else { return false }
            state.removable[kind] = left - 1
            return true
        }
    }

    func usedBytes() throws(AdapterFailure) -> Int64 { 42 }

    func maintain(now: UTCInstant, forwarded: Int64) throws(AdapterFailure) -> Bool {
        state.withLock { $0.maintenanceCount += 1 }
        return false
    }
}
