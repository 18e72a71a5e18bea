import GatewayModel
import GatewayPorts

/// Known bugs, each of which a peer has had: the simulation must find them.
enum Mutant: String, CaseIterable {
    /// Acknowledgements leave one commit too early.
    case acknowledgesBeforeCommit
    /// A target's cursor is saved without what it speaks of: that the target has confirmed the rows.
    case cursorOutsideTransaction
    /// Nobody syncs a folder.
    case folderNotSynced
    /// Intervals are taken from the civil clock.
    case wallClockForIntervals
    /// A message that the broker had kept counts as new.
    case retainedCountsAsNew
    /// Observations get another name after a restart.
    case newKeysAfterRestart
    /// Holds run on the civil clock.
    case wallClockForHold
    /// Readings keep the time that the gateway had before anybody knew it.
    case neverRestamps
    /// Whatever the civil clock says is believed.
    case believesEveryClock
}

/// A store with a bug in how it commits.
final class FaultyStore: ObservationStore {
    private let store: any ObservationStore
    private let mutant: Mutant?
    private var late: StoreBatch?

    init(_ store: any ObservationStore, mutant: Mutant?) {
        self.store = store
        self.mutant = mutant
    }

    func commit(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        switch mutant {
        case .acknowledgesBeforeCommit:
            let positions =
                if let late { try store.commit(late) } else { try store.positions() }
            late = batch
            return positions
        default: return try store.commit(batch)
        }
    }

    func channels(
        of sensors: [SensorDescription]
    ) throws(AdapterFailure) -> [SensorID: ChannelIndex] { try store.channels(of: sensors) }

    func commitEssentials(of batch: StoreBatch) throws(AdapterFailure) -> StreamPositions {
        try store.commitEssentials(of: batch)
    }

    func positions() throws(AdapterFailure) -> StreamPositions { try store.positions() }

    func newestIdentities(limitPerChannel: Int) throws(AdapterFailure) -> [StoredIdentity] {
        try store.newestIdentities(limitPerChannel: limitPerChannel)
    }

    func lookUp(_ observation: Observation) throws(AdapterFailure) -> IdentityLookup {
        try store.lookUp(observation)
    }

    func highestIdentity(
        like observation: Observation
    ) throws(AdapterFailure) -> ReadingIdentity? { try store.highestIdentity(like: observation) }

    func newestObservations() throws(AdapterFailure) -> [Observation] {
        try store.newestObservations()
    }

    func alarmStates() throws(AdapterFailure) -> [AlarmState] { try store.alarmStates() }

    func newestNotifiedDetections() throws(AdapterFailure) -> [Detection] {
        try store.newestNotifiedDetections()
    }

    func calibrationRecords() throws(AdapterFailure) -> [CalibrationRecord] {
        try store.calibrationRecords()
    }

    func recalibrate(
        by recalibrator: any Recalibrator
    ) throws(AdapterFailure) -> RecalibrationSlice? { try store.recalibrate(by: recalibrator) }

    func deviceRecords() throws(AdapterFailure) -> [DeviceRecord] { try store.deviceRecords() }

    func deviceCommands() throws(AdapterFailure) -> [DeviceCommand] {
        try store.deviceCommands()
    }

    func removeOldest(
        _ kind: RemovableKind, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> Bool {
        try store.removeOldest(kind, now: now, forwarded: forwarded)
    }

    func usedBytes() throws(AdapterFailure) -> Int64 { try store.usedBytes() }

    func maintain(now: UTCInstant, forwarded: Int64) throws(AdapterFailure) -> Bool {
        try store.maintain(now: now, forwarded: forwarded)
    }

    func settleClock(
        _ anchor: ClockAnchor?, at now: GatewayInstant
    ) throws(AdapterFailure) -> ClockSettlement {
        if mutant == .neverRestamps { return ClockSettlement() }
        return try store.settleClock(anchor, at: now)
    }

    var isSalvaging: Bool { store.isSalvaging }

    func takeSalvageReport() -> SalvageReport? { store.takeSalvageReport() }
}
