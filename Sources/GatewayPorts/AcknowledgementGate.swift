package import SampleRing
import Synchronization

/// What one source and the pipeline agree on: which messages are read, and which are on disk.
///
/// The source numbers its messages from 1. It hands over everything that a message brought (samples
/// to its ring, the rest to its side lane) and only then announces the number. The pipeline looks at
/// the announced number first and empties ring and lane afterwards, so that its next commit holds
/// everything up to that number. An acknowledgement may leave the machine when the number of its
/// message is committed, and never before.
package final class AcknowledgementGate: Sendable {
    /// Rung by the pipeline when `committed` has grown, for the source's poll loop.
    package let sourceBell: Doorbell
    /// Rung by the source when there is something to drain, for the pipeline.
    package let pipelineBell: Doorbell

    private let announcedNumber = Atomic<UInt64>(0)
    private let committedNumber = Atomic<UInt64>(0)
    private let commitIsWanted = Atomic<Bool>(false)
    private let sourceIsRefused = Atomic<Bool>(false)
    private let windowNanoseconds: Atomic<Int64>

    /// - Parameters:
    ///   - sourceBell: the bell that the source's poll loop watches.
    ///   - pipelineBell: the bell that the pipeline sleeps on; all its gates share it.
    ///   - commitWindowNanoseconds: the first commit window.
    package init(sourceBell: Doorbell, pipelineBell: Doorbell, commitWindowNanoseconds: Int64) {
        self.sourceBell = sourceBell
        self.pipelineBell = pipelineBell
        self.windowNanoseconds = Atomic(commitWindowNanoseconds)
    }

    /// How long a message may wait for its commit: short in flood, long in calm. The pipeline sets
    /// it; a source that reads the old value once more only commits a little earlier or later.
    package var commitWindowNanoseconds: Int64 {
        get { windowNanoseconds.load(ordering: .relaxed) }
        set { windowNanoseconds.store(newValue, ordering: .relaxed) }
    }

    /// The number of the newest message that has been handed over whole.
    ///
    /// Acquire pairs with the release in `announce`: who sees the number sees the samples too.
    package var announced: UInt64 { announcedNumber.load(ordering: .acquiring) }

    /// The number up to which everything is durable.
    package var committed: UInt64 { committedNumber.load(ordering: .acquiring) }

    /// Called by the source after handing over message `number`.
    package func announce(_ number: UInt64) {
        announcedNumber.store(number, ordering: .releasing)
        pipelineBell.ring()
    }

    /// Called by the source when it has stopped reading and waits for its acknowledgements.
    package func requestCommit() {
        commitIsWanted.store(true, ordering: .releasing)
        pipelineBell.ring()
    }

    /// Called by the pipeline: whether the source waits; asking takes the request back.
    package func takeCommitRequest() -> Bool {
        commitIsWanted.exchange(false, ordering: .acquiring)
    }

    /// Called by the pipeline after the commit that made `number` durable.
    package func confirm(_ number: UInt64) {
        committedNumber.store(number, ordering: .releasing)
        sourceBell.ring()
    }

    /// Whether the store is down and the source must neither read nor acknowledge.
    package var isRefused: Bool { sourceIsRefused.load(ordering: .acquiring) }

    /// Called by the pipeline when the store goes down or comes back.
    package func refuse(_ isRefused: Bool) {
        sourceIsRefused.store(isRefused, ordering: .releasing)
        sourceBell.ring()
    }
}
