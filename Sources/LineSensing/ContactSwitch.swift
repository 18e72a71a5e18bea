package import GatewayModel

/// Tells the state of a contact: a float switch, a door, a tamper contact.
///
/// A state counts once it has persisted for `settleSeconds`; every edge begins the wait anew, since
/// waves toggle a float and contacts bounce. A reading is 1 (active) or 0. There is one when the
/// state that was found at the start has settled, one for each change, and a heartbeat. A change is
/// stamped with the beginning of the state that settled: the first edge into it after which no
/// edge led out of it.
///
/// A contact that finds no rest for `restlessSeconds` is told to be active, since that is the more
/// careful state (a float says high water), once and marked `isEstimated`. When it settles at last,
/// the settled state is told in any case. The heartbeat waits while a change is open, and repeats
/// the estimated state as estimated.
///
/// Edges of the same direction in a row are edges like others: they begin the wait anew, and the
/// state goes on. After lost edges the state begins with the first edge or level that is known.
///
/// - Source: debounce by persistence over 5 to 30 s is the practice with float switches.
package struct ContactSwitch: LineStage {
    /// How a contact is read.
    package struct Settings: Sendable, Equatable {
        package let settleSeconds: Double
        package let reportSeconds: Double
        package let restlessSeconds: Double

        /// - Parameters:
        ///   - settleSeconds: how long a state must persist; above 0. 5 for a float, 0.05 for a
        ///     door, whose contact bounces for a few milliseconds.
        ///   - reportSeconds: the longest time between readings of a contact at rest; at least
        ///     `settleSeconds`.
        ///   - restlessSeconds: how long a contact may go without rest before it is told to be
        ///     active; above `settleSeconds`.
        package init(
            settleSeconds: Double, reportSeconds: Double = 600, restlessSeconds: Double = 60
        ) {
            precondition(settleSeconds >= 0.001, "a time to settle of at least 1 ms")
            precondition(reportSeconds >= settleSeconds, "a heartbeat no faster than settling")
            precondition(restlessSeconds > settleSeconds, "restless only after the settling time")
            self.settleSeconds = settleSeconds
            self.reportSeconds = reportSeconds
            self.restlessSeconds = restlessSeconds
        }

        /// A float switch: 5 s.
        package static let float = Settings(settleSeconds: 5)
        /// A door or tamper contact: 50 ms.
        package static let door = Settings(settleSeconds: 0.05)
    }

    /// A time without rest: from its first edge until the contact has been quiet long enough.
    private struct Unrest: Sendable {
        var since: Int64
        var lastEdge: Int64
        /// When the present state began.
        var stateSince: Int64
        var edgeCount: UInt64 = 0
        var isTold = false
    }

    private let settle: Int64
    private let heartbeat: Int64
    private let restless: Int64

    /// The level of the line; nil before the first one, and after the line was lost.
    private var isActive: Bool?
    /// The state that was told last; nil before the first.
    private var told: (isActive: Bool, isEstimated: Bool)?
    private var toldNanoseconds: Int64 = .min
    private var nextHeartbeat: Int64?
    private var unrest: Unrest?
    private var hasGap = false
    private var isLost = false

    package init(_ settings: Settings) {
        settle = Int64(nanosecondsIn: settings.settleSeconds)
        heartbeat = Int64(nanosecondsIn: settings.reportSeconds)
        restless = Int64(nanosecondsIn: settings.restlessSeconds)
    }

    /// When the state can have settled, has been restless for too long, or is to be repeated.
    package var deadlineNanoseconds: Int64? {
        guard let unrest else { return nextHeartbeat }
        let settled = unrest.lastEdge + settle
        guard unrest.isTold else { return min(settled, unrest.since + restless) }
        return min(settled, nextHeartbeat ?? settled)
    }

    // MARK: - Input

    package mutating func take(_ edge: LineEdge, _ output: inout LineOutput) {
        guard isActive != nil else {
            output.invalidCount += 1
            return
        }
        step(atNanoseconds: edge.nanoseconds, &output)
        stir(to: edge.isActive, atNanoseconds: edge.nanoseconds)
        unrest?.edgeCount += 1
        if let unrest, unrest.edgeCount > 1 { output.bounceCount += 1 }
    }

    package mutating func take(_ gap: EdgeGap, _ output: inout LineOutput) {
        hasGap = isActive != nil
    }

    package mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput
    ) {
        isLost = false
        guard self.isActive != nil else { return stir(to: isActive, atNanoseconds: now) }
        step(atNanoseconds: now, &output)
        if hasGap || self.isActive != isActive { stir(to: isActive, atNanoseconds: now) }
    }

    /// Tells once that the line cannot be read, and is silent until its level comes.
    package mutating func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard !isLost else { return }
        step(atNanoseconds: now, &output)
        isLost = true
        isActive = nil
        told = nil
        nextHeartbeat = nil
        unrest = nil
        hasGap = false
        output.readings.append(.lineUnavailable(atNanoseconds: now))
    }

    /// Tells what has settled, what finds no rest, and the heartbeat.
    package mutating func step(atNanoseconds now: Int64, _ output: inout LineOutput) {
        if let unrest, !unrest.isTold, unrest.since + restless < unrest.lastEdge + settle,
            unrest.since + restless <= now
        {
            self.unrest?.isTold = true
            tell(
                true, isEstimated: true, atNanoseconds: unrest.since + restless,
                from: unrest.since + restless, &output)
        }
        if let unrest, let isActive, unrest.lastEdge + settle <= now {
            self.unrest = nil
            let settled = unrest.lastEdge + settle
            if told?.isActive != isActive || told?.isEstimated == true {
                tell(
                    isActive, isEstimated: false, atNanoseconds: unrest.stateSince, from: settled,
                    &output)
            }
        }
        repeatState(atNanoseconds: now, &output)
    }

    // MARK: - Rules

    /// Begins the wait anew, with the state that the line has now.
    private mutating func stir(to state: Bool, atNanoseconds now: Int64) {
        var stirred = unrest ?? Unrest(since: now, lastEdge: now, stateSince: now)
        stirred.lastEdge = now
        if hasGap || state != isActive { stirred.stateSince = now }
        unrest = stirred
        isActive = state
        hasGap = false
    }

    /// Repeats the state that was told, where that is due; of several times only the newest counts.
    private mutating func repeatState(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard let told, let next = nextHeartbeat, next <= now, unrest.map(\.isTold) ?? true else {
            return
        }
        let newest = next + (now - next) / heartbeat * heartbeat
        tell(
            told.isActive, isEstimated: told.isEstimated, atNanoseconds: newest, from: newest,
            &output)
    }

    /// Adds a reading; readings never go back in time. The next heartbeat counts from `decided`.
    private mutating func tell(
        _ isActive: Bool, isEstimated: Bool, atNanoseconds time: Int64, from decided: Int64,
        _ output: inout LineOutput
    ) {
        told = (isActive, isEstimated)
        toldNanoseconds = max(time, toldNanoseconds)
        nextHeartbeat = decided + heartbeat
        output.readings.append(
            LineReading(
                rawValue: isActive ? 1 : 0, nanoseconds: toldNanoseconds,
                marks: isEstimated ? .isEstimated : []))
    }
}
