import Forwarding
import GatewayModel
import GatewayPorts
import Logging

/// Feeds one target from the store, for ever: reads what the schedule says, hands it over, and
/// takes down how far it came.
///
/// Only it waits and tries again; the target's adapter does neither.
struct DeliveryWorker: Sendable {
    /// Which streams the target follows.
    enum Appetite: Sendable {
        /// Alarms, detections, observations, and the loss ledger where the target takes it.
        case everything
        /// What people are told: alarms and detections.
        case notices
    }

    let forwarder: any Forwarder
    let appetite: Appetite
    let archive: any ObservationArchive
    let composer: DeliveryComposer
    /// Where a target without a record begins.
    let firstEnds: StreamPositions
    let ends: StreamEnds
    let progress: ProgressBoard
    let told: ToldBoard
    let board: LiveBoard
    let clock: any GatewayClock
    let logger: Logger
    /// The machine's monotonic clock, which decides when to try again.
    var nanoseconds: @Sendable () -> Int64 = { SystemClock.monotonicNanoseconds }
    /// A random number of 0..<1, for the pauses.
    var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// How far the target has come.
    struct Position: Sendable {
        var schedule: DeliverySchedule
        /// Of what is told before it is stored.
        var unstored: UnstoredSchedule
    }

    /// Serves until the task is cancelled; what was confirmed by then is taken down.
    func run() async {
        var position = begin()
        while !Task.isCancelled {
            let known = ends.positions
            let number = ends.unstored.newestNumber
            if case .wait(let deadline) = await turn(&position) {
                let rest = deadline.map { Duration.nanoseconds(max(0, $0 - nanoseconds())) }
                await ends.waitForChange(from: known, unstored: number, atMost: rest)
                note(position.schedule.progressToRecord(nowNanoseconds: nanoseconds()))
            }
        }
        note(
            position.schedule.progressToRecord(nowNanoseconds: nanoseconds(), isStopping: true))
        await forwarder.close()
    }

    /// Goes on where the target stood.
    func begin() -> Position {
        var schedule = DeliverySchedule(
            target: forwarder.name, settings: DeliverySettings(itemLimit: forwarder.itemLimit),
            restoring: progress.progress(of: forwarder.name), ends: visible(firstEnds))
        note(schedule.progressToRecord(nowNanoseconds: nanoseconds(), isStopping: true))
        return Position(
            schedule: schedule, unstored: UnstoredSchedule(told: told.keys(of: forwarder.name)))
    }

    /// Tells what is not stored, and makes one attempt, where one is due.
    ///
    /// - Returns: what the schedule had said: after a wait there is nothing to do for so long.
    func turn(_ position: inout Position) async -> DeliveryStep {
        let moment = await tellUnstored(&position.unstored)
        position.schedule.extend(to: visible(ends.positions))
        let returned = progress.takeReturned(target: forwarder.name)
        if appetite == .everything, !returned.isEmpty { position.schedule.resume(returned) }
        var step = position.schedule.next(nowNanoseconds: nanoseconds())
        switch step {
        case .attempt(let attempt):
            let (outcome, failure) = await carryOut(attempt, unless: position.unstored.hasTold)
            position.schedule.finish(attempt, outcome, nowNanoseconds: nanoseconds())
            show(position.schedule, failure: failure, isConfirmed: outcome.isConfirmed)
        case .wait(let deadline):
            show(position.schedule, failure: nil, isConfirmed: false)
            step = .wait(untilNanoseconds: [deadline, moment].compactMap(\.self).min())
        }
        note(position.schedule.progressToRecord(nowNanoseconds: nanoseconds()))
        return step
    }

    // MARK: - What is not stored

