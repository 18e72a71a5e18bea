import GatewayModel

/// Notices what is missing between the numbers that a sensor gives its readings, where the sensor is
/// no firmware device: nobody can ask it again, so the loss ledger has what did not come.
///
/// - A number that comes late within `graceSeconds` was only overtaken.
/// - A counter that begins anew, with another boot or without, has lost nothing; nor has one that
///   jumps by more than `SequenceTrack.windowCount`, or one that never goes up by one, such as a clock
///   that is sent as a number.
/// - One entry an hour at most stands for a sensor's losses, however many there are.
///
/// Pure and bounded: two boots, each with `SequenceTrack.missingLimit` holes. What is still waited for
/// when the process dies is not entered.
struct SequenceGaps: Sendable {
    /// How long a missing number is waited for, in seconds.
    static let graceSeconds: UInt32 = 300
    /// The least time between two entries of one sensor, in seconds.
    static let entryIntervalSeconds = 3600.0
    /// A boot that is still sending what it kept stands beside the present one.
    static let trackLimit = 2

    /// The numbers of one boot.
    private struct Counting: Sendable {
        var track: SequenceTrack
        /// Whether it has ever gone up by one.
        var isByOne = false
        /// What would come next if the counter had begun anew.
        var rival: UInt32?
    }

    /// The one that was heard last is the last.
    private var countings: [Counting] = []
    /// What will not be waited for any more.
    private var lost: LossRecord?
    /// How far holes have been waited for; nil where there is none.
    private var waitedUntil: SteadyInstant?
    /// When an entry was last made.
    private var entered: SteadyInstant?

    /// Takes a reading that is new, or has the number of another one.
    ///
    /// - Parameters:
    ///   - observation: the reading; one without a number is passed over.
    ///   - sensor: whose it is.
    mutating func take(_ observation: Observation, of sensor: SensorID) {
        guard case .sequence(let boot, let sequence) = observation.identity else { return }
        let time = observation.time
        guard let index = countings.firstIndex(where: { $0.track.bootCounter == boot }) else {
            if countings.count == Self.trackLimit {
                settle(countings.removeFirst().track.missing, of: sensor)
            }
            countings.append(Self.begin(boot, sequence, time, sensor))
            return
        }
        var counting = countings.remove(at: index)
        defer { countings.append(counting) }
        let ahead = Int32(bitPattern: sequence &- counting.track.next)
        if ahead < 0 {
            takeEarlier(observation, sequence, into: &counting, of: sensor)
            return
        }
        counting.rival = nil
        guard ahead == 0 || counting.isByOne && ahead <= SequenceTrack.windowCount else {
            settle(counting.track.missing, of: sensor)
            counting = Self.begin(boot, sequence, time, sensor)
            return
        }
        if ahead == 0 { counting.isByOne = true }
        settle(counting.track.take(sequence, time: time).lost, of: sensor)
        if ahead > 0 { waitedUntil = waitedUntil ?? observation.received.steady }
    }

    /// A number below the highest one: it fills a hole, came before all that is known, or the counter
    /// has begun anew, which a second reading in its succession shows.
    private mutating func takeEarlier(
        _ observation: Observation, _ sequence: UInt32, into counting: inout Counting,
        of sensor: SensorID
    ) {
        guard observation.marks.contains(.conflicting) else {
            if Int32(bitPattern: sequence &- counting.track.floor) >= 0 {
                _ = counting.track.take(sequence, time: observation.time)
            }
            return
        }
        guard counting.rival == sequence else {
            counting.rival = sequence &+ 1
            return
        }
        settle(counting.track.missing, of: sensor)
        counting = Self.begin(counting.track.bootCounter, sequence, observation.time, sensor)
        counting.isByOne = true
    }

    /// Goes on from a reading that is stored: what is missing before it is told already, or not known.
    mutating func restore(_ observation: Observation, of sensor: SensorID) {
        var past = self
        past.take(observation, of: sensor)
        countings = past.countings
        for index in countings.indices { countings[index].track.missing = [] }
    }

    private static func begin(
        _ boot: UInt32, _ sequence: UInt32, _ time: UTCInstant, _ sensor: SensorID
    ) -> Counting {
        Counting(
            track: SequenceTrack(sensor: sensor, bootCounter: boot, sequence: sequence, time: time))
    }

    // MARK: - What is lost

    /// Lets time pass.
    ///
    /// - Returns: what is to be entered now.
    mutating func step(at now: SteadyInstant, of sensor: SensorID) -> LossRecord? {
        guard waitedUntil != nil || lost != nil else { return nil }
        letHolesWait(until: now)
        if let entered, now.seconds(since: entered) < Self.entryIntervalSeconds { return nil }
        for index in countings.indices {
            let missing = countings[index].track.missing
            settle(missing.filter { $0.waitedSeconds >= Self.graceSeconds }, of: sensor)
            countings[index].track.missing.removeAll { $0.waitedSeconds >= Self.graceSeconds }
        }
        return takeLost(at: now)
    }

    private mutating func letHolesWait(until now: SteadyInstant) {
        guard let before = waitedUntil else { return }
        guard countings.contains(where: { !$0.track.missing.isEmpty }) else {
            waitedUntil = nil
            return
        }
        let seconds = UInt32(min(max(0, now.seconds(since: before)), 1e6))
        guard seconds > 0 else { return }
        waitedUntil = before.advanced(byMilliseconds: Int64(seconds) * 1000)
        for index in countings.indices {
            for hole in countings[index].track.missing.indices {
                countings[index].track.missing[hole].waitedSeconds += seconds
            }
        }
    }

    /// Waits for nothing any more.
    ///
    /// - Returns: what is to be entered; nil where nothing is missing.
    mutating func end(at now: SteadyInstant, of sensor: SensorID) -> LossRecord? {
        for index in countings.indices {
            settle(countings[index].track.missing, of: sensor)
            countings[index].track.missing = []
        }
        return takeLost(at: now)
    }

    private mutating func takeLost(at now: SteadyInstant) -> LossRecord? {
        guard let loss = lost else { return nil }
        lost = nil
        entered = now
        return loss
    }

    private mutating func settle(_ missing: [SequenceTrack.Missing], of sensor: SensorID) {
        for hole in missing {
            let next = LossRecord(missing: hole, of: sensor)
            guard var loss = lost else {
                lost = next
                continue
            }
            loss.from = min(loss.from, next.from)
            loss.to = max(loss.to, next.to)
            loss.count = (loss.count ?? 0) + (next.count ?? 0)
            lost = loss
        }
    }
}
