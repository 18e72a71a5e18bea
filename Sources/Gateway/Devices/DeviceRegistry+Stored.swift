import GatewayModel

// MARK: - What is on disk

extension DeviceRegistry {
    /// Takes down that readings of a device are on disk, all of one boot and as one sensor.
    ///
    /// - Parameters:
    ///   - readings: their numbers, and the times that they are stored under.
    ///   - device: whose they are.
    ///   - series: the sensor and the boot.
    ///   - isContested: whether one of them has the number of another reading.
    /// - Returns: what will not be asked for any more.
    mutating func didStore(
        _ readings: [(sequence: UInt32, time: UTCInstant)], of device: DeviceID, _ series: Series,
        isContested: Bool = false
    ) -> [SequenceTrack.Missing] {
        guard var entry = entries[device] else { return [] }
        entries[device] = nil
        defer { put(entry) }
        var change = SequenceChange()
        let index = Self.track(of: series, from: readings.first, in: &entry.record)
        if isContested, !entry.record.tracks[index].isContested {
            entry.record.tracks[index].isContested = true
            entry.isUrgent = true
        }
        for (sequence, time) in readings {
            change.add(entry.record.tracks[index].take(sequence, time: time))
            guard let held = entry.oldestHeld[series], held.firstSequence == sequence else {
                continue
            }
            change.add(entry.record.tracks[index].holdsNothing(before: held.oldest))
            entry.oldestHeld[series] = nil
        }
        entry.unsavedReadings += readings.count
        entry.isChanged = true
        Self.count(change, in: &entry)
        return change.lost
    }

    /// Takes up a reading that was stored before the start: rows of devices are written less often
    /// than readings.
    mutating func restore(
        _ reading: (sequence: UInt32, time: UTCInstant), of device: DeviceID, _ series: Series
    ) {
        guard var entry = entries[device] else { return }
        let known = entry.record.tracks.first { $0.isOf(series) }
        // What lies below the floor is nothing that the row was about.
        if let known, Int32(bitPattern: reading.sequence &- known.floor) < 0 { return }
        let index = Self.track(of: series, from: reading, in: &entry.record)
        _ = entry.record.tracks[index].take(reading.sequence, time: reading.time)
        entries[device] = entry
    }

    /// The place of a series' track; a new one begins with `first`.
    private static func track(
        of series: Series, from first: (sequence: UInt32, time: UTCInstant)?,
        in record: inout DeviceRecord
    ) -> Int {
        if let index = record.tracks.firstIndex(where: { $0.isOf(series) }) { return index }
        if record.tracks.count == DeviceRecord.trackLimit { record.tracks.removeFirst() }
        record.tracks.append(
            SequenceTrack(
                sensor: series.sensor, bootCounter: series.boot, sequence: first?.sequence ?? 0,
                time: first?.time ?? record.lastHeard))
        return record.tracks.count - 1
    }

    private static func count(_ change: SequenceChange, in entry: inout Entry) {
        guard !change.isEmpty else { return }
        entry.record.counters.missing += change.missing
        entry.record.counters.filled += change.filled
        entry.record.counters.lost += change.lost.reduce(0) { $0 + UInt64($1.count) }
        entry.isChanged = true
        entry.isUrgent = true
    }

    /// What is on disk of a series; nil where nothing is known.
    func track(of device: DeviceID, _ series: Series) -> SequenceTrack? {
        entries[device]?.record.tracks.first { $0.isOf(series) }
    }

    /// Asks a device for what is missing of a series, where that is due.
    ///
    /// - Returns: whether it is.
    mutating func asksAgain(_ device: DeviceID, _ series: Series) -> Bool {
        guard
            let index = entries[device]?.record.tracks.firstIndex(where: { $0.isOf(series) }),
            entries[device]?.record.tracks[index].ask() == true
        else { return false }
        makeUrgent(device)
        return true
    }

    /// Lets time pass for what is missing.
    ///
    /// - Returns: what is given up now, by sensor.
    mutating func age(
        bySeconds seconds: UInt32
    ) -> [(sensor: SensorID, lost: [SequenceTrack.Missing])] {
        var lost: [(sensor: SensorID, lost: [SequenceTrack.Missing])] = []
        for id in entries.keys.sorted() {
            guard var entry = entries[id],
                entry.record.tracks.contains(where: { !$0.missing.isEmpty })
            else { continue }
            for index in entry.record.tracks.indices {
                let change = entry.record.tracks[index].age(bySeconds: seconds)
                Self.count(change, in: &entry)
                guard !change.lost.isEmpty else { continue }
                lost.append((entry.record.tracks[index].sensor, change.lost))
            }
            put(entry)
        }
        return lost
    }

    /// Counts readings that came again, and those of a stored identity with other content.
    mutating func count(duplicates: UInt64, conflicts: UInt64, of device: DeviceID) {
        entries[device]?.record.counters.duplicates += duplicates
        entries[device]?.record.counters.conflicts += conflicts
        entries[device]?.isChanged = true
    }
}

extension SequenceTrack {
    /// Whether it is the series' track.
    func isOf(_ series: DeviceRegistry.Series) -> Bool {
        sensor == series.sensor && bootCounter == series.boot
    }
}
