import GatewayModel
import GatewayPorts

/// Every firmware device that was ever heard: who it is, where it belongs, what is missing of it.
///
/// A pure state machine: frames and stored readings go in with their times, decisions and rows come
/// out. It is bounded: where it is full, the quarantined device that was silent longest makes room,
/// and a device that a person or a station file knows never does.
struct DeviceRegistry: Sendable {
    /// What is known of a device beside its row.
    struct Entry: Sendable {
        var record: DeviceRecord
        /// What it last sent without being stored, the newest last.
        var frames: [ShownFrame] = []
        /// Whether the row must be in the next commit, or only when it is due.
        var isUrgent = false
        var isChanged = false
        var savedAt: Int64?
        var unsavedReadings = 0
        /// How its clock compares with ours since the start.
        var clockOffset = DeviceClockOffset()
        /// Where it was quarantined since the start.
        var newsPlaces: Set<SensorID> = []
        /// The newest word of each boot on what the device still holds, until the frame that said
        /// it is on disk.
        var oldestHeld: [Series: (firstSequence: UInt32, oldest: UInt32)] = [:]
    }

    /// What counts its readings by itself: one boot of a device, as one sensor.
    struct Series: Hashable, Sendable {
        var sensor: SensorID
        var boot: UInt32
    }

    var entries: [DeviceID: Entry] = [:]
    /// Devices whose rows are due now. All are looked at only now and then, for age: this is asked at
    /// every turn, and a gateway may have a thousand of them.
    private var due: Set<DeviceID> = []
    private var lastRound: Int64?
    private static let roundNanoseconds: Int64 = 1_000_000_000
    /// How many quarantined devices have made room.
    private(set) var forgottenCount: UInt64 = 0
    /// The configured sensors, with the device that the station file gives them.
    private var sensors: [SensorID: DeviceID?]
    /// The device that each sensor belongs to: by the station file, else by adoption.
    private var bindings: [SensorID: DeviceID] = [:]

    /// - Parameters:
    ///   - sensors: every configured sensor.
    ///   - adopted: the sensors among them that were described while adopting these devices; it
    ///     counts where nobody has decided otherwise since.
    ///   - records: what is remembered.
    init(
        sensors: [SensorDescription], adopted: [SensorID: DeviceID] = [:],
        restoring records: [DeviceRecord]
    ) {
        self.sensors = Dictionary(
            sensors.map { ($0.id, $0.device) }, uniquingKeysWith: { first, _ in first })
        for record in records { entries[record.id] = Entry(record: record) }
        for record in records {
            guard let sensor = record.adoptedAs, isConfigured(sensor) else { continue }
            bindings[sensor] = record.id
        }
        // The file has the last word.
        for sensor in sensors { if let device = sensor.device { bindings[sensor.id] = device } }
        for (sensor, device) in adopted where bindings[sensor] == nil {
            guard isConfigured(sensor), entries[device] == nil else { continue }
            if !bindings.values.contains(device) { bindings[sensor] = device }
        }
    }

    /// Takes up a sensor that was not configured before, and belongs to nobody yet; one that was
    /// stays whose it is.
    mutating func add(_ sensor: SensorID) {
        if !isConfigured(sensor) { sensors.updateValue(nil, forKey: sensor) }
    }

    /// The device that a sensor belongs to; nil where it takes any.
    func device(of sensor: SensorID) -> DeviceID? { bindings[sensor] }

    /// The sensor that a station file, else a person, has given a device.
    func sensor(of device: DeviceID) -> SensorID? {
        let bound = bindings.filter { $0.value == device }.map(\.key)
        return bound.first(where: isBoundByFile) ?? bound.min()
    }

    /// Whether the station file says whose a sensor is.
    func isBoundByFile(_ sensor: SensorID) -> Bool { (sensors[sensor] ?? nil) != nil }

    /// Whether a station file describes the sensor.
    func isConfigured(_ sensor: SensorID) -> Bool { sensors[sensor] != nil }

    // MARK: - Frames

