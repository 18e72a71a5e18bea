package import GatewayModel
package import GatewayPorts

/// What a target's loop does next.
package enum DeliveryStep: Sendable, Equatable {
    /// Read these rows, deliver what is there, and tell the schedule how it went.
    case attempt(DeliveryAttempt)
    /// Wait for the streams to grow, or for this moment of the monotonic clock in nanoseconds; nil
    /// where only new rows, or a stop, can bring anything to do.
    case wait(untilNanoseconds: Int64?)
}

/// Rows that are to be delivered together.
package struct DeliveryAttempt: Sendable, Equatable {
    package var lane: DeliveryLane
    package var stream: DeliveryStream
    /// The rows to look for; some, or all, may not exist.
    package var rows: ClosedRange<Int64>
    /// The most rows to read.
    package var limit: Int

    package init(lane: DeliveryLane, stream: DeliveryStream, rows: ClosedRange<Int64>, limit: Int) {
        self.lane = lane
        self.stream = stream
        self.rows = rows
        self.limit = limit
    }

    /// Reads the rows.
    ///
    /// - Returns: the items to deliver, perhaps none, and the row up to which they speak for the
    ///   stream: rows that are gone and detections that nobody is told of are passed over by it.
    /// - Throws: `AdapterFailure` when the archive cannot be read.
    package func read(
        from archive: any ObservationArchive
    ) async throws(AdapterFailure) -> (items: [DeliveryItem], through: Int64) {
        let before = rows.lowerBound - 1
        switch stream {
        case .observations:
            let found = try await archive.observations(rows: rows, limit: limit)
            return (found.map { .observation($0) }, through(found.map(\.row)))
        case .transitions:
            let found = try await archive.transitions(after: before, limit: limit)
                .filter { rows.contains($0.row) }
            return (found.map { .transition($0) }, through(found.map(\.row)))
        case .detections:
            let found = try await archive.detections(after: before, limit: limit)
                .filter { rows.contains($0.row) }
            let told = found.filter { $0.detection.verdict == .notified }
            return (told.map { .detection($0) }, through(found.map(\.row)))
        case .losses:
            let found = try await archive.losses(after: before, limit: limit)
                .filter { rows.contains($0.row) }
            return (found.map { .loss($0) }, through(found.map(\.row)))
        }
    }

    /// The row up to which `found`, ascending, speaks for the stream.
    private func through(_ found: [Int64]) -> Int64 {
        guard found.count >= limit, let last = found.last else { return rows.upperBound }
        return last
    }
}

/// How an attempt went.
package enum DeliveryOutcome: Sendable, Equatable {
    /// The target has confirmed `count` items, which speak for everything up to the row `through`.
    /// A count of 0 means that there was nothing to tell and nothing was sent.
    case confirmed(count: Int, through: Int64)
    /// The target will never take these items together.
    case refused(count: Int, through: Int64)
    /// The target could not be reached or asked for patience. `jitter` is a random number of
    /// `0..<1`, drawn by the caller.
    case failed(through: Int64, jitter: Double)
    /// The archive could not be read; nothing was sent. `jitter` as in `failed`.
    case unread(jitter: Double)
}
