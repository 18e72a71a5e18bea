package import GatewayPorts

/// Decides what one target is told next: alarms, then live readings, then the past.
///
/// A state machine without clock, thread or chance: the loop that owns it passes in where the
/// streams end, the monotonic time and random numbers, does what `next` says, and reports with
/// `finish`. One attempt is under way at a time, so nothing waits for more than one request.
///
/// What it promises, over failures and restarts from recorded progress:
/// - every row is delivered at least once, or counted as refused;
/// - without failures every row is delivered once;
/// - a pending alarm goes before any pending reading, a pending live reading before the loss ledger,
///   and that before any backlog;
/// - a target that is far behind gets the newest readings first and the rest, oldest first, when
///   nothing live waits;
/// - a delivery in doubt is tried again with the same items, hence under the same key, unless it
///   fell behind while older backlog waited: then its readings go out in other company.
package struct DeliverySchedule: Sendable {
    /// The target's name in the configuration.
    package let target: String
    package let settings: DeliverySettings
    /// Items that the target has confirmed.
    package private(set) var deliveredCount: UInt64 = 0
    /// Attempts that did not end in a confirmation.
    package private(set) var failedAttemptCount: UInt64 = 0
    /// Items that the target refused for good.
    package private(set) var refusedCount: UInt64 = 0
    /// Whether the target answered the last attempt.
    package private(set) var isReachable = true

    private var transitions: DeliveryCursor
    private var detections: DeliveryCursor
    private var live: DeliveryCursor
    private var losses: DeliveryCursor
    private var backlog: DeliveryBacklog
    private var failuresInARow = 0
    private var pausesUntilNanoseconds = Int64.min
    private var backlogRestsUntilNanoseconds = Int64.min
    /// When the attempt under way began.
    private var attemptBeganNanoseconds: Int64 = 0
    /// How long the last delivery of live readings took; nil before the first.
    private var liveNanoseconds: Int64?
    /// The most items of the next delivery of the backlog.
    private var backlogItemLimit: Int
    private var recorded: [TargetProgress]
    private var recordsAgainAtNanoseconds = Int64.min

    /// Goes on where the target stood.
    ///
    /// - Parameters:
    ///   - target: the target's name in the configuration.
    ///   - settings: how it wants to be fed.
    ///   - progress: what was recorded; that of other targets is passed over. A stream without a
    ///     record begins at its present end, or at the first row if the settings say so.
    ///   - ends: where the streams end. A record beyond the end, as after a database was set aside,
    ///     is held at it.
    package init(
        target: String, settings: DeliverySettings, restoring progress: [TargetProgress],
        ends: StreamPositions
    ) {
        self.target = target
        self.settings = settings
        backlogItemLimit = settings.itemLimit
        recorded = progress.filter { $0.target == target }
        let known = recorded
        func cursor(_ stream: DeliveryStream, end: Int64) -> DeliveryCursor {
            let fallback = settings.startsFromBeginning ? 0 : end
            let position = known.first { $0.stream == stream }?.position ?? fallback
            return DeliveryCursor(position: min(position, end), end: end)
        }
        transitions = cursor(.transitions, end: ends.transitions)
        detections = cursor(.detections, end: ends.detections)
        live = cursor(.observations, end: ends.observations)
        losses = cursor(.losses, end: ends.losses)
        let ranges = known.first { $0.stream == .observations }?.backlog ?? []
        backlog = DeliveryBacklog(
            ranges.filter { $0.lowerBound <= ends.observations }
                .map { $0.lowerBound...min($0.upperBound, ends.observations) },
            rangeLimit: settings.backlogRangeLimit)
    }

    /// How many rows wait, all streams together; those that are gone count until they are passed.
    package var waitingCount: Int64 {
        transitions.waitingCount + detections.waitingCount + live.waitingCount
            + losses.waitingCount + backlog.rowCount
    }

    /// Takes up observations that came back into the store behind the cursor.
    package mutating func resume(_ rows: [ClosedRange<Int64>]) {
        // A delivery in doubt goes out again in other company; its items keep their keys.
        // What the target has not had yet, it gets in its turn.
        let known = rows.filter { $0.lowerBound <= live.position }
            .map { $0.lowerBound...min($0.upperBound, live.position) }
        backlog = DeliveryBacklog(backlog.ranges + known, rangeLimit: settings.backlogRangeLimit)
    }

    /// Takes note of new rows.
    package mutating func extend(to ends: StreamPositions) {
        transitions.end = max(transitions.end, ends.transitions)
        detections.end = max(detections.end, ends.detections)
        live.end = max(live.end, ends.observations)
        losses.end = max(losses.end, ends.losses)
    }

    /// What to do now; ask for `progressToRecord` first, for a rest ends when that is due.
    ///
    /// - Parameter now: the monotonic clock in nanoseconds.
    /// - Returns: the attempt to make, or how long to rest; the same until something changes.
    package mutating func next(nowNanoseconds now: Int64) -> DeliveryStep {
        attemptBeganNanoseconds = now
        guard now >= pausesUntilNanoseconds else { return rest(until: pausesUntilNanoseconds) }
        if let rows = transitions.next { return attempt(.alarms, .transitions, rows) }
        if let rows = detections.next { return attempt(.alarms, .detections, rows) }
        letOldRowsStepAside()
        if let rows = live.next { return attempt(.live, .observations, rows) }
        if let rows = losses.next { return attempt(.live, .losses, rows) }
        guard let rows = backlog.next else { return rest(until: nil) }
        guard now >= backlogRestsUntilNanoseconds else {
            return rest(until: backlogRestsUntilNanoseconds)
        }
        return attempt(.backlog, .observations, rows)
    }

    /// Takes note of how the attempt of the last `next` went.
    ///
    /// - Parameters:
    ///   - attempt: what `next` said.
    ///   - outcome: how it went.
    ///   - now: the monotonic clock in nanoseconds.
    package mutating func finish(
        _ attempt: DeliveryAttempt, _ outcome: DeliveryOutcome, nowNanoseconds now: Int64
    ) {
        switch outcome {
        case .confirmed(let count, let through):
            deliveredCount += UInt64(count)
            pass(attempt, through: through)
            if count > 0 {
                noteDuration(of: attempt, nowNanoseconds: now)
                noteAnswer(attempt, nowNanoseconds: now)
            }
        case .refused(let count, let through):
            failedAttemptCount += 1
            if count > 1 {
                changeHeld(attempt) { $0.holdHalves(of: attempt.rows.lowerBound...through) }
            } else {
                refusedCount += UInt64(count)
                pass(attempt, through: through)
            }
            noteAnswer(attempt, nowNanoseconds: now)
        case .failed(let through, let jitter):
            failedAttemptCount += 1
            isReachable = false
            changeHeld(attempt) { $0.hold(attempt.rows.lowerBound...through) }
            pause(jitter: jitter, nowNanoseconds: now)
        case .unread(let jitter):
            pause(jitter: jitter, nowNanoseconds: now)
        }
    }

    /// What has to be recorded now so that a restart goes on from here; coalesced, so mostly empty.
    ///
    /// Whoever takes it commits it: the schedule will not say it again.
    ///
    /// - Parameters:
    ///   - now: the monotonic clock in nanoseconds.
    ///   - isStopping: whether this is the last chance; then nothing is held back.
    /// - Returns: the streams that have changed, each whole.
    package mutating func progressToRecord(
        nowNanoseconds now: Int64, isStopping: Bool = false
    ) -> [TargetProgress] {
        guard isStopping || now >= recordsAgainAtNanoseconds else { return [] }
        let present = progress
        let changed = present.filter { !recorded.contains($0) }
        guard !changed.isEmpty else { return [] }
        recorded = present
        recordsAgainAtNanoseconds = now + nanoseconds(settings.progressIntervalSeconds)
        return changed
    }

    /// How far the target has come.
    private var progress: [TargetProgress] {
        [
            TargetProgress(target: target, stream: .transitions, position: transitions.position),
            TargetProgress(target: target, stream: .detections, position: detections.position),
            TargetProgress(
                target: target, stream: .observations, position: live.position,
                backlog: backlog.ranges),
            TargetProgress(target: target, stream: .losses, position: losses.position),
        ]
    }

    // MARK: - Steps

    private func attempt(
        _ lane: DeliveryLane, _ stream: DeliveryStream, _ rows: ClosedRange<Int64>
    ) -> DeliveryStep {
        // What is in doubt goes out again as it was.
        let isFresh = lane == .backlog && backlog.held.first == nil
        return .attempt(
            DeliveryAttempt(
                lane: lane, stream: stream, rows: rows,
                limit: isFresh ? backlogItemLimit : settings.itemLimit))
    }

    /// A rest until there is something to deliver, or something to record.
    private func rest(until moment: Int64?) -> DeliveryStep {
        guard progress.contains(where: { !recorded.contains($0) }) else {
            return .wait(untilNanoseconds: moment)
        }
        return .wait(untilNanoseconds: min(moment ?? .max, recordsAgainAtNanoseconds))
    }

    /// Moves rows of a target that is far behind, or away, into the backlog: all but the newest,
    /// so that the first delivery it takes again holds the newest reading.
    private mutating func letOldRowsStepAside() {
        let itemLimit = Int64(settings.itemLimit)
        guard live.waitingCount > (isReachable ? settings.liveWindowRows : itemLimit) else {
            return
        }
        let endOfDoubt = live.held.last?.upperBound ?? live.position
        guard endOfDoubt < live.end else { return }
        // Never in the midst of a delivery in doubt: it stays what it was, under its key.
        let position = max(live.end - itemLimit, endOfDoubt)
        if backlog.ranges.isEmpty { backlog.held = live.held }
        backlog.append((live.position + 1)...position, rangeLimit: settings.backlogRangeLimit)
        live = DeliveryCursor(position: position, end: live.end)
    }

    /// Is done with the attempt's rows up to `row`.
    private mutating func pass(_ attempt: DeliveryAttempt, through row: Int64) {
        switch (attempt.lane, attempt.stream) {
        case (.backlog, _): backlog.pass(through: row)
        case (_, .transitions): transitions.pass(through: row)
        case (_, .detections): detections.pass(through: row)
        case (_, .observations): live.pass(through: row)
        case (_, .losses): losses.pass(through: row)
        }
    }

    /// Changes what is in doubt where the attempt's rows belong.
    private mutating func changeHeld(
        _ attempt: DeliveryAttempt, _ change: (inout HeldRows) -> Void
    ) {
        switch (attempt.lane, attempt.stream) {
        case (.backlog, _): change(&backlog.held)
        case (_, .transitions): change(&transitions.held)
        case (_, .detections): change(&detections.held)
        case (_, .observations): change(&live.held)
        case (_, .losses): change(&losses.held)
        }
    }

    private mutating func noteAnswer(_ attempt: DeliveryAttempt, nowNanoseconds now: Int64) {
        isReachable = true
        failuresInARow = 0
        guard attempt.lane == .backlog else { return }
        backlogRestsUntilNanoseconds = now + nanoseconds(settings.backlogIntervalSeconds)
    }

    /// On a slow line a live reading would wait for a large delivery of the backlog: those become
    /// smaller, down to one item, until they take little longer than what a live one takes anyway.
    private mutating func noteDuration(of attempt: DeliveryAttempt, nowNanoseconds now: Int64) {
        let taken = now - attemptBeganNanoseconds
        switch (attempt.lane, attempt.stream) {
        case (.live, .observations): liveNanoseconds = taken
        case (.backlog, _):
            guard let liveNanoseconds else { return }
            let excess = taken - liveNanoseconds
            if excess > nanoseconds(settings.backlogExcessSeconds) {
                backlogItemLimit = max(1, backlogItemLimit / 2)
            } else if excess < nanoseconds(settings.backlogExcessSeconds / 4) {
                backlogItemLimit = min(settings.itemLimit, backlogItemLimit * 2)
            }
        default: break
        }
    }

    /// Backs off with full jitter: anything from nothing to a ceiling that doubles.
    private mutating func pause(jitter: Double, nowNanoseconds now: Int64) {
        precondition((0..<1).contains(jitter), "jitter is a random number of 0..<1")
        let doubled = settings.firstBackoffSeconds * Double(1 << min(failuresInARow, 20))
        failuresInARow += 1
        let ceiling = min(settings.backoffLimitSeconds, doubled)
        pausesUntilNanoseconds = now + nanoseconds(jitter * ceiling)
    }

    private func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
}
