import Forwarding
import GatewayPorts
import Testing

/// A store, a target and the loop between them, without threads and clocks, driven by one seed.
///
/// It keeps its own account of what was delivered and checks the order at every attempt.
struct SimulatedTarget {
    /// How the far end behaves.
    enum Behaviour {
        case takesAll
        case isAway
        /// Fails this share of the requests; half of those were taken all the same.
        case failsAtTimes(share: Double)
    }

    var random: SeededGenerator
    var settings: DeliverySettings
    var schedule: DeliverySchedule
    var behaviour = Behaviour.takesAll
    /// Items that the target will never take.
    var poison: Set<Int64> = []
    var nowNanoseconds: Int64 = 0
    private(set) var ends = StreamPositions()
    /// Rows that exist, by stream; of the detections only those that are told.
    private(set) var rows: [DeliveryStream: [Int64]] = [
        .transitions: [], .detections: [], .observations: [], .losses: [],
    ]
    private(set) var untoldDetections: [Int64] = []
    /// How often each row reached the target.
    private(set) var arrivals: [DeliveryStream: [Int64: Int]] = [:]
    private(set) var confirmed: [DeliveryStream: Set<Int64>] = [:]
    /// Every delivery in order.
    private(set) var log: [(lane: DeliveryLane, rows: [Int64], nanoseconds: Int64)] = []
    private(set) var stored: [TargetProgress] = []
    private(set) var refused: Set<Int64> = []
    private(set) var mostBacklogRanges = 0

    init(seed: UInt64, settings: DeliverySettings) {
        random = SeededGenerator(seed: seed)
        self.settings = settings
        schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: [], ends: StreamPositions())
    }

    /// Commits new rows; `gap` rows before the observations never existed.
    mutating func add(
        observations: Int = 0, transitions: Int = 0, detections: Int = 0, untold: Int = 0,
        losses: Int = 0, gap: Int64 = 0
    ) {
        ends.observations += gap
        for _ in 0..<observations {
            ends.observations += 1
            rows[.observations]?.append(ends.observations)
        }
        for _ in 0..<transitions {
            ends.transitions += 1
            rows[.transitions]?.append(ends.transitions)
        }
        for index in 0..<detections + untold {
            ends.detections += 1
            if index < detections {
                rows[.detections]?.append(ends.detections)
            } else {
                untoldDetections.append(ends.detections)
            }
        }
        for _ in 0..<losses {
            ends.losses += 1
            rows[.losses]?.append(ends.losses)
        }
        schedule.extend(to: ends)
    }

    /// Ends the loop and begins another from what was recorded; `isCrash` loses the rest.
    mutating func restart(isCrash: Bool) {
        if !isCrash { record(isStopping: true) }
        schedule = DeliverySchedule(
            target: "city", settings: settings, restoring: stored, ends: ends)
    }

    /// One turn of the loop; false where there is nothing to do but wait.
    mutating func turn() -> Bool {
        record(isStopping: false)
        switch schedule.next(nowNanoseconds: nowNanoseconds) {
        case .wait(let until):
            nowNanoseconds = until ?? nowNanoseconds
            return until != nil
        case .attempt(let attempt):
            checkOrder(attempt)
            let (told, through) = read(attempt)
            let outcome =
                told.isEmpty
                ? .confirmed(count: 0, through: through)
                : deliver(
                    attempt, told, through)
            nowNanoseconds += 50_000_000
            schedule.finish(attempt, outcome, nowNanoseconds: nowNanoseconds)
            return true
        }
    }

    /// Turns until nothing is left to do; false where that takes longer than it ever should.
    mutating func drain(turnLimit: Int = 200_000) -> Bool {
        for _ in 0..<turnLimit where !turn() { return true }
        return false
    }

    private mutating func record(isStopping: Bool) {
        let changed = schedule.progressToRecord(
            nowNanoseconds: nowNanoseconds, isStopping: isStopping)
        for progress in changed {
            stored.removeAll { $0.stream == progress.stream }
            stored.append(progress)
            mostBacklogRanges = max(mostBacklogRanges, progress.backlog.count)
        }
    }

    private func read(_ attempt: DeliveryAttempt) -> (told: [Int64], through: Int64) {
        var found = slice(rows[attempt.stream] ?? [], attempt.rows)
        if attempt.stream == .detections {
            found = (found + slice(untoldDetections, attempt.rows)).sorted()
        }
        let page = Array(found.prefix(attempt.limit))
        let told = page.filter { attempt.stream != .detections || !untoldDetections.contains($0) }
        let isWhole = page.count < attempt.limit
        return (told, isWhole ? attempt.rows.upperBound : page.last ?? attempt.rows.upperBound)
    }

    private func slice(_ all: [Int64], _ range: ClosedRange<Int64>) -> [Int64] {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return Array(all[low...].prefix { $0 <= range.upperBound })
    }

    private mutating func deliver(
        _ attempt: DeliveryAttempt, _ told: [Int64], _ through: Int64
    ) -> DeliveryOutcome {
        let jitter = Double.random(in: 0..<1, using: &random)
        switch behaviour {
        case .isAway: return .failed(through: through, jitter: jitter)
        case .failsAtTimes(let share) where Double.random(in: 0..<1, using: &random) < share:
            if Bool.random(using: &random), poison.isDisjoint(with: told) {
                arrive(attempt, told)
            }
            return .failed(through: through, jitter: jitter)
        default: break
        }
        if attempt.stream == .observations, !poison.isDisjoint(with: told) {
            if told.count == 1 { refused.formUnion(told) }
            return .refused(count: told.count, through: through)
        }
        arrive(attempt, told)
        confirmed[attempt.stream, default: []].formUnion(told)
        return .confirmed(count: told.count, through: through)
    }

    private mutating func arrive(_ attempt: DeliveryAttempt, _ told: [Int64]) {
        log.append((attempt.lane, told, nowNanoseconds))
        for row in told { arrivals[attempt.stream, default: [:]][row, default: 0] += 1 }
    }

    /// An alarm that is pending goes before any reading, the newest reading before the loss ledger
    /// and any backlog, the loss ledger before any backlog.
    private func checkOrder(_ attempt: DeliveryAttempt) {
        guard attempt.lane != .alarms else { return }
        for stream in [DeliveryStream.transitions, .detections] {
            let pending = (rows[stream] ?? []).last { confirmed[stream]?.contains($0) != true }
            #expect(pending == nil, "\(stream) \(pending ?? 0) waits while a reading goes out")
        }
        if attempt.lane == .backlog {
            let pending = (rows[.losses] ?? []).last { confirmed[.losses]?.contains($0) != true }
            #expect(pending == nil, "loss \(pending ?? 0) waits while the backlog goes out")
        }
        guard attempt.lane == .backlog || attempt.stream == .losses,
            let newest = rows[.observations]?.last
        else { return }
        let isDone =
            confirmed[.observations]?.contains(newest) == true || refused.contains(newest)
        #expect(isDone, "reading \(newest) waits while the past goes out")
    }
}
