/// When the waiting rows are committed: at once for what is urgent, in groups for the rest.
///
/// A commit costs the SD card a page or more, whatever stands in it; waiting costs the sensor its
/// acknowledgement. Pure: times come in as data.
struct CommitSchedule: Sendable {
    /// The windows of the configuration, in nanoseconds.
    struct Windows: Sendable {
        var floodNanoseconds: Int64
        var calmNanoseconds: Int64
    }

    /// What waits.
    struct Waiting: Sendable {
        var rowCount: Int
        /// Whether an alarm has changed, an animal is to be told, or a person waits for an answer.
        var isUrgent: Bool
        /// Whether a source has stopped reading and waits for its acknowledgements.
        var isRequested: Bool
        var isFlood: Bool
    }

    /// Rows that make a commit worth its page however young they are.
    static let batchRowCount = 1000

    let windows: Windows
    private var oldestNanoseconds: Int64?
    private var retryAtNanoseconds: Int64?
    private var backoff = Backoff()

    init(windows: Windows) { self.windows = windows }

    /// The window in force.
    func windowNanoseconds(isFlood: Bool) -> Int64 {
        isFlood ? windows.floodNanoseconds : windows.calmNanoseconds
    }

    /// Whether the store has refused the last commit and is being left alone for a while.
    var isBackingOff: Bool { retryAtNanoseconds != nil }

    /// Decides at `now`.
    ///
    /// - Returns: whether to commit now, and else the monotonic time at which to ask again; nil
    ///   where nothing waits.
    mutating func step(
        _ waiting: Waiting, atNanoseconds now: Int64
    ) -> (commits: Bool, deadlineNanoseconds: Int64?) {
        if let retryAtNanoseconds {
            return now >= retryAtNanoseconds ? (true, nil) : (false, retryAtNanoseconds)
        }
        if waiting.isRequested || waiting.isUrgent { return (true, nil) }
        guard waiting.rowCount > 0 else {
            oldestNanoseconds = nil
            return (false, nil)
        }
        let oldest = oldestNanoseconds ?? now
        oldestNanoseconds = oldest
        let deadline = oldest + windowNanoseconds(isFlood: waiting.isFlood)
        if waiting.rowCount >= Self.batchRowCount || now >= deadline { return (true, nil) }
        return (false, deadline)
    }

    /// Takes down that everything is on disk.
    mutating func didCommit() {
        oldestNanoseconds = nil
        retryAtNanoseconds = nil
        backoff.reset()
    }

    /// Ends the rest early, without believing that all is well: the next failure rests longer.
    mutating func tryAgain() { retryAtNanoseconds = nil }

    /// Takes down that the store refused, and plans the next try.
    mutating func didFail(atNanoseconds now: Int64, chance: Double) {
        retryAtNanoseconds = now + Int64(backoff.next(chance: chance) * 1e9)
    }
}

extension CommitSchedule.Windows {
    /// The windows of the configuration.
    init(_ commit: GatewayConfiguration.Commit) {
        floodNanoseconds = Int64(commit.floodWindowSeconds * 1e9)
        calmNanoseconds = Int64(commit.calmWindowSeconds * 1e9)
    }
}
