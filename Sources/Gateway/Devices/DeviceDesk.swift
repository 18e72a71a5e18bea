import Alerting
import GatewayModel
import GatewayPorts
import Synchronization

/// Where everything about devices meets: the sources that hear them, the pipeline that stores them,
/// the people who look after them.
///
/// It puts a lock around the pure parts. No call waits for a disk or a network; rows leave it with
/// the pipeline's commits, commands with its turns.
final class DeviceDesk: DeviceRegistrar, DeviceDirectory {
    private struct State {
        var registry: DeviceRegistry
        /// Units and intervals, for suggestions.
        var sensors: [SensorID: SensorDescription]
        /// Those of them that people have described while adopting a device.
        var adopted: Set<SensorID>
        var ledger: DeviceCommandLedger
        /// How the devices are reached that a LoRaWAN network server brings, since they were last
        /// heard; bounded as the register is, for only devices that it knows are here.
        var downlinks: [DeviceID: DownlinkShare] = [:]
        /// Devices that were heard since the last turn: they listen now.
        var heard: Set<DeviceID> = []
        /// Devices that wait for the time: an answer is of use for half a minute.
        var timeQuestions: [DeviceID: TimeQuestion] = [:]
        var losses: [LossRecord] = []
        var agedAt: Int64?
        /// How each station is watched, once this run's readings have said it.
        var modes: [StationID: WatchMode] = [:]
        /// How it was watched in the run before.
        var formerModes: [StationID: WatchMode]
    }

    let keys: DeviceKeys
    private let state: Mutex<State>

