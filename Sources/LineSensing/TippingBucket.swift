package import GatewayModel

/// Counts the tips of a rain gauge's bucket: each tip closes a reed contact for 50–150 ms.
///
/// A reading is the number of tips since the stage was made, so that a reading that gets lost
/// further on loses no rain. There is one for each tip, stamped by the kernel, and one every
/// reporting interval, so that "no rain" differs from silence; the first comes with the first known
/// level.
///
/// **What is a tip.** An activation (closure) is a tip unless it is bounce:
/// - closer than `minimumGapSeconds` to the last tip; closer than three times that where no fall was
///   seen before it. Such a fall was too short for the kernel, as when the contact bounces at the
///   end of its 150 ms, or its interrupt was missed, and then the next tip is farther away;
/// - after an opening shorter than `minimumOpenSeconds`, when the magnet leaves the reed;
/// - of a stuck contact: one that was closed for longer than `stuckSeconds`, because the magnet
///   stopped at the reed. It adds tips again once it has been open for `minimumGapSeconds`.
///
/// **What is promised after a loss of edges**, where real tips lie at least `minimumGapSeconds`
/// apart:
/// - With numbered edges (uAPI v2) the total is never short. The number of lost edges and the
///   levels before and after give the activations among them exactly, or one too many where the
///   levels contradict the number; as many count as tips as fit into the time at one per
///   `minimumGapSeconds`. A loss can put the total over by the bounce among the lost edges and two.
/// - Without numbers (uAPI v1) only what is certain counts: the one activation that the levels
///   before and after prove. The total is short by at most the tips that fell between the last edge
///   that was read and the next edge or level that was. It can be over by one a loss, where that
///   activation was bounce.
///
/// Either way the next reading is marked `isEstimated`, unless the lost edges hid no activation.
/// After the line itself was lost nothing is added, and the first reading is marked too.
package struct TippingBucket: LineStage {
    /// How a rain gauge is read.
    package struct Settings: Sendable, Equatable {
        package let reportSeconds: Double
        package let minimumGapSeconds: Double
        package let minimumOpenSeconds: Double
        package let stuckSeconds: Double

        /// - Parameters:
        ///   - reportSeconds: how often the count is told without tips; above 0.
        ///   - minimumGapSeconds: the least time between tips; above 0. Even 300 mm/h on 0.2 mm
        ///     tips leaves 2.4 s, and contacts bounce for a few milliseconds: 0.05 to 0.2 is safe.
        ///   - minimumOpenSeconds: the least time that the contact is open before a tip; bounces
        ///     last a few milliseconds. 0 switches the rule off.
        ///   - stuckSeconds: the longest closure of a working contact; at least
        ///     `minimumGapSeconds`.
        package init(
            reportSeconds: Double = 60, minimumGapSeconds: Double = 0.1,
            minimumOpenSeconds: Double = 0.02, stuckSeconds: Double = 30
        ) {
            precondition(reportSeconds >= 0.001, "a reporting interval of at least 1 ms")
            precondition(minimumGapSeconds >= 1e-6, "a gap between tips of at least 1 µs")
            precondition(minimumOpenSeconds >= 0, "a time of opening that is not negative")
            precondition(stuckSeconds >= minimumGapSeconds, "stuck only after the minimum gap")
            self.reportSeconds = reportSeconds
            self.minimumGapSeconds = minimumGapSeconds
            self.minimumOpenSeconds = minimumOpenSeconds
            self.stuckSeconds = stuckSeconds
        }
    }

    private let minimumGap: Int64
    private let minimumOpen: Int64
    private let stuckAfter: Int64

    /// Tips since the stage was made.
    package private(set) var tipCount: UInt64 = 0
    /// Activations since then that were bounce, those among lost edges included.
    package private(set) var bounceCount: UInt64 = 0
    /// How often the contact stuck.
    package private(set) var stuckCount: UInt64 = 0
    /// Whether the contact is stuck, as of the last call.
    package private(set) var isStuck = false

    private var schedule: RegularSchedule
    /// Nil before the first level, and after the line was lost.
    private var isActive: Bool?
    private var isLost = false
    private var pendingGap: EdgeGap?
    /// The last tip; after a loss, the earliest time that it can have had.
    private var lastTip: Int64?
    /// The last tip whose time is known, for the gaps.
    private var lastTimedTip: Int64?
    private var closedSince: Int64 = 0
    private var openSince: Int64?
    private var isEstimated = false
    private var shortestGap: (current: Int64?, previous: Int64?)

    package init(_ settings: Settings = Settings()) {
        minimumGap = Int64(nanosecondsIn: settings.minimumGapSeconds)
        minimumOpen = Int64(nanosecondsIn: settings.minimumOpenSeconds)
        stuckAfter = Int64(nanosecondsIn: settings.stuckSeconds)
        schedule = RegularSchedule(intervalSeconds: settings.reportSeconds)
    }

    /// The shortest time between two tips in this reporting interval and the one before it; nil
    /// where neither saw two tips in a row. Millimetres per tip, times 3600, divided by it, is the
    /// highest intensity in millimetres per hour.
    package var shortestGapSeconds: Double? {
        let shortest = min(shortestGap.current ?? .max, shortestGap.previous ?? .max)
        return shortest == .max ? nil : Double(shortest) / 1e9
    }

    /// When the next count is due.
    package var deadlineNanoseconds: Int64? { schedule.nextNanoseconds }

    // MARK: - Input

    package mutating func take(_ edge: LineEdge, _ output: inout LineOutput) {
        guard let wasActive = isActive else {
            output.invalidCount += 1
            return
        }
        let time = edge.nanoseconds
        step(atNanoseconds: time, &output)
        if let gap = pendingGap {
            resolve(gap, to: !edge.isActive, atNanoseconds: time, activates: edge.isActive, &output)
            closedSince = time
            openSince = edge.isActive ? nil : time
        } else if edge.isActive {
            activate(atNanoseconds: time, wasActive: wasActive, &output)
        } else if wasActive {
            openSince = time
        }
        isActive = edge.isActive
    }

    package mutating func take(_ gap: EdgeGap, _ output: inout LineOutput) {
        guard isActive != nil else { return }
        guard var pending = pendingGap else {
            pendingGap = gap
            return
        }
        pending.count += gap.count
        pending.isAtLeast = pending.isAtLeast || gap.isAtLeast
        pending.toNanoseconds = gap.toNanoseconds
        pendingGap = pending
    }

    package mutating func take(
        level isActive: Bool, atNanoseconds now: Int64, _ output: inout LineOutput
    ) {
        guard self.isActive != nil else {
            isEstimated = isEstimated || isLost
            isLost = false
            self.isActive = isActive
            closedSince = now
            schedule.start(atNanoseconds: now)
            return step(atNanoseconds: now, &output)
        }
        step(atNanoseconds: now, &output)
        let gap = pendingGap
        if let gap { resolve(gap, to: isActive, atNanoseconds: now, activates: false, &output) }
        if gap != nil || self.isActive != isActive {
            closedSince = now
            openSince = nil
        }
        self.isActive = isActive
    }

    /// Tells once that the line cannot be read, and is silent until its level comes.
    package mutating func lineWasLost(atNanoseconds now: Int64, _ output: inout LineOutput) {
        guard !isLost else { return }
        step(atNanoseconds: now, &output)
        isLost = true
        isActive = nil
        pendingGap = nil
        openSince = nil
        isStuck = false
        lastTimedTip = nil
        schedule.stop()
        output.readings.append(.lineUnavailable(atNanoseconds: now))
    }

    /// Tells the count where it is due.
    package mutating func step(atNanoseconds now: Int64, _ output: inout LineOutput) {
        watchContact(atNanoseconds: now)
        guard let due = schedule.take(upToNanoseconds: now) else { return }
        tell(atNanoseconds: due, &output)
        shortestGap = (nil, shortestGap.current)
    }

    // MARK: - Rules

    /// Notes a contact that has stuck or come free.
    private mutating func watchContact(atNanoseconds now: Int64) {
        if isActive == true, !isStuck, now - closedSince > stuckAfter {
            isStuck = true
            stuckCount += 1
        } else if isActive == false, isStuck, now - (openSince ?? closedSince) >= minimumGap {
            isStuck = false
        }
    }

    private mutating func activate(
        atNanoseconds time: Int64, wasActive: Bool, _ output: inout LineOutput
    ) {
        let leastGap = wasActive ? 3 * minimumGap : minimumGap
        let isClose = lastTip.map { time - $0 < leastGap } ?? false
        let isReclosed = !wasActive && (openSince.map { time - $0 < minimumOpen } ?? false)
        guard !isClose, !isReclosed, !isStuck else {
            bounceCount += 1
            output.bounceCount += 1
            return
        }
        closedSince = time
        lastTip = time
        noteGap(before: time)
        tipCount += 1
        tell(atNanoseconds: time, &output)
    }

    /// Adds the tips among lost edges, and that of the edge after them.
    private mutating func resolve(
        _ gap: EdgeGap, to levelAfter: Bool, atNanoseconds time: Int64, activates: Bool,
        _ output: inout LineOutput
    ) {
        pendingGap = nil
        isStuck = false
        let hidden = HiddenTips(
            in: gap, from: isActive ?? false, to: levelAfter, activates: activates,
            atNanoseconds: time, lastTip: lastTip, minimumGap: minimumGap)
        bounceCount += hidden.candidateCount - hidden.tipCount
        output.bounceCount += hidden.candidateCount - hidden.tipCount
        isEstimated = isEstimated || gap.isAtLeast || hidden.activationCount > 0
        lastTimedTip = nil
        guard let lastTip = hidden.lastTipNanoseconds else { return }
        self.lastTip = lastTip
        if lastTip == time, activates { lastTimedTip = time }
        tipCount += hidden.tipCount
        tell(atNanoseconds: time, &output)
    }

    private mutating func noteGap(before tip: Int64) {
        if let last = lastTimedTip {
            shortestGap.current = min(shortestGap.current ?? .max, tip - last)
        }
        lastTimedTip = tip
    }

    private mutating func tell(atNanoseconds time: Int64, _ output: inout LineOutput) {
        output.readings.append(
            LineReading(
                rawValue: Double(tipCount), nanoseconds: time,
                marks: isEstimated ? .isEstimated : []))
        isEstimated = false
    }
}
