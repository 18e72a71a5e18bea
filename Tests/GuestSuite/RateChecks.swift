import CLinux
import GPIO
import GatewayModel
import Glibc
import Synchronization

/// What the reader of a busy line has seen.
private struct ReaderResult: Sendable {
    var count = 0
    /// Edges that were lost by the gaps in their numbers.
    var lostCount = 0
    var lastSequence: UInt32 = 0
    var fullReadCount = 0
    /// Edges of the same kind as the one before, without a gap between.
    var sameKindCount = 0
    var readCount = 0
    var processorNanoseconds: Int64 = 0
    var failure: String?
}

/// How fast edges can be taken.
let rateChecks = [
    Check("a line that toggles as fast as it can is read, and every edge is accounted for") {
        let chip = try SimulatedChip()
        let pin = try chip.pin(2)
        let address = LineAddress(chip: chip.name, line: .offset(2))
        let gate = Gate()
        let thread = SuiteThread { readUntilStopped(address, gate) }
        while !gate.isReady.load(ordering: .acquiring) { usleep(1000) }
        let start = kawamori_monotonic_nanoseconds()
        var toggleCount = 0
        while kawamori_monotonic_nanoseconds() < start + 5_000_000_000 {
            try pin.toggle(100)
            toggleCount += 100
        }
        let seconds = Double(kawamori_monotonic_nanoseconds() - start) / 1e9
        gate.isOver.store(true, ordering: .releasing)
        guard let result = thread.join() else { throw CheckFailure("the reader gave nothing") }
        if let failure = result.failure { throw CheckFailure(failure) }
        figure("rate_toggles", Int(Double(toggleCount) / seconds), "per s")
        figure("rate_edges_read", Int(Double(result.count) / seconds), "per s")
        figure("rate_edges_lost_by_number", result.lostCount, "of \(toggleCount)")
        figure("rate_edges_not_read", toggleCount - result.count, "of \(toggleCount)")
        figure("rate_same_kind_pairs", result.sameKindCount, "count")
        figure("rate_full_reads", result.fullReadCount, "of \(result.readCount)")
        figure(
            "rate_processor_time_per_edge",
            result.processorNanoseconds / Int64(max(result.count, 1)), "ns")
        try require(result.count > 1000, "only \(result.count) edges were read")
        try require(result.count <= toggleCount, "more edges than toggles: \(result.count)")
        if GPIOLibrary.numbersEdges {
            try requireEqual(
                result.count + result.lostCount, Int(result.lastSequence),
                "edges read and lost by their numbers")
        } else if result.count < toggleCount {
            try require(
                result.fullReadCount > 0 || result.sameKindCount > 0,
                "edges were lost without a sign")
        }
    }
]

/// What the two threads tell each other.
private final class Gate: Sendable {
    let isReady = Atomic(false)
    let isOver = Atomic(false)
}

/// The reader's thread: reads as edges come, and ends 200 ms after the last.
private func readUntilStopped(_ address: LineAddress, _ gate: Gate) -> ReaderResult {
    var result = ReaderResult()
    defer { gate.isReady.store(true, ordering: .releasing) }
    do {
        var line = try GPIOInputLine(address: address)
        var edges: [LineEdge] = []
        edges.reserveCapacity(line.capacity)
        var last: LineEdge?
        gate.isReady.store(true, ordering: .releasing)
        while true {
            let event = waitForEvent(line.fileDescriptor, milliseconds: 200)
            if event == 0, gate.isOver.load(ordering: .acquiring) { break }
            edges.removeAll(keepingCapacity: true)
            guard try line.readEdges(into: &edges) > 0 else { continue }
            result.readCount += 1
            if line.wasLastReadFull { result.fullReadCount += 1 }
            for edge in edges { result.take(edge, after: &last) }
        }
    } catch {
        result.failure = "\(error)"
    }
    var time = timespec()
    // Unsafe: one local structure is lent for the call.
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    result.processorNanoseconds = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    return result
}

extension ReaderResult {
    fileprivate mutating func take(_ edge: LineEdge, after last: inout LineEdge?) {
        count += 1
        if GPIOLibrary.numbersEdges {
            let gap = edge.sequence &- lastSequence &- 1
            lostCount += Int(gap)
            if gap == 0, edge.isActive == last?.isActive { sameKindCount += 1 }
            lastSequence = edge.sequence
        } else if edge.isActive == last?.isActive {
            sameKindCount += 1
        }
        last = edge
    }
}