    /// Decides about a frame whose signature has been verified, where it must have one.
    mutating func admit(_ frame: DeviceFrame, received: GatewayInstant) -> DeviceAdmission {
        var entry = entries[frame.device] ?? makeEntry(frame.device, received: received)
        entries[frame.device] = nil
        defer { put(entry) }
        note(frame, in: &entry, received: received)
        guard entry.record.state != .refused else {
            entry.record.counters.refused += 1
            return .refused(.refusedDevice)
        }
        if let reason = obstacle(to: frame.device, at: frame.sensor) {
            let isNews = entry.newsPlaces.insert(frame.sensor).inserted
            if entry.newsPlaces.count > DeviceRecord.placeLimit {
                entry.newsPlaces = [frame.sensor]
            }
            entry.record.counters.quarantined += 1
            setState(.quarantined, of: &entry)
            return .quarantined(reason, isNews: isNews)
        }
        setState(.known, of: &entry)
        entry.frames = []
        if let oldest = frame.oldestHeld {
            let series = Series(sensor: frame.sensor, boot: frame.bootCounter)
            if entry.oldestHeld.count >= DeviceRecord.trackLimit, entry.oldestHeld[series] == nil {
                entry.oldestHeld.removeAll()
            }
            entry.oldestHeld[series] = (frame.firstSequence, oldest)
        }
        return .accepted
    }

    /// Takes down that somebody else spoke in a device's name: nothing else of the frame is true.
    mutating func noteForgery(of device: DeviceID, received: GatewayInstant) {
        var entry = entries[device] ?? makeEntry(device, received: received)
        entry.record.counters.authenticationFailed += 1
        entry.isChanged = true
        put(entry)
    }

    /// Keeps a quarantined frame for showing.
    mutating func keep(_ frame: ShownFrame, of device: DeviceID) {
        guard entries[device]?.record.state == .quarantined else { return }
        entries[device]?.frames.append(frame)
        if let count = entries[device]?.frames.count, count > DeviceLimits.shownFrameCount {
            entries[device]?.frames.removeFirst()
        }
    }

    /// Takes what a device says of itself. It is no sign of life: anybody can repeat it.
    ///
    /// What the broker had kept counts only where nothing newer is known, and makes nobody known: it
    /// says how the device was, at a time that nobody knows.
    ///
    /// - Returns: whether it was taken.
    mutating func take(
        _ report: DeviceReport, of device: DeviceID, at sensor: SensorID, received: GatewayInstant
    ) -> Bool {
        let isPresent = !report.isRetained && report.presence != .offline
        guard entries[device] != nil || isPresent else { return false }
        var entry = entries[device] ?? makeEntry(device, received: received)
        guard entry.record.state != .refused else { return false }
        if report.isRetained, let known = entry.record.report, !known.isRetained { return true }
        if entry.record.report?.presence != report.presence
            || entry.record.report?.firmwareVersion != report.firmwareVersion
        {
            entry.isUrgent = true
        }
        if entry.record.places.isEmpty {
            entry.record.places = [sensor]
            setState(obstacle(to: device, at: sensor) == nil ? .known : .quarantined, of: &entry)
        }
        entry.record.report = report
        // A gateway that has lost its memory goes on where the device says it was.
        if (entry.record.commandCounter..<UInt32(Int32.max)).contains(report.lastCommandCounter) {
            entry.record.commandCounter = report.lastCommandCounter
        }
        entry.isChanged = true
        put(entry)
        return true
    }

    /// Why a device's readings may not be stored as the sensor's; nil where they may.
    private func obstacle(to device: DeviceID, at sensor: SensorID) -> RejectionReason? {
        guard isConfigured(sensor) else { return .unknownSensor }
        if let bound = bindings[sensor], bound != device { return .unknownDevice }
        return nil
    }

    private mutating func makeEntry(_ device: DeviceID, received: GatewayInstant) -> Entry {
        makeRoom()
        var entry = Entry(
            record: DeviceRecord(
                id: device, state: .quarantined, firstHeard: received.utc,
                lastHeard: received.utc))
        entry.isUrgent = true
        return entry
    }

