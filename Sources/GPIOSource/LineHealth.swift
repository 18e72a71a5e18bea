import GatewayModel

/// Whether one line can be read, when to ask for it again, and whether people must know.
///
/// A pure machine in nanoseconds of the monotonic clock. Trouble is over when the line has been
/// held for as long as a failure must last to be told: a chip that comes and goes every few seconds
/// raises one alarm, not hundreds.
struct LineHealth: Sendable {
    /// How long a failure lasts before people are told, and a good spell before they are told that
    /// it is over.
    private let alarmAfterNanoseconds: Int64
    private let shortestRetryNanoseconds: Int64
    private let longestRetryNanoseconds: Int64
    private var retryNanoseconds: Int64

    /// Why the line cannot be read; nil while it is held, and before it was first asked for.
    private(set) var failure: AdapterFailure?
    /// Since when the line is held; nil while it is not.
    private(set) var heldSince: Int64?
    /// Since when the line has been missing; meaningless while it is held.
    private(set) var lostSince: Int64
    /// When the line is asked for again; meaningless while it is held.
    private(set) var retryAt: Int64
    /// The first failure since the line was last well; nil while it is.
    private(set) var troubleSince: Int64?
    /// Whether people must know.
    private(set) var isAlarming = false

    /// A line that nobody has asked for yet.
    init(settings: GPIOSettings, startNanoseconds: Int64) {
        alarmAfterNanoseconds = Int64(settings.alarmAfterSeconds * 1e9)
        shortestRetryNanoseconds = Int64(settings.shortestRetrySeconds * 1e9)
        longestRetryNanoseconds = Int64(settings.longestRetrySeconds * 1e9)
        retryNanoseconds = shortestRetryNanoseconds
        lostSince = startNanoseconds
        retryAt = startNanoseconds
    }

    var isHeld: Bool { heldSince != nil }

    /// The line could not be had, or was lost.
    mutating func failed(_ failure: AdapterFailure, atNanoseconds now: Int64) {
        if isHeld { lostSince = now }
        heldSince = nil
        self.failure = failure
        troubleSince = troubleSince ?? lostSince
        retryAt = now + retryNanoseconds
        retryNanoseconds = min(2 * retryNanoseconds, longestRetryNanoseconds)
    }

    /// The line is held.
    ///
    /// - Returns: since when it could not be read; nil where it was there at the first time of
    ///   asking.
    mutating func opened(atNanoseconds now: Int64) -> Int64? {
        heldSince = now
        guard failure != nil else { return nil }
        failure = nil
        return lostSince
    }

    /// Lets the time pass.
    mutating func step(atNanoseconds now: Int64) {
        guard let deadline = judgementNanoseconds, now >= deadline else { return }
        if isHeld {
            troubleSince = nil
            retryNanoseconds = shortestRetryNanoseconds
            isAlarming = false
        } else {
            isAlarming = true
        }
    }

    /// When something is due: the next try, or the judgement that the trouble is one, or is over.
    var deadlineNanoseconds: Int64? {
        guard !isHeld else { return judgementNanoseconds }
        return min(retryAt, judgementNanoseconds ?? .max)
    }

    private var judgementNanoseconds: Int64? {
        guard let troubleSince else { return nil }
        if let heldSince { return heldSince + alarmAfterNanoseconds }
        return isAlarming ? nil : troubleSince + alarmAfterNanoseconds
    }
}
