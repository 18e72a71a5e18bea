import GatewayModel
package import GatewayPorts
package import SampleRing

/// The pipeline's end of one source: its ring, its side lane, and the gate of its acknowledgements.
///
/// It belongs to the pipeline's thread, which alone may touch the consumer.
package final class IntakeLane {
    /// What becomes of readings that cannot be kept because the store is down.
    package enum Kind: Sendable {
        /// Their source is acknowledged after the commit, and sends again what was not.
        case acknowledged
        /// They come once, whether the store works or not: the machine's own lines.
        case unrepeated
        /// They are copies, heard while the acknowledged source keeps away from a store that is
        /// down; the originals come when it works again.
        case overheard
    }

    package let name: String
    package let kind: Kind
    package let sideLane: SideLane<SideMessage>
    package let gate: AcknowledgementGate
    private var consumer: SampleRing.Consumer
    /// What has been taken off the ring and not yet gone through the stages.
    private var samples: [Sample] = []
    private var messages: [SideMessage] = []
    /// The message up to which everything is in the pipeline's batch.
    private(set) var takenNumber: UInt64 = 0
    private(set) var refusedCount: UInt64 = 0
    /// What was judged and could not be kept.
    private var unkept: Refusals?
    /// The message whose commit the source waits for, and the one up to which it was told.
    private var wantedNumber: UInt64 = 0
    private var confirmedNumber: UInt64 = 0

    package init(
        name: String, kind: Kind = .acknowledged, consumer: consuming SampleRing.Consumer,
        sideLane: SideLane<SideMessage>, gate: AcknowledgementGate
    ) {
        self.name = name
        self.kind = kind
        self.consumer = consumer
        self.sideLane = sideLane
        self.gate = gate
    }

    /// The most samples taken before another lane has its turn.
    private static let drainCount = 1024

    /// Takes what is there through the stages.
    ///
    /// The announced number is read before the drain: everything up to it is on ring and lane then,
    /// so that after a whole drain everything up to it is in the batch.
    ///
    /// - Parameters:
    ///   - pipeline: the stages.
    ///   - past: the store's answers for very old readings.
    ///   - isStoreDown: whether what is taken has to wait in memory, which is bounded.
    /// - Returns: whether the lane is empty, or has to wait for the store; else the caller comes back
    ///   after the other lanes.
    /// - Throws: `AdapterFailure` from `past`; nothing is lost, the same samples come first in the
    ///   next call.
    func drain(
        into pipeline: inout Pipeline, past: PastReadings, isStoreDown: Bool = false
    ) throws(AdapterFailure) -> Bool {
        let announced = gate.announced
        if samples.isEmpty { _ = consumer.drain(max: Self.drainCount, into: &samples) }
        var doneCount = 0
        defer { samples.removeFirst(doneCount) }
        for sample in samples {
            let isFull =
                isStoreDown && pipeline.output.batch.observations.count >= StoreOutage.rowLimit
            if isFull, kind == .acknowledged { return true }
            try take(sample, into: &pipeline, past: past, isStoreDown: isStoreDown, isFull: isFull)
            pipeline.count(.samples(source: name))
            doneCount += 1
        }
        _ = sideLane.drain(into: &messages)
        for message in messages where kind != .overheard || message.isSourceStatus {
            pipeline.take(message)
        }
        messages.removeAll(keepingCapacity: true)
        noteRefusals(&pipeline)
        guard consumer.count == 0 else { return false }
        takenNumber = announced
        return true
    }

    private func take(
        _ sample: Sample, into pipeline: inout Pipeline, past: PastReadings, isStoreDown: Bool,
        isFull: Bool
    ) throws(AdapterFailure) {
        switch kind {
        case .acknowledged: try pipeline.take(sample, past: past)
        case .unrepeated:
            try pipeline.take(sample, past: past, keeping: isFull ? .judgement : .row)
            if isFull { unkept.add(at: sample.receivedUTC) }
        case .overheard:
            // A copy without identity cannot be told from its original, which will be stored.
            let isRow = sample.identity != .none && !isFull
            guard isRow || isStoreDown else { return }
            do {
                try pipeline.take(sample, past: past, keeping: isRow ? .row : .judgement)
            } catch {
                // Too old to be known without the store; the original comes and is stored.
            }
        }
    }

    /// How many readings were judged and could not be kept, since they were last taken.
    var unkeptCount: UInt64 { unkept?.count ?? 0 }

    /// What could not be kept, for the ledger; nil where everything was.
    var unkeptLoss: LossRecord? {
        unkept.map {
            LossRecord(
                source: name, cause: .storeDown, from: $0.first, to: $0.last, count: $0.count)
        }
    }

    /// Counts from nothing again, because the ledger has it.
    func forgetUnkept() { unkept = nil }

    /// Takes the source's request for a commit, where it has made one since the last call.
    func takeCommitRequest() {
        if gate.takeCommitRequest() { wantedNumber = gate.announced }
    }

    /// Whether the source waits for a commit, and everything it waits for is in the batch: an
    /// earlier commit would leave it waiting.
    var isCommitDue: Bool { wantedNumber > confirmedNumber && takenNumber >= wantedNumber }

    /// Tells the source that everything taken is on disk.
    func confirm() {
        confirmedNumber = takenNumber
        gate.confirm(takenNumber)
    }

    /// How ring and side lane stand, for the pages.
    var status: RingStatus {
        RingStatus(
            source: name, capacity: consumer.capacity, highWaterMark: consumer.highWaterMark,
            refusedCount: refusedCount)
    }

    /// Writes what ring and side lane have refused into the loss ledger.
    private func noteRefusals(_ pipeline: inout Pipeline) {
        // A copy that was refused is no loss: the original comes.
        guard kind != .overheard else { return }
        let refused: [(Refusals?, LossRecord.Cause)] = [
            (consumer.takeRefusals(), .ringFull), (sideLane.takeRefusals(), .sideLaneFull),
        ]
        for case (let refusals?, let cause) in refused {
            refusedCount += refusals.count
            pipeline.take(
                .loss(
                    LossRecord(
                        source: name, cause: cause, from: refusals.first, to: refusals.last,
                        count: refusals.count)))
        }
    }
}
