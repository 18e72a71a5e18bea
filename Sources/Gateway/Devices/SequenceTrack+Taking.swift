import GatewayModel

/// What a step of a track has changed.
struct SequenceChange: Equatable {
    /// Numbers newly noticed as missing, and missing ones that have come.
    var missing: UInt64 = 0
    var filled: UInt64 = 0
    /// What will not be asked for any more: the loss ledger's.
    var lost: [SequenceTrack.Missing] = []

    var isEmpty: Bool { missing == 0 && filled == 0 && lost.isEmpty }

    mutating func add(_ other: SequenceChange) {
        missing += other.missing
        filled += other.filled
        lost += other.lost
    }
}

/// The state machine of a boot's numbers: what is on disk goes in, what is missing comes out.
///
/// It speaks of readings that are on disk and of no others, for what it says leaves the device's
/// memory.
extension SequenceTrack {
    /// A hole beyond this many numbers is a counter that jumped, and not asked for.
    static let windowCount: UInt32 = 65_535

    /// A track that begins with a stored reading.
    init(sensor: SensorID, bootCounter: UInt32, sequence: UInt32, time: UTCInstant) {
        // A boot's first reading has the number 0: before it there is nothing.
        self.init(
            sensor: sensor, bootCounter: bootCounter, floor: sequence,
            isFloorSettled: sequence == 0,
            next: sequence &+ 1, newestTime: time)
    }

    /// Takes down that a reading is on disk.
    mutating func take(_ sequence: UInt32, time: UTCInstant) -> SequenceChange {
        var change = SequenceChange()
        let ahead = Int32(bitPattern: sequence &- next)
        if ahead >= 0 {
            if ahead > 0 {
                let hole = Missing(
                    first: next, count: UInt32(ahead), from: newestTime, to: time)
                add(hole, at: missing.count, to: &change)
            }
            next = sequence &+ 1
            newestTime = time
        } else if Int32(bitPattern: sequence &- floor) < 0 {
            let count = floor &- sequence &- 1
            if count > 0 {
                let hole = Missing(
                    first: sequence &+ 1, count: count, from: time, to: newestTime)
                add(hole, at: 0, to: &change)
            }
            floor = sequence
            isFloorSettled = sequence == 0
        } else {
            fill(sequence, time: time, in: &change)
        }
        dropExcess(into: &change)
        return change
    }

    /// Takes down that the device holds nothing of this boot before `oldest` any more.
    mutating func holdsNothing(before oldest: UInt32) -> SequenceChange {
        var change = SequenceChange()
        let depth = Int32(bitPattern: floor &- oldest)
        if depth > 0 {
            guard !isFloorSettled else { return change }
            let hole = Missing(
                first: oldest, count: UInt32(depth), from: newestTime, to: newestTime)
            add(hole, at: 0, to: &change)
            floor = oldest
        }
        isFloorSettled = true
        var kept: [Missing] = []
        for hole in missing {
            let lostCount = min(
                max(0, Int64(Int32(bitPattern: oldest &- hole.first))), Int64(hole.count))
            if lostCount > 0 {
                var lost = hole
                lost.count = UInt32(lostCount)
                if !hole.isGivenUp { change.lost.append(lost) }
            }
            var rest = hole
            rest.first = hole.first &+ UInt32(lostCount)
            rest.count -= UInt32(lostCount)
            if rest.count > 0 { kept.append(rest) }
        }
        missing = kept
        dropExcess(into: &change)
        return change
    }

    /// How often at most a hole is asked for, and how long one request is left alone, in seconds.
    ///
    /// - Source: `firmware-protocol/SPECIFICATION.md`, "Acknowledgement".
    static let askLimit: UInt32 = 3
    static let askIntervalSeconds: UInt32 = 3600
    /// How long a hole is left alone at first, in seconds: a backlog on its way fills it by itself.
    static let graceSeconds: UInt32 = 30

    /// Lets time pass for what is missing, and gives up what was asked for often enough.
    ///
    /// What is given up stays missing: the device may still hold it, and must not be told that it
    /// is settled.
    mutating func age(bySeconds seconds: UInt32) -> SequenceChange {
        var change = SequenceChange()
        for index in missing.indices where !missing[index].isGivenUp {
            let waited = missing[index].waitedSeconds
            missing[index].waitedSeconds = waited + min(seconds, .max - waited)
            guard missing[index].askedCount >= Self.askLimit,
                missing[index].waitedSeconds >= Self.askIntervalSeconds
            else { continue }
            missing[index].isGivenUp = true
            change.lost.append(missing[index])
        }
        return change
    }

    /// Asks for what is due to be asked for.
    ///
    /// - Returns: whether anything is.
    mutating func ask() -> Bool {
        guard !isContested else { return false }
        var asks = false
        for index in missing.indices where isDue(missing[index]) {
            missing[index].askedCount += 1
            missing[index].waitedSeconds = 0
            asks = true
        }
        return asks
    }

    private func isDue(_ hole: Missing) -> Bool {
        guard !hole.isGivenUp, hole.askedCount < Self.askLimit else { return false }
        return hole.waitedSeconds
            >= (hole.askedCount == 0 ? Self.graceSeconds : Self.askIntervalSeconds)
    }

    // MARK: - Holes

    private mutating func add(_ hole: Missing, at index: Int, to change: inout SequenceChange) {
        var hole = hole
        change.missing += UInt64(hole.count)
        if hole.count > Self.windowCount {
            hole.isGivenUp = true
            change.lost.append(hole)
        }
        missing.insert(hole, at: index)
    }

    private mutating func fill(
        _ sequence: UInt32, time: UTCInstant, in change: inout SequenceChange
    ) {
        guard let index = missing.firstIndex(where: { sequence &- $0.first < $0.count }) else {
            return
        }
        change.filled += 1
        let hole = missing[index]
        var before = hole
        before.count = sequence &- hole.first
        before.to = time
        var behind = hole
        behind.first = sequence &+ 1
        behind.count = hole.count - before.count - 1
        behind.from = time
        missing.replaceSubrange(
            index...index, with: [before, behind].filter { $0.count > 0 })
    }

    /// Forgets the oldest holes beyond the limit. What lies below is then nothing that the track
    /// could call settled.
    private mutating func dropExcess(into change: inout SequenceChange) {
        while missing.count > Self.missingLimit {
            let dropped = missing.removeFirst()
            if !dropped.isGivenUp { change.lost.append(dropped) }
            floor = dropped.first &+ dropped.count
            isFloorSettled = false
        }
    }
}
