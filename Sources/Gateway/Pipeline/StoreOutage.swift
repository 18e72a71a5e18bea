import GatewayModel
import GatewayPorts

/// The time in which the store cannot be written: since when, what was handed over unstored, and
/// what had to be let go of.
///
/// Judging goes on meanwhile. What it makes waits in memory for the store and is bounded here; what
/// people must learn is handed over at once. Pure: times come in as data.
struct StoreOutage: Sendable {
    /// Readings that wait in memory: sixteen hours of 20 sensors at one reading a minute, in some
    /// 6 MB.
    static let rowLimit = 20_000
    /// Alarm transitions that wait; a contact that chatters for days must not fill the memory.
    static let transitionLimit = 4000
    /// Detections, refused messages, and entries of the ledger and of the audit log that wait, each.
    static let recordLimit = 2000

    /// When the store went down; nil while it works.
    private(set) var since: UTCInstant?
    /// What it said last.
    private(set) var failure: AdapterFailure?
    /// How many of the batch's transitions and detections have been handed over.
    private var handedTransitionCount = 0
    private var handedDetectionCount = 0
    /// Records that fell out of the bounded batch.
    private(set) var droppedCount: UInt64 = 0

    var isDown: Bool { since != nil }

    /// Takes down that the store refused.
    ///
    /// - Returns: whether it worked until now.
    mutating func fail(_ failure: AdapterFailure, at time: UTCInstant) -> Bool {
        self.failure = failure
        guard since == nil else { return false }
        since = time
        return true
    }

    /// What the ledger is to say of the outage in the very commit that ends it; nil where there is
    /// none. Readings that could not be kept stand in entries of their sources.
    func loss(until time: UTCInstant) -> LossRecord? {
        since.map { since in
            LossRecord(
                source: "store", cause: .storeDown, from: since, to: time, count: droppedCount)
        }
    }

    /// Takes down that everything is on disk.
    mutating func end() { self = StoreOutage() }

    /// Takes down that the essentials of the batch are on disk although the rest is not; what has no
    /// row yet is handed over again, for the list that it stood in is let go of.
    mutating func didStoreEssentials() {
        handedTransitionCount = 0
        handedDetectionCount = 0
    }

    /// What of the batch is to be told although it is not stored, and was not handed over yet.
    mutating func untold(of batch: StoreBatch, isSimulated: Bool) -> [DeliveryItem] {
        guard isDown else { return [] }
        let transitions = batch.transitions.dropFirst(handedTransitionCount).map { transition in
            var stored = StoredTransition(
                row: 0, alarmNumber: 0, transition: transition, isSimulated: isSimulated)
            stored.isStored = false
            return DeliveryItem.transition(stored)
        }
        let detections = batch.detections.dropFirst(handedDetectionCount)
            .filter { $0.verdict == .notified }
            .map { detection in
                var stored = StoredDetection(row: 0, detection: detection)
                stored.isStored = false
                return DeliveryItem.detection(stored)
            }
        handedTransitionCount = batch.transitions.count
        handedDetectionCount = batch.detections.count
        return transitions + detections
    }

    /// Brings what waits under its limits, the oldest first.
    mutating func bound(_ batch: inout StoreBatch) {
        guard isDown else { return }
        handedTransitionCount -= drop(from: &batch.transitions, beyond: Self.transitionLimit)
        handedTransitionCount = max(0, handedTransitionCount)
        handedDetectionCount -= drop(from: &batch.detections, beyond: Self.recordLimit)
        handedDetectionCount = max(0, handedDetectionCount)
        _ = drop(from: &batch.rejected, beyond: Self.recordLimit)
        _ = drop(from: &batch.audit, beyond: Self.recordLimit)
        batch.losses = Self.joined(batch.losses, beyond: Self.recordLimit)
    }

    private mutating func drop<Record>(from records: inout [Record], beyond limit: Int) -> Int {
        let excess = max(0, records.count - limit)
        records.removeFirst(excess)
        droppedCount += UInt64(excess)
        return excess
    }

    /// Entries of one source and cause become one where there are too many; nothing is left out.
    private static func joined(_ losses: [LossRecord], beyond limit: Int) -> [LossRecord] {
        guard losses.count > limit else { return losses }
        var joined: [LossRecord] = []
        for loss in losses {
            guard
                let index = joined.firstIndex(where: {
                    $0.source == loss.source && $0.cause == loss.cause
                })
            else {
                joined.append(loss)
                continue
            }
            joined[index].from = min(joined[index].from, loss.from)
            joined[index].to = max(joined[index].to, loss.to)
            let counts = [joined[index].count, loss.count]
            joined[index].isAtLeast =
                joined[index].isAtLeast || loss.isAtLeast || counts.contains(nil)
            let known = counts.compactMap(\.self)
            joined[index].count = known.isEmpty ? nil : known.reduce(0, &+)
        }
        return joined
    }
}

extension SystemRule {
    /// Nothing can be stored now.
    static let storeDown = "system.store_down"
}

extension StoreOutage {
    /// What the system alarm says while the store is down, and when it works again.
    func condition(of station: StationID, at now: GatewayInstant) -> SystemCondition {
        SystemCondition(
            subject: AlarmSubject(station: station, rule: SystemRule.storeDown), isFailing: isDown,
            detail: failure?.description ?? "", at: now)
    }
}
