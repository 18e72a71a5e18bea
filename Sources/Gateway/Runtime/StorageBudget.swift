import GatewayPorts

/// How fast the disk fills and wears, measured over the last day.
///
/// Pure: samples come in, figures go out.
struct StorageBudget: Sendable {
    /// What is known at one moment.
    struct Sample: Sendable, Equatable {
        var monotonicNanoseconds: Int64
        /// Bytes that rows and pictures take up.
        var storedBytes: Int64
        /// Bytes that this process has caused to be written to block devices since it started; nil
        /// where the kernel does not tell.
        var writtenBytes: Int64?
        /// Bytes that are free for readings, the reserve left out.
        var freeBytes: Int64
    }

    /// Too short a time says nothing: one commit would count as a day's.
    private static let leastNanoseconds: Int64 = 600_000_000_000
    private static let hourNanoseconds: Int64 = 3_600_000_000_000
    /// A day and the hour that it begins in.
    private static let sampleLimit = 25

    /// One an hour, the oldest first, and the newest whenever it came.
    private var samples: [Sample] = []
    private var newest: Sample?

    /// Takes a sample.
    mutating func take(_ sample: Sample) {
        newest = sample
        guard let last = samples.last else { return samples.append(sample) }
        guard sample.monotonicNanoseconds - last.monotonicNanoseconds >= Self.hourNanoseconds
        else { return }
        samples.append(sample)
        samples.removeFirst(max(0, samples.count - Self.sampleLimit))
    }

    /// What is to be shown; rates are nil before they can be known.
    var figures: StorageFigures {
        var figures = StorageFigures()
        guard let newest, let oldest = samples.first else { return figures }
        figures.freeBytes = newest.freeBytes
        figures.storedBytes = newest.storedBytes
        let nanoseconds = newest.monotonicNanoseconds - oldest.monotonicNanoseconds
        figures.measuredSeconds = Double(nanoseconds) / 1e9
        guard nanoseconds >= Self.leastNanoseconds else { return figures }
        let days = Double(nanoseconds) / 86_400e9
        let stored = Double(newest.storedBytes - oldest.storedBytes) / days
        figures.storedBytesPerDay = stored
        if let end = newest.writtenBytes, let start = oldest.writtenBytes {
            figures.writtenBytesPerDay = Double(end - start) / days
        }
        // What does not grow never fills the disk.
        if stored > 0 { figures.runwayDays = Double(max(0, newest.freeBytes)) / stored }
        return figures
    }
}
