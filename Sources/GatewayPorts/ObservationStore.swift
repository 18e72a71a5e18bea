package import GatewayModel

/// Everything that one commit makes durable together.
package struct StoreBatch: Sendable {
    package var observations: [Observation] = []
    /// What the first readings of this commit have shown against stored ones.
    package var settlements: [Settlement] = []
    package var detections: [Detection] = []
    package var transitions: [AlarmTransition] = []
    /// The peaks that have grown since the last commit, the newest of each alarm.
    package var peaks: [AlarmSubject: AlarmPeak] = [:]
    /// The holds that have begun or ended since the last commit, as they stand now.
    package var holds: [AlarmSubject: AlarmHold] = [:]
    /// What people and time have made of alarms since the last commit, as it stands now.
    package var handlings: [AlarmSubject: HandlingRecord] = [:]
    package var rejected: [RejectedMessage] = []
    package var losses: [LossRecord] = []
    package var progress: [TargetProgress] = []
    package var accounts: [Account] = []
    package var audit: [AuditEntry] = []
    package var devices = DeviceRows()
    /// New versions of calibrations.
    package var calibrations: [CalibrationRecord] = []
    /// Recomputations that are to begin; one that runs begins anew.
    package var recalibrations: [RecalibrationOrder] = []

    package init() {}

    /// What is written even on a full disk: alarms, losses, and what people did.
    package var essentials: StoreBatch {
        var batch = StoreBatch()
        batch.transitions = transitions
        batch.peaks = peaks
        batch.holds = holds
        batch.handlings = handlings
        batch.losses = losses
        batch.accounts = accounts
        batch.audit = audit
        batch.calibrations = calibrations
        batch.recalibrations = recalibrations
        return batch
    }

    /// Takes the essentials out, because they are written.
    package mutating func removeEssentials() {
        transitions = []
        peaks = [:]
        holds = [:]
        handlings = [:]
        losses = []
        accounts = []
        audit = []
        calibrations = []
        recalibrations = []
    }

    package var isEmpty: Bool {
        observations.isEmpty && settlements.isEmpty && detections.isEmpty && transitions.isEmpty
            && peaks.isEmpty && holds.isEmpty && handlings.isEmpty && rejected.isEmpty
            && losses.isEmpty && progress.isEmpty && accounts.isEmpty && audit.isEmpty
            && devices.isEmpty && calibrations.isEmpty && recalibrations.isEmpty
    }
}

/// The final flags of a stored reading: the newest of its channel that was not late.
package struct Settlement: Sendable, Equatable {
    package var channel: ChannelIndex
    /// The reading's own time.
    package var time: UTCInstant
    package var report: QualityReport

    package init(channel: ChannelIndex, time: UTCInstant, report: QualityReport) {
        self.channel = channel
        self.time = time
        self.report = report
    }
}

/// Where the streams that targets follow end after a commit: the newest row of each, 0 for none.
package struct StreamPositions: Sendable, Equatable {
    package var observations: Int64
    package var transitions: Int64
    package var detections: Int64
    package var losses: Int64

    package init(
        observations: Int64 = 0, transitions: Int64 = 0, detections: Int64 = 0, losses: Int64 = 0
    ) {
        self.observations = observations
        self.transitions = transitions
        self.detections = detections
        self.losses = losses
    }
}

/// What the store knows of a reading's identity.
package enum IdentityLookup: Sendable, Equatable {
    case absent
    /// The same reading with the same content is stored.
    case stored
    /// A reading of that identity is stored, and its content differs.
    case conflicting
}

/// One stored identity of a channel, to refill the pipeline's duplicate windows after a start.
package struct StoredIdentity: Sendable, Equatable {
    package var channel: ChannelIndex
    package var identity: ReadingIdentity
    package var contentDigest: UInt32
    /// The device that sent it; 0 where the format has no such id.
    package var deviceID: UInt64
    package var time: UTCInstant

    package init(
        channel: ChannelIndex, identity: ReadingIdentity, contentDigest: UInt32,
        deviceID: UInt64 = 0, time: UTCInstant = UTCInstant(milliseconds: 0)
    ) {
        self.channel = channel
        self.identity = identity
        self.contentDigest = contentDigest
        self.deviceID = deviceID
        self.time = time
    }
}

/// What may be removed to make room on a disk that fills; alarms, losses, accounts and the audit log
/// may not.
package enum RemovableKind: Sendable, CaseIterable {
    /// Pages of the file that hold nothing any more.
    case freePages
    /// Raw readings that every target has had.
    case readings
    /// Sums over ten minutes.
    case sums
}

