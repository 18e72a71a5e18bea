import GatewayModel

/// Puts the readings of one channel in order and on the steady timeline.
///
/// The order is the sensor's word where it has one: boot counter and sequence, else the device's own
/// time, else the receipt. How old a reading was on receipt is the device's word too: an age, or the
/// distance of its clock from where that clock stood before. The gateway's civil clock says at most
/// where a device's clock stood at the beginning; who sets it later moves nothing.
///
/// | the device's clock | what happens |
/// |---|---|
/// | is ahead of where it stood | it was set forward: from now on that is where it stands |
/// | goes back from one sequence number to the next | it was set back |
/// | stays behind by the same for ten minutes | it was set back, or was wrong from the start |
/// | is behind, and catches up | the device sends what it has kept |
///
/// A sensor that says neither number nor time is never late.
struct ReadingOrder: Sendable {
    /// What became of a reading.
    struct Outcome: Equatable {
        var place: ReadingPlace
        /// Whether a reading that was measured later has come before.
        var isLate: Bool
        /// Whether the device's clock was found to have been set: times before say nothing about
        /// times to come.
        var clockWasSet = false
    }

    private struct Newest {
        var identity: ReadingIdentity
        var deviceTime: UTCInstant?
        var place: ReadingPlace
    }

    /// The highest sequence of one boot of one device.
    private struct Top {
        var deviceID: UInt64
        var boot: UInt32
        var sequence: UInt32
    }

    /// A device's clock that has kept its distance from ours since some reading.
    private struct Run {
        var lag: Int64
        var since: SteadyInstant
        var count: Int
    }

    /// How long, and in how many readings at least, a device must keep its distance, or send nothing
    /// but late readings, before what it says is the new order.
    static let settlingSeconds = 600.0
    static let settlingCount = 3
    /// Readings that come closer than this were kept, where a device that knows the time says that
    /// hours lie between them; of others it may be that its clock was set. Ages say less: the firmware
    /// protocol writes long ones up to a sixteenth too short.
    static let burstMilliseconds: Int64 = 10_000
    private static let topLimit = 4

    private var newest: Newest?
    /// The newest boot last.
    private var tops: [Top] = []
    /// The steady time less the device's time of a reading that is sent at once, in milliseconds.
    private var freshLag: Int64?
    private var isLagBelieved = false
    private var run: Run?
    /// The first of the late readings since the last one in order, and how many.
    private var lateSince: SteadyInstant?
    private var lateCount = 0

    /// Takes a new reading.
    ///
    /// - Parameters:
    ///   - reading: the reading, under the time that it is believed for.
    ///   - tolerance: how far a device's clock may run ahead, in milliseconds.
    /// - Returns: its place, and whether it is late there.
    mutating func place(
        _ reading: Observation, toleranceMilliseconds tolerance: Int64
    ) -> Outcome {
        let latest = reading.received.steady
        var clockWasSet = followClock(of: reading, at: latest)
        let age = age(of: reading, at: latest)
        let earliest = latest.advanced(byMilliseconds: -(age ?? 0))
        if hasLeftFalseFuture(reading, toleranceMilliseconds: tolerance) { clockWasSet = true }
        var isLate = isBehind(
            reading, earliest: age == nil ? nil : earliest, clockWasSet: clockWasSet)
        if isLate, hasOnlyLate(since: latest), !isCatchingUp {
            isLate = false
            clockWasSet = true
            forgetTops(of: reading)
        }
        guard !isLate, let known = newest else {
            if isLate, let known = newest {
                noteLate(at: latest)
                let before = known.place.own.advanced(byMilliseconds: -1)
                return Outcome(
                    place: ReadingPlace(
                        own: before, sure: known.place.sure, earliest: earliest, latest: latest),
                    isLate: true)
            }
            let place = ReadingPlace(
                own: earliest, sure: earliest, earliest: earliest, latest: latest)
            take(reading, place)
            return Outcome(place: place, isLate: false)
        }
        let elapsed = elapsed(from: known, to: reading, earliest: earliest, latest: latest)
        let between = latest.milliseconds.subtracting(known.place.latest.milliseconds)
        let wasKept = reading.deviceTime != nil && between < Self.burstMilliseconds
        let place = ReadingPlace(
            own: known.place.own.advanced(byMilliseconds: elapsed),
            sure: known.place.sure.advanced(
                byMilliseconds: wasKept ? elapsed : min(elapsed, between)),
            earliest: earliest, latest: latest)
        take(reading, place)
        return Outcome(place: place, isLate: false, clockWasSet: clockWasSet)
    }

    // MARK: - The device's clock

    /// Follows the device's clock on the steady timeline.
    ///
    /// - Returns: whether it was found to have been set back.
    private mutating func followClock(of reading: Observation, at latest: SteadyInstant) -> Bool {
        guard let said = reading.deviceTime, !isNeverSet(reading) else { return false }
        let lag = latest.milliseconds.subtracting(said.milliseconds)
        let quality = reading.received.quality
        if !isLagBelieved, quality == .synchronised || quality == .simulated {
            isLagBelieved = true
            freshLag = latest.milliseconds.subtracting(reading.received.utc.milliseconds)
        }
        freshLag = min(freshLag ?? lag, lag)
        if let known = run,
            lag.subtracting(known.lag).magnitude
                <= max(
                    5000, latest.milliseconds.subtracting(known.since.milliseconds).magnitude / 20)
        {
            run = Run(lag: known.lag, since: known.since, count: known.count + 1)
        } else {
            run = Run(lag: lag, since: latest, count: 1)
        }
        let isBehind = lag.subtracting(freshLag ?? lag) > 60_000
        if let run, run.count >= Self.settlingCount,
            latest.seconds(since: run.since) >= Self.settlingSeconds
        {
            settle(at: lag)
            return isBehind
        }
        guard isBehind, goesBack(reading, said) else { return false }
        settle(at: lag)
        return true
    }