    private mutating func makeRoom() {
        while entries.count >= DeviceLimits.deviceCount {
            let oldest = entries.values.filter { isForgettable($0.record) }
                .min { $0.record.lastHeard < $1.record.lastHeard }
            // Where every device is wanted, there are as many as the configuration asks for.
            guard let oldest else { return }
            entries[oldest.record.id] = nil
            forgottenIDs.append(oldest.record.id)
            forgottenCount += 1
        }
    }

    /// The devices that have made room since the last save.
    private var forgottenIDs: [DeviceID] = []

    private func isForgettable(_ record: DeviceRecord) -> Bool {
        record.state == .quarantined && record.adoptedAs == nil && sensor(of: record.id) == nil
    }

    private func setState(_ state: DeviceState, of entry: inout Entry) {
        guard entry.record.state != state else { return }
        entry.record.state = state
        entry.isUrgent = true
    }

    private func note(_ frame: DeviceFrame, in entry: inout Entry, received: GatewayInstant) {
        entry.record.counters.frames += 1
        entry.isChanged = true
        if entry.record.places.last != frame.sensor {
            entry.record.places.removeAll { $0 == frame.sensor }
            entry.record.places.append(frame.sensor)
            if entry.record.places.count > DeviceRecord.placeLimit {
                entry.record.places.removeFirst()
            }
        }
        guard isSignOfLife(frame, of: entry.record) else { return }
        entry.record.lastHeard = received.utc
        entry.record.bootCounter = frame.bootCounter
        entry.record.highestSequence = frame.lastSequence
        if frame.batteryMillivolts > 0 {
            entry.record.batteryMillivolts = frame.batteryMillivolts
        }
        if frame.signalStrength != 0 { entry.record.signalStrength = frame.signalStrength }
        entry.record.keyID = frame.keyID
    }

    /// Whether a frame brings a reading that has not come before: one that is repeated, by whomever,
    /// says nothing of the present.
    private func isSignOfLife(_ frame: DeviceFrame, of record: DeviceRecord) -> Bool {
        if record.counters.frames == 1 { return true }
        let isNewestBoot = frame.bootCounter == record.bootCounter
        if isNewestBoot, Int32(bitPattern: frame.lastSequence &- record.highestSequence) > 0 {
            return true
        }
        let series = Series(sensor: frame.sensor, boot: frame.bootCounter)
        guard let track = record.tracks.first(where: { $0.isOf(series) }) else {
            return !isNewestBoot
        }
        if Int32(bitPattern: frame.lastSequence &- track.next) >= 0 { return !isNewestBoot }
        if Int32(bitPattern: frame.firstSequence &- track.floor) < 0 { return true }
        return track.missing.contains { hole in
            hole.first &- frame.firstSequence <= frame.lastSequence &- frame.firstSequence
                || frame.firstSequence &- hole.first < hole.count
        }
    }

    // MARK: - What people decide

    /// Gives a sensor to a device, in place of the one that had it by adoption.
    ///
    /// - Throws: `notPossible` where the device was never heard, the sensor is not configured, or the
    ///   station file gives either to another.
    mutating func adopt(_ device: DeviceID, as sensor: SensorID) throws(CommandRefusal) {
        try check(device, as: sensor)
        guard isConfigured(sensor) else {
            throw .notPossible(
                "there is no sensor \(sensor); `kawamori device adopt \(device) --sensor"
                    + " \(sensor)` makes it with the suggested lines")
        }
        release(device, for: sensor)
        bindings[sensor] = device
        entries[device]?.record.adoptedAs = sensor
        entries[device]?.record.state = .known
        entries[device]?.frames = []
        makeUrgent(device)
    }

    /// Checks whether a device may be given a sensor, one that is still to be made included.
    ///
    /// - Throws: `notPossible` where the device was never heard, or the station file gives either to
    ///   another.
    func check(_ device: DeviceID, as sensor: SensorID) throws(CommandRefusal) {
        guard entries[device] != nil else { throw Self.neverHeard(device) }
        if isBoundByFile(sensor), let bound = bindings[sensor], bound != device {
            throw .notPossible(
                "the station file gives \(sensor) to device \(bound); change `device` there")
        }
        if let own = self.sensor(of: device), own != sensor, isBoundByFile(own) {
            throw .notPossible(
                "the station file gives device \(device) to \(own); change `device` there")
        }
    }

