import GatewayModel
package import GatewayPorts
package import SampleRing

/// The pipeline's end of one source: its ring, its side lane, and the gate of its acknowledgements.
///
/// It belongs to the pipeline's thread, which alone may touch the consumer.
package final class IntakeLane {
    package let name: String
    package let sideLane: SideLane<SideMessage>
    package let gate: AcknowledgementGate
    private var consumer: SampleRing.Consumer
    /// What has been taken off the ring and not yet gone through the stages.
    private var samples: [Sample] = []
    private var messages: [SideMessage] = []
    /// The message up to which everything is in the pipeline's batch.
    private(set) var takenNumber: UInt64 = 0
    private(set) var refusedCount: UInt64 = 0
    /// The message whose commit the source waits for, and the one up to which it was told.
    private var wantedNumber: UInt64 = 0
    private var confirmedNumber: UInt64 = 0

    package init(
        name: String, consumer: consuming SampleRing.Consumer, sideLane: SideLane<SideMessage>,
        gate: AcknowledgementGate
    ) {
        self.name = name
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
    /// - Returns: whether the lane is empty; else the caller comes back after the other lanes.
    /// - Throws: `AdapterFailure` from `past`; nothing is lost, the same samples come first in the
    ///   next call.
    func drain(
        into pipeline: inout Pipeline, past: PastReadings
    ) throws(AdapterFailure) -> Bool {
        let announced = gate.announced
        if samples.isEmpty { _ = consumer.drain(max: Self.drainCount, into: &samples) }
        var doneCount = 0
        defer { samples.removeFirst(doneCount) }
        for sample in samples {
            try pipeline.take(sample, past: past)
            pipeline.count(.samples(source: name))
            doneCount += 1
        }
        _ = sideLane.drain(into: &messages)
        for message in messages { pipeline.take(message) }
        messages.removeAll(keepingCapacity: true)
        noteRefusals(&pipeline)
        guard consumer.count == 0 else { return false }
        takenNumber = announced
        return true
    }

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