    /// Tells the target what has no row yet, as far as it takes it.
    ///
    /// - Returns: when to try again; nil where only news can bring anything.
    private func tellUnstored(_ schedule: inout UnstoredSchedule) async -> Int64? {
        while !Task.isCancelled {
            switch schedule.next(
                of: ends.unstored, nowNanoseconds: nanoseconds(), key: composer.key)
            {
            case .wait(let moment): return moment
            case .tell(let number, let item):
                do {
                    try await forwarder.deliver(composer.delivery(lane: .alarms, items: [item]))
                    schedule.didTell(number, key: composer.key(item))
                    told.note(schedule.told, of: forwarder.name)
                } catch  where error.isRetryable {
                    logger.warning("target \(forwarder.name) was not told of an alarm: \(error)")
                    schedule.didFail(nowNanoseconds: nanoseconds(), chance: jitter())
                } catch {
                    logger.error("target \(forwarder.name) refuses an alarm: \(error)")
                    schedule.didRefuse(number)
                }
            }
        }
        return nil
    }

    // MARK: - One attempt

    private func carryOut(
        _ attempt: DeliveryAttempt, unless isTold: (String) -> Bool
    ) async -> (outcome: DeliveryOutcome, failure: AdapterFailure?) {
        var items: [DeliveryItem]
        let through: Int64
        do {
            (items, through) = try await attempt.read(from: archive)
            // What was told while the store was down has its row now, and is not told again.
            items.removeAll { isTold(composer.key($0)) }
        } catch {
            return (.unread(jitter: jitter()), error)
        }
        guard !items.isEmpty else { return (.confirmed(count: 0, through: through), nil) }
        do {
            // What a sensor had kept while it or we were away is the past, though it came just now.
            let late = attempt.lane == .live ? items.filter(\.isLate) : []
            let present = late.isEmpty ? items : items.filter { !$0.isLate }
            for (lane, part) in [(attempt.lane, present), (.backlog, late)] where !part.isEmpty {
                try await forwarder.deliver(composer.delivery(lane: lane, items: part))
            }
            return (.confirmed(count: items.count, through: through), nil)
        } catch  where error.isRetryable {
            return (.failed(through: through, jitter: jitter()), error)
        } catch {
            if items.count == 1 {
                logger.error("target \(forwarder.name) refuses for good, row \(through): \(error)")
            }
            return (.refused(count: items.count, through: through), error)
        }
    }

    // MARK: - What others see

    private func note(_ changed: [TargetProgress]) {
        for progress in changed { self.progress.note(progress) }
    }

    private func show(_ schedule: DeliverySchedule, failure: AdapterFailure?, isConfirmed: Bool) {
        let time = clock.now().utc
        board.update { live in
            guard let index = live.targets.firstIndex(where: { $0.name == forwarder.name }) else {
                return
            }
            live.targets[index].isReachable = schedule.isReachable
            live.targets[index].waitingCount = schedule.waitingCount
            live.targets[index].deliveredCount = schedule.deliveredCount
            live.targets[index].failedAttemptCount = schedule.failedAttemptCount
            live.targets[index].refusedCount = schedule.refusedCount
            if let failure { live.targets[index].lastFailure = failure.description }
            if isConfirmed {
                live.targets[index].lastFailure = nil
                live.targets[index].lastSuccess = time
            }
        }
    }

    private func visible(_ ends: StreamPositions) -> StreamPositions {
        switch appetite {
        case .everything:
            StreamPositions(
                observations: ends.observations, transitions: ends.transitions,
                detections: ends.detections, losses: forwarder.takesLosses ? ends.losses : 0)
        case .notices:
            StreamPositions(transitions: ends.transitions, detections: ends.detections)
        }
    }
}

extension DeliveryItem {
    /// Whether it was overtaken by a later reading of its sensor.
    fileprivate var isLate: Bool {
        if case .observation(let stored) = self {
            stored.observation.marks.contains(.late)
        } else {
            false
        }
    }
}

extension DeliveryOutcome {
    /// Whether the target has confirmed something.
    fileprivate var isConfirmed: Bool {
        if case .confirmed(let count, _) = self { return count > 0 }
        return false
    }
}