    /// Frees a device of its other sensors, and a sensor of its other device.
    private mutating func release(_ device: DeviceID, for sensor: SensorID) {
        for (other, bound) in bindings where bound == device && other != sensor {
            bindings[other] = nil
        }
        if let former = bindings[sensor], former != device {
            entries[former]?.record.adoptedAs = nil
            entries[former]?.record.state = .quarantined
            makeUrgent(former)
        }
    }

    /// Takes no more frames of a device.
    ///
    /// - Throws: `notPossible` where it was never heard, or a station file wants it.
    mutating func refuse(_ device: DeviceID) throws(CommandRefusal) {
        guard entries[device] != nil else { throw Self.neverHeard(device) }
        if let sensor = sensor(of: device), isBoundByFile(sensor) {
            throw .notPossible(
                "the station file gives \(sensor) to device \(device); remove `device` there")
        }
        for (sensor, bound) in bindings where bound == device { bindings[sensor] = nil }
        entries[device]?.record.adoptedAs = nil
        entries[device]?.record.state = .refused
        entries[device]?.frames = []
        makeUrgent(device)
    }

    static func neverHeard(_ device: DeviceID) -> CommandRefusal {
        .notPossible(
            "device \(device) was never heard; `kawamori device list` shows those that were")
    }

    /// The next counter for a command: no device is ever given one twice.
    ///
    /// Not less than the Unix seconds: it goes on growing where the gateway's memory is lost.
    mutating func nextCommandCounter(
        of device: DeviceID, at time: UTCInstant
    ) throws(CommandRefusal) -> UInt32 {
        guard let record = entries[device]?.record else { throw Self.neverHeard(device) }
        guard record.commandCounter < .max else {
            throw .notPossible("device \(device) has had as many commands as its counter can count")
        }
        let seconds = UInt32(clamping: time.milliseconds / 1000)
        let counter = max(record.commandCounter + 1, seconds == .max ? 0 : seconds)
        entries[device]?.record.commandCounter = counter
        makeUrgent(device)
        return counter
    }

    // MARK: - Rows

    /// Keeps an entry that was taken out or made, and remembers whether its row is due.
    mutating func put(_ entry: Entry) {
        let device = entry.record.id
        entries[device] = entry
        if entry.isUrgent || entry.unsavedReadings >= DeviceLimits.saveReadingCount
            || entry.isChanged && entry.savedAt == nil
        {
            due.insert(device)
        }
    }

    /// Has a device's row written with the next commit.
    mutating func makeUrgent(_ device: DeviceID) {
        guard entries[device] != nil else { return }
        entries[device]?.isUrgent = true
        due.insert(device)
    }

    /// Hands over the rows that are due, and the devices whose rows are to go.
    mutating func takeUnsaved(
        atNanoseconds now: Int64, all: Bool = false
    ) -> (saved: [DeviceRecord], forgotten: [DeviceID]) {
        let isRound = all || lastRound.map { now - $0 >= Self.roundNanoseconds } ?? true
        if isRound { lastRound = now }
        let candidates = isRound ? Array(entries.keys) : Array(due)
        due.removeAll(keepingCapacity: true)
        var saved: [DeviceRecord] = []
        for id in candidates {
            guard let entry = entries[id] else { continue }
            let age = entry.savedAt.map { Double(now - $0) / 1e9 } ?? .infinity
            let isDue =
                entry.isUrgent
                || entry.isChanged
                    && (all || age >= DeviceLimits.saveSeconds
                        || entry.unsavedReadings >= DeviceLimits.saveReadingCount)
            guard isDue else { continue }
            entries[id]?.isUrgent = false
            entries[id]?.isChanged = false
            entries[id]?.unsavedReadings = 0
            entries[id]?.savedAt = now
            saved.append(entry.record)
        }
        defer { forgottenIDs = [] }
        return (saved.sorted { $0.id < $1.id }, forgottenIDs.filter { entries[$0] == nil })
    }
}