/// The one writer of the store; called from the pipeline's thread only.
package protocol ObservationStore: AnyObject {
    /// The channel numbers of these sensors; unseen sensors get new ones, for ever.
    func channels(
        of sensors: [SensorDescription]
    ) throws(AdapterFailure) -> [SensorID: ChannelIndex]

    /// Makes a batch durable, all of it or nothing.
    ///
    /// When this returns, the data survives a power cut: the commit was synced to the disk.
    func commit(_ batch: StoreBatch) throws(AdapterFailure) -> StreamPositions

    /// Makes the essentials of a batch durable on a full disk, in the room that is held for them.
    func commitEssentials(of batch: StoreBatch) throws(AdapterFailure) -> StreamPositions

    /// Where the streams end.
    func positions() throws(AdapterFailure) -> StreamPositions

    /// The newest identities of every channel, oldest first, at most `limitPerChannel` of each.
    func newestIdentities(limitPerChannel: Int) throws(AdapterFailure) -> [StoredIdentity]

    /// Looks a reading up that is older than the duplicate windows reach.
    func lookUp(_ observation: Observation) throws(AdapterFailure) -> IdentityLookup

    /// The highest identity of the reading's boot, or its channel's latest device time; nil where
    /// none is stored.
    func highestIdentity(
        like observation: Observation
    ) throws(AdapterFailure) -> ReadingIdentity?

    /// The newest observation of each channel, to fill the pages and the checks after a start.
    func newestObservations() throws(AdapterFailure) -> [Observation]

    /// The alarms that have ever been raised, each in its latest occurrence.
    func alarmStates() throws(AdapterFailure) -> [AlarmState]

    /// The newest notified detection of each camera and species.
    func newestNotifiedDetections() throws(AdapterFailure) -> [Detection]

    /// Every device that is remembered, with what is missing of it.
    func deviceRecords() throws(AdapterFailure) -> [DeviceRecord]

    /// The commands of the devices.
    func deviceCommands() throws(AdapterFailure) -> [DeviceCommand]

    /// Does one slice of roll-up, compaction or retention, of at most about 50 ms.
    ///
    /// - Parameters:
    ///   - now: the present, for ages.
    ///   - forwarded: the observation row that every target has passed; `Int64.max` where there is
    ///     no target. Rows beyond it stay in arrival order.
    /// - Returns: whether more work waits.
    /// - Throws: `AdapterFailure` when the slice could not be committed; nothing has changed then.
    func maintain(now: UTCInstant, forwarded: Int64) throws(AdapterFailure) -> Bool

    /// Removes one slice of the oldest of its kind and enters it in the loss ledger.
    ///
    /// - Parameters:
    ///   - kind: what to remove.
    ///   - now: the present, for ages.
    ///   - forwarded: as in `maintain`; readings beyond it stay.
    /// - Returns: whether something was removed, and more may be there.
    /// - Throws: `AdapterFailure` when the slice could not be committed; nothing is removed then.
    func removeOldest(
        _ kind: RemovableKind, now: UTCInstant, forwarded: Int64
    ) throws(AdapterFailure) -> Bool

    /// The bytes that the stored rows take up.
    func usedBytes() throws(AdapterFailure) -> Int64

    /// Takes down when the civil clock was known, and gives one slice of the readings that came
    /// before it their time.
    ///
    /// - Parameters:
    ///   - anchor: a moment at which the civil time was known; nil where it never was.
    ///   - now: the present.
    /// - Returns: what has become of them.
    /// - Throws: `AdapterFailure` when the slice could not be committed; nothing has changed then.
    func settleClock(
        _ anchor: ClockAnchor?, at now: GatewayInstant
    ) throws(AdapterFailure) -> ClockSettlement

    /// The versions of all sensors' calibrations, the oldest of each first.
    func calibrationRecords() throws(AdapterFailure) -> [CalibrationRecord]

    /// Reckons one slice of the stored readings anew whose recomputation was asked for, of at most
    /// about 50 ms. How far it has come is part of the slice's commit.
    ///
    /// - Parameter recalibrator: what becomes of a reading.
    /// - Returns: what was done; nil where nothing waits.
    /// - Throws: `AdapterFailure` when the slice could not be committed; nothing has changed then.
    func recalibrate(
        by recalibrator: any Recalibrator
    ) throws(AdapterFailure) -> RecalibrationSlice?

    /// Whether rows of a database that was set aside are still to come: until then a reading that is
    /// not found may be stored all the same.
    var isSalvaging: Bool { get }

    /// What the last salvage that ended brought over; asking takes it back.
    func takeSalvageReport() -> SalvageReport?
}

extension ObservationStore {
    /// A store that knows no boots has nothing to settle.
    package func settleClock(
        _ anchor: ClockAnchor?, at now: GatewayInstant
    ) throws(AdapterFailure) -> ClockSettlement { ClockSettlement() }

    /// A store that keeps no judgement has none to tell.
    package func calibrationRecords() throws(AdapterFailure) -> [CalibrationRecord] { [] }

    /// A store that keeps no readings has none to reckon anew.
    package func recalibrate(
        by recalibrator: any Recalibrator
    ) throws(AdapterFailure) -> RecalibrationSlice? { nil }
}

/// What has become of readings whose time nobody knew.
package struct ClockSettlement: Sendable, Equatable {
    /// Where the streams end for targets by now; nil where that has not changed.
    package var positions: StreamPositions?
    /// The rows that have got their time now: whoever had them is to get them again.
    package var restamped: [ClosedRange<Int64>] = []
    /// Whether more wait.
    package var hasMore = false

    package init(positions: StreamPositions? = nil) { self.positions = positions }
}

/// A person or machine that may sign in.
package struct Account: Sendable, Equatable {
    /// What an account may do, from the least to the most.
    package enum Role: String, Sendable, CaseIterable, Comparable {
        case viewer, student, officer, admin

        package static func < (left: Role, right: Role) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    package var name: String
    package var role: Role
    /// A password hash in a self-describing form; never the password.
    package var passwordHash: String

    package init(name: String, role: Role, passwordHash: String) {
        self.name = name
        self.role = role
        self.passwordHash = passwordHash
    }
}

/// Who did what, and when.
package struct AuditEntry: Sendable, Equatable {
    package var time: UTCInstant
    package var actor: String
    /// A stable word for machines, such as `alarm.acknowledge`.
    package var action: String
    /// For people.
    package var detail: String

    package init(time: UTCInstant, actor: String, action: String, detail: String) {
        self.time = time
        self.actor = actor
        self.action = action
        self.detail = detail
    }
}