    init(
        sensors: [SensorDescription], adopted: [SensorID: DeviceID] = [:],
        records: [DeviceRecord] = [], commands: [DeviceCommand] = [],
        modes: [StationID: WatchMode] = [:], keys: DeviceKeys
    ) {
        self.keys = keys
        state = Mutex(
            State(
                registry: DeviceRegistry(
                    sensors: sensors, adopted: adopted, restoring: records),
                sensors: Dictionary(
                    sensors.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
                adopted: Set(adopted.keys),
                ledger: DeviceCommandLedger(restoring: commands), formerModes: modes))
    }

    // MARK: - The sources' side

    func device(of sensor: SensorID) -> DeviceID? {
        state.withLock { $0.registry.device(of: sensor) }
    }

    func admit(_ frame: DeviceFrame, received: GatewayInstant) -> DeviceAdmission {
        state.withLock { state in
            let admission = state.registry.admit(frame, received: received)
            if case .refused = admission { return admission }
            state.heard.insert(frame.device)
            if case .accepted = admission, let path = frame.downlink {
                state.downlinks[frame.device, default: DownlinkShare(path: path)].didHear(on: path)
            } else {
                state.downlinks[frame.device] = nil
            }
            return admission
        }
    }

    func noteForgery(of device: DeviceID, received: GatewayInstant) {
        state.withLock { $0.registry.noteForgery(of: device, received: received) }
    }

    func keep(_ frame: ShownFrame, of device: DeviceID) {
        state.withLock { $0.registry.keep(frame, of: device) }
    }

    func take(
        _ report: DeviceReport, of device: DeviceID, at sensor: SensorID, received: GatewayInstant
    ) -> Bool {
        state.withLock { state in
            guard state.registry.take(report, of: device, at: sensor, received: received) else {
                return false
            }
            guard !report.isRetained, report.presence != .offline else { return true }
            state.heard.insert(device)
            if report.wantsTime {
                state.timeQuestions[device] = TimeQuestion(
                    device: device, sensor: sensor, report: report,
                    lastKeyID: state.registry.entries[device]?.record.keyID)
            }
            return true
        }
    }

    func take(_ reply: DeviceReply, received: GatewayInstant) {
        state.withLock { state in
            _ = state.ledger.settle(reply, at: received.utc)
            if state.registry.entries[reply.device]?.record.state != .refused {
                state.heard.insert(reply.device)
            }
        }
    }

    // MARK: - The pipeline's side

    /// Takes down which readings are on disk.
    ///
    /// - Returns: what to tell their devices.
    func didStore(_ readings: [StoredReading]) -> [BootReceipt] {
        var receipts: [BootReceipt] = []
        var places: [BootReceipt.Key: Int] = [:]
        for reading in readings {
            let key = BootReceipt.Key(
                sensor: reading.sensor, device: DeviceID(reading.deviceID),
                bootCounter: reading.bootCounter)
            let place = places[key] ?? receipts.count
            if place == receipts.count {
                places[key] = place
                receipts.append(BootReceipt(key: key))
            }
            receipts[place].readings.append(reading)
        }
        state.withLock { state in
            for index in receipts.indices { Self.complete(&receipts[index], &state) }
            // The newest boot first: it is the one that is in the air.
            for index in receipts.indices.reversed() { Self.route(&receipts[index], &state) }
        }
        return receipts
    }

    private static func complete(_ receipt: inout BootReceipt, _ state: inout State) {
        let key = receipt.key
        let series = DeviceRegistry.Series(sensor: key.sensor, boot: key.bootCounter)
        let lost = state.registry.didStore(
            receipt.readings.map { ($0.sequence, $0.time) }, of: key.device, series,
            isContested: receipt.readings.contains(where: \.isConflicting))
        for lead in receipt.readings.compactMap(\.clockLead) {
            state.registry.entries[key.device]?.clockOffset.take(
                lead.milliseconds, at: lead.moment)
        }
        state.losses += lost.map { LossRecord(missing: $0, of: key.sensor) }
        receipt.asksAgain = state.registry.asksAgain(key.device, series)
        receipt.track = state.registry.track(of: key.device, series)
        receipt.lastKeyID = state.registry.entries[key.device]?.record.keyID
    }

    /// Says by which way an acknowledgement goes: at most one downlink for each uplink.
    private static func route(_ receipt: inout BootReceipt, _ state: inout State) {
        let device = receipt.key.device
        guard state.downlinks[device] != nil,
            receipt.readings.contains(where: \.wantsAcknowledgement)
        else { return }
        let path = state.downlinks[device]?.takeForAcknowledgement()
        receipt.way = path.map { .downlink($0) } ?? .heldBack
    }

    /// Takes up what was stored before the start.
    func restore(_ readings: [StoredReading]) {
        state.withLock { state in
            for reading in readings {
                state.registry.restore(
                    (reading.sequence, reading.time), of: DeviceID(reading.deviceID),
                    DeviceRegistry.Series(sensor: reading.sensor, boot: reading.bootCounter))
            }
        }
    }

    /// Counts readings that came again.
    func count(_ repeats: [UInt64: RepeatCount]) {
        guard !repeats.isEmpty else { return }
        state.withLock { state in
            for (device, count) in repeats {
                state.registry.count(
                    duplicates: count.duplicates, conflicts: count.conflicts, of: DeviceID(device))
            }
        }
    }

    /// Lets time pass: what is missing grows older, and commands expire.
    func step(at now: GatewayInstant) {
        state.withLock { state in
            let elapsed = state.agedAt.map { (now.monotonicNanoseconds - $0) / 1_000_000_000 } ?? 0
            guard elapsed > 0 || state.agedAt == nil else { return }
            // Whole seconds only, so that none is lost in between.
            state.agedAt = (state.agedAt ?? now.monotonicNanoseconds) + elapsed * 1_000_000_000
            for (sensor, lost) in state.registry.age(bySeconds: UInt32(clamping: elapsed)) {
                state.losses += lost.map { LossRecord(missing: $0, of: sensor) }
            }
            state.ledger.expire(at: now.utc)
        }
    }

    /// What the devices say of themselves, by the sensor whose readings they are taken for.
    var signs: [SensorID: DeviceSigns] {
        state.withLock { state in
            var signs: [SensorID: DeviceSigns] = [:]
            for (device, entry) in state.registry.entries where entry.record.state == .known {
                guard let sensor = state.registry.sensor(of: device) ?? entry.record.places.last
                else { continue }
                // What the broker has kept, or says in its name, is nobody's word of now.
                let report = entry.record.report.flatMap {
                    $0.isRetained || $0.presence == .offline ? nil : $0
                }
                signs[sensor] = DeviceSigns(
                    speaksWithinSeconds: report?.nextContactSeconds,
                    clockOffsetMilliseconds: entry.clockOffset.milliseconds)
            }
            return signs
        }
    }

    /// Whether somebody waits for what the next commit holds.
    var isUrgent: Bool { state.withLock { $0.ledger.isUrgent } }

    /// Puts the rows that are due into a batch.
    func addRows(to batch: inout StoreBatch, atNanoseconds now: Int64, all: Bool = false) {
        state.withLock { state in
            let (records, forgotten) = state.registry.takeUnsaved(atNanoseconds: now, all: all)
            for device in forgotten {
                state.ledger.remove(device)
                state.downlinks[device] = nil
            }
            batch.devices.add(
                records: records, commands: state.ledger.takeUnsaved(), forgotten: forgotten)
            batch.losses += state.losses
            state.losses = []
        }
    }

    /// Takes down that what was put into batches is on disk.
    func didCommit() {
        state.withLock { $0.heard.formUnion($0.ledger.didCommit()) }
    }

    /// Has every device of a station measure as in a flood, or as in calm, from now on.
    ///
    /// - Returns: whether it was watched otherwise before, in an earlier run too: a restart is no change
    ///   of the water.
    @discardableResult
    func watch(_ station: StationID, asInFlood isFlood: Bool, at time: UTCInstant) -> Bool {
        state.withLock { state in
            let former = state.modes[station] ?? state.formerModes[station]
            let isNews = former?.isFlood != isFlood
            let since = isNews ? time : former?.since ?? time
            state.modes[station] = WatchMode(isFlood: isFlood, since: since)
            for (device, entry) in state.registry.entries
            where entry.record.places.last?.station == station {
                Self.keepMode(of: device, at: time, &state)
            }
            return isNews
        }
    }

    /// How the stations are watched, to be kept over a restart.
    var modes: [StationID: WatchMode] {
        state.withLock { $0.formerModes.merging($0.modes) { $1 } }
    }

    private static func keepMode(of device: DeviceID, at time: UTCInstant, _ state: inout State) {
        guard let record = state.registry.entries[device]?.record, record.state == .known,
            let mode = record.places.last.flatMap({ state.modes[$0.station] }),
            let order = ModeKeeping.order(
                isFlood: mode.isFlood, since: mode.since,
                after: state.ledger.commands[device] ?? [], at: time)
        else { return }
        // With too many on their way to it, it is told when it is heard again.
        _ = give(order, to: device, forSeconds: ModeKeeping.expirySeconds, at: time, &state)
    }

    /// Gives a device a command of the gateway's own.
    ///
    /// - Returns: whether there was room for it.
    private static func give(
        _ order: DeviceOrder, to device: DeviceID, forSeconds seconds: Int64, at time: UTCInstant,
        _ state: inout State
    ) -> Bool {
        guard state.ledger.hasRoom(for: device),
            let counter = try? state.registry.nextCommandCounter(of: device, at: time)
        else { return false }
        let command = DeviceCommand(
            device: device, counter: counter, order: order, author: ModeKeeping.author,
            created: time, expires: time.advanced(byMilliseconds: seconds * 1000))
        return (try? state.ledger.add(command)) != nil
    }

    /// Has the device of a sensor measure at once, where it is not about to do so already.
    ///
    /// - Returns: false where nobody can be told: no firmware device is known there, or too many commands
    ///   wait for it.
    func measureNow(_ sensor: SensorID, at time: UTCInstant) -> Bool {
        state.withLock { state in
            let known = state.registry.entries.values.map(\.record).filter { $0.state == .known }
            let device =
                state.registry.device(of: sensor)
                ?? known.filter { $0.places.last == sensor }
                .max { $0.lastHeard < $1.lastHeard }?.id
            guard let device, known.contains(where: { $0.id == device && !$0.places.isEmpty })
            else { return false }
            let isAsked = (state.ledger.commands[device] ?? []).contains {
                $0.state.isOpen && $0.order == .measureNow
            }
            return isAsked
                || Self.give(
                    .measureNow, to: device, forSeconds: Int64(MeasureNow.answerSeconds), at: time,
                    &state)
        }
    }

    /// The sensors as which a device was lately heard.
    func sensors(of device: DeviceID) -> [SensorID] {
        state.withLock { $0.registry.entries[device]?.record.places ?? [] }
    }

    /// The commands to send now: those of devices that were heard since the last call.
    func takeDueCommands(at now: GatewayInstant) -> [DueCommand] {
        state.withLock { state in
            defer { state.heard = [] }
            var due: [DueCommand] = []
            for device in state.heard.sorted() {
                Self.keepMode(of: device, at: now.utc, &state)
                guard let record = state.registry.entries[device]?.record,
                    let sensor = record.places.last
                else { continue }
                let open = state.ledger.due(for: device, atNanoseconds: now.monotonicNanoseconds)
                guard state.downlinks[device] != nil else {
                    due += open.map {
                        DueCommand(command: $0, sensor: sensor, lastKeyID: record.keyID)
                    }
                    continue
                }
                guard let first = open.first,
                    let path = state.downlinks[device]?.takeForCommand()
                else { continue }
                due.append(
                    DueCommand(
                        command: first, sensor: sensor, lastKeyID: record.keyID, downlink: path))
            }
            return due
        }
    }

    /// The devices that have asked for the time since the last call.
    func takeTimeQuestions() -> [TimeQuestion] {
        state.withLock { state in
            defer { state.timeQuestions = [:] }
            return state.timeQuestions.values.sorted { $0.device < $1.device }
        }
    }

    /// Takes down that a command has gone to the broker.
    func didSend(_ command: DeviceCommand, at now: GatewayInstant) {
        state.withLock { $0.ledger.didSend(command, at: now) }
    }

    // MARK: - The people's side

    /// Carries out what a person asked for.
    ///
    /// - Returns: what the audit log says of it.
    func carryOut(
        _ request: DeviceRequest, by actor: String, at time: UTCInstant
    ) throws(CommandRefusal) -> (action: String, detail: String) {
        let result: Result<(String, String), CommandRefusal> = state.withLock { state in
            do throws(CommandRefusal) {
                return .success(try Self.carryOut(request, by: actor, at: time, &state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func carryOut(
        _ request: DeviceRequest, by actor: String, at time: UTCInstant, _ state: inout State
    ) throws(CommandRefusal) -> (String, String) {
        switch request {
        case .adopt(let device, let sensor):
            try state.registry.adopt(device, as: sensor)
            return ("device.adopt", "\(device) as \(sensor)")
        case .adoptNew(let adopted):
            let sensor = adopted.sensor
            try state.registry.check(adopted.device, as: sensor.id)
            state.registry.add(sensor.id)
            state.sensors[sensor.id] = sensor
            state.adopted.insert(sensor.id)
            try state.registry.adopt(adopted.device, as: sensor.id)
            return (
                "device.adopt",
                "\(adopted.device) as \(sensor.id), a new sensor of kind \(sensor.kind)"
            )
        case .refuse(let device):
            try state.registry.refuse(device)
            return ("device.refuse", "\(device)")
        case .order(let order, let device, let expiresSeconds):
            guard state.registry.entries[device]?.record.state != .refused else {
                throw .notPossible("device \(device) is refused; adopt it first")
            }
            guard state.registry.entries[device]?.record.places.isEmpty == false else {
                throw DeviceRegistry.neverHeard(device)
            }
            let command = DeviceCommand(
                device: device,
                counter: try state.registry.nextCommandCounter(of: device, at: time),
                order: order, author: actor, created: time,
                expires: time.advanced(byMilliseconds: Int64(expiresSeconds) * 1000))
            try state.ledger.add(command)
            let arguments = order.arguments.map { " \($0)" }.joined()
            return ("device.command", "\(command.id) \(order.name)\(arguments)")
        }
    }

    /// What a new sensor is to be: its name where the person has said one, and its lines.
    func draft(
        of new: NewSensor, for device: DeviceID
    ) throws(CommandRefusal) -> (sensor: SensorID?, lines: String) {
        let result: Result<(SensorID?, String), CommandRefusal> = state.withLock { state in
            do throws(CommandRefusal) {
                return .success(try Self.draft(of: new, for: device, state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func draft(
        of new: NewSensor, for device: DeviceID, _ state: State
    ) throws(CommandRefusal) -> (SensorID?, String) {
        guard let entry = state.registry.entries[device] else {
            throw DeviceRegistry.neverHeard(device)
        }
        var sensor: SensorID?
        if let local = new.local {
            guard let id = SensorID(station: new.station, local: local) else {
                throw .notPossible("`\(local)` cannot be a sensor's id; use a–z, 0–9, `-` and `_`")
            }
            sensor = id
        }
        if let lines = new.lines { return (sensor, lines) }
        let suggestion = DeviceSuggestion(record: entry.record, frames: entry.frames, sensor: nil)
        let local = sensor?.local ?? freeName(for: entry.record, at: new.station, state)
        return (sensor, suggestion.entry(local: local, kind: new.kind))
    }

    /// A sensor's name that is still free at a station: that of the topic, with a number where needed.
    private static func freeName(
        for record: DeviceRecord, at station: StationID, _ state: State
    ) -> String {
        let wish = record.places.last?.local ?? "sensor"
        let names = [wish] + (2...99).map { "\(wish)-\($0)" }
        return names.first { name in
            SensorID(station: station, local: name).map { state.sensors[$0] == nil } ?? false
        } ?? wish
    }

    /// Checks whether a device may be given a sensor that is made, or described anew, for it.
    func check(_ device: DeviceID, asNew sensor: SensorID) throws(CommandRefusal) {
        let refusal = state.withLock { state -> CommandRefusal? in
            if state.sensors[sensor] != nil, !state.adopted.contains(sensor) {
                return .notPossible(
                    "the station file describes \(sensor); adopt the device as it is, or change"
                        + " the lines there and restart the gateway")
            }
            do throws(CommandRefusal) {
                try state.registry.check(device, as: sensor)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw refusal }
    }

    var devices: [DeviceView] {
        let state = state.withLock { $0 }
        return state.registry.entries.keys.map { Self.view($0, state, keys) }.compactMap { $0 }
            .sorted {
                ($0.record.state == .quarantined ? 0 : 1, $0.record.id)
                    < ($1.record.state == .quarantined ? 0 : 1, $1.record.id)
            }
    }

    var forgottenCount: UInt64 { state.withLock { $0.registry.forgottenCount } }

    func device(_ id: DeviceID) -> DeviceView? {
        Self.view(id, state.withLock { $0 }, keys)
    }

    private static func view(_ id: DeviceID, _ state: State, _ keys: DeviceKeys) -> DeviceView? {
        let registry = state.registry
        guard let entry = registry.entries[id] else { return nil }
        let record = entry.record
        let bound = registry.sensor(of: id)
        let place = record.places.last.flatMap { registry.isConfigured($0) ? $0 : nil }
        return DeviceView(
            record: record, sensor: record.state == .known ? bound ?? place : nil,
            isBoundByFile: bound.map(registry.isBoundByFile) ?? false,
            keyCount: keys.count(of: id), frames: entry.frames,
            commands: (state.ledger.commands[id] ?? []).reversed(),
            suggestion: DeviceSuggestion(
                record: record, frames: entry.frames, sensor: place.flatMap { state.sensors[$0] }
            ).text,
            isNewPlace: bound == nil && place == nil,
            newSensorLines: record.places.last.map { heard in
                DeviceSuggestion(record: record, frames: entry.frames, sensor: nil).entry(
                    local: freeName(for: record, at: heard.station, state))
            } ?? "",
            clockOffsetMilliseconds: entry.clockOffset.milliseconds)
    }
}

/// Readings of one boot that one commit has put on disk, and what else is known of the boot.
struct BootReceipt {
    struct Key: Hashable {
        var sensor: SensorID
        var device: DeviceID
        var bootCounter: UInt32
    }

    var key: Key
    var readings: [StoredReading] = []
    /// Nil where the device is not in the register.
    var track: SequenceTrack?
    var lastKeyID: UInt8?
    /// Whether the device is to send what is missing again.
    var asksAgain = false
    var way = Way.topic

    /// How the device is told.
    enum Way: Equatable {
        /// On its sensor's topic.
        case topic
        /// Through its LoRaWAN network server.
        case downlink(DownlinkPath)
        /// Not now: as many downlinks wait for it as it will open windows for. It sends again.
        case heldBack
    }
}

/// A command that is to be sent now.
struct DueCommand {
    var command: DeviceCommand
    /// On whose topic the device was last heard.
    var sensor: SensorID
    var lastKeyID: UInt8?
    /// How a LoRaWAN device is reached; nil for the sensor's topic.
    var downlink: DownlinkPath?
}

/// A device's question for the time, with what an answer must echo.
struct TimeQuestion {
    var device: DeviceID
    var sensor: SensorID
    var report: DeviceReport
    var lastKeyID: UInt8?
}

/// What people ask about devices.
enum DeviceRequest: Sendable, Equatable {
    case adopt(DeviceID, as: SensorID)
    /// As a sensor that is made for it; its lines are on disk.
    case adoptNew(AdoptedSensor)
    case refuse(DeviceID)
    case order(DeviceOrder, to: DeviceID, expiresSeconds: UInt32)
}

extension LossRecord {
    /// Readings of a device that will not come.
    init(missing: SequenceTrack.Missing, of sensor: SensorID) {
        self.init(
            source: sensor.description, cause: .readingsMissing,
            from: min(missing.from, missing.to),
            to: max(missing.from, missing.to), count: UInt64(missing.count))
    }
}