    /// Takes a lag for that of a reading sent at once. Of the newest reading more was taken for age
    /// than it was.
    private mutating func settle(at lag: Int64) {
        let excess = max(0, lag.subtracting(freshLag ?? lag))
        freshLag = lag
        guard let place = newest?.place else { return }
        newest?.place.earliest = min(place.latest, place.earliest.advanced(byMilliseconds: excess))
    }

    /// Whether the device's clock went back from the newest number to this one.
    private func goesBack(_ reading: Observation, _ said: UTCInstant) -> Bool {
        guard let newest, let before = newest.deviceTime, said < before,
            case .sequence(let boot, let sequence) = reading.identity,
            case .sequence(boot, let last) = newest.identity
        else { return false }
        return sequence > last
    }

    /// How old a reading was on receipt, in milliseconds; nil where its device does not say.
    private func age(of reading: Observation, at latest: SteadyInstant) -> Int64? {
        guard let said = reading.deviceTime else {
            // An age was counted back from the receipt, by the same clock.
            let age = reading.received.utc.milliseconds.subtracting(reading.time.milliseconds)
            return age > 0 && !reading.marks.contains(.deviceTimeRefused) ? age : nil
        }
        guard !isNeverSet(reading), let freshLag else { return nil }
        return max(0, latest.milliseconds.subtracting(said.milliseconds).subtracting(freshLag))
    }

    /// A clock that says 1970 says nothing.
    private func isNeverSet(_ reading: Observation) -> Bool {
        guard reading.marks.contains(.deviceTimeRefused), let said = reading.deviceTime else {
            return false
        }
        return said < reading.time
    }

    /// Whether the newest device time lies in a future that this reading shows to be false.
    private func hasLeftFalseFuture(
        _ reading: Observation, toleranceMilliseconds tolerance: Int64
    ) -> Bool {
        guard let said = reading.deviceTime, case .deviceTime(let last)? = newest?.identity else {
            return false
        }
        let limit = reading.received.utc.advanced(byMilliseconds: tolerance)
        return last > limit && said <= limit
    }

    // MARK: - The order

    /// Whether a reading that was measured later has come before.
    ///
    /// - Parameters:
    ///   - reading: the reading.
    ///   - earliest: when it was measured at the earliest; nil where its device does not say.
    ///   - clockWasSet: whether device times have a new order.
    /// - Returns: whether one has.
    private func isBehind(
        _ reading: Observation, earliest: SteadyInstant?, clockWasSet: Bool
    ) -> Bool {
        guard let newest else { return false }
        // Surely measured after the newest had come: a number before it was counted anew.
        let isAfter = earliest.map { $0 > newest.place.latest }
        switch (reading.identity, newest.identity) {
        case (.sequence(let boot, let sequence), .sequence):
            let index = tops.lastIndex {
                $0.deviceID == reading.deviceID && $0.boot == boot
            }
            if let index {
                let isEarlier = sequence < tops[index].sequence
                return index == tops.count - 1
                    ? isEarlier && isAfter != true : isEarlier || isAfter == false
            }
            let isOlderBoot = tops.contains { $0.deviceID == reading.deviceID && $0.boot > boot }
            return isOlderBoot && isAfter == false
        case (.deviceTime(let said), .deviceTime(let last)): return said < last && !clockWasSet
        default: return (earliest ?? reading.received.steady) < newest.place.earliest
        }
    }

    private mutating func noteLate(at latest: SteadyInstant) {
        lateSince = lateSince ?? latest
        lateCount += 1
    }

    /// Whether nothing has come in order for so long that the order itself must have changed.
    private func hasOnlyLate(since latest: SteadyInstant) -> Bool {
        guard let lateSince, lateCount + 1 >= Self.settlingCount else { return false }
        return latest.seconds(since: lateSince) >= Self.settlingSeconds
    }

    /// Whether the device sends what it has kept: its times come faster than ours, or slower.
    private var isCatchingUp: Bool { run.map { $0.count < Self.settlingCount } ?? false }

    private mutating func forgetTops(of reading: Observation) {
        tops.removeAll { $0.deviceID == reading.deviceID }
    }

    private mutating func take(_ reading: Observation, _ place: ReadingPlace) {
        newest = Newest(
            identity: reading.identity, deviceTime: reading.deviceTime, place: place)
        lateSince = nil
        lateCount = 0
        guard case .sequence(let boot, let sequence) = reading.identity else { return }
        tops.removeAll { $0.deviceID == reading.deviceID && $0.boot == boot }
        if tops.count == Self.topLimit { tops.removeFirst() }
        tops.append(Top(deviceID: reading.deviceID, boot: boot, sequence: sequence))
    }

    /// The milliseconds from the newest reading to the next one.
    private func elapsed(
        from known: Newest, to reading: Observation, earliest: SteadyInstant,
        latest: SteadyInstant
    ) -> Int64 {
        // Of one message: the device's own clock cannot have been set between the two.
        if latest.seconds(since: known.place.latest) < 1, let said = reading.deviceTime,
            let before = known.deviceTime
        {
            return max(0, said.milliseconds.subtracting(before.milliseconds))
        }
        return max(
            0, earliest.milliseconds.subtracting(known.place.earliest.milliseconds))
    }
}

extension Int64 {
    /// The difference, held at the ends of 64 bits: times come from outside.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < other ? .min : .max) : difference
    }
}
