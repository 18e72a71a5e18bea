import GatewayModel
import GatewayPorts
import Synchronization

/// A clock that stands still until a test moves it.
final class FakeClock: GatewayClock {
    private let instant: Mutex<GatewayInstant>

    init(_ instant: GatewayInstant) { self.instant = Mutex(instant) }

    func now() -> GatewayInstant { instant.withLock { $0 } }

    func advance(seconds: Int64) {
        instant.withLock { value in
            value = GatewayInstant(
                monotonicNanoseconds: value.monotonicNanoseconds + seconds * 1_000_000_000,
                utc: value.utc.advanced(byMilliseconds: seconds * 1000), quality: value.quality)
        }
    }
}

/// Store and commands in memory: what was acknowledged, saved and recorded can be looked at.
final class FakeGateway: ObservationArchive, GatewayCommands {
    struct State {
        var observations: [StoredObservation] = []
        var alarms: [StoredAlarm] = []
        var transitions: [StoredTransition] = []
        var detections: [StoredDetection] = []
        var losses: [LossRecord] = []
        var rejections: [StoredRejection] = []
        var accounts: [String: Account] = [:]
        var audit: [AuditEntry] = []
        var testedOutputs: [String] = []
        var deviceRequests: [String] = []
        var calibrations: [NewCalibration] = []
        var recalibrations: [RecalibrationOrder] = []
        var alarmRequests: [String] = []
        var readFailure: AdapterFailure?
        var refusal: CommandRefusal?
    }

    let state = Mutex(State())

    private func read<Value>(_ body: (State) -> Value) throws(AdapterFailure) -> Value {
        let result: Result<Value, AdapterFailure> = state.withLock { state in
            if let failure = state.readFailure { return .failure(failure) }
            return .success(body(state))
        }
        return try result.get()
    }

    private func command(_ body: (inout State) -> Void) throws(CommandRefusal) {
        let refusal = state.withLock { state -> CommandRefusal? in
            if let refusal = state.refusal { return refusal }
            body(&state)
            return nil
        }
        if let refusal { throw refusal }
    }

    func observations(
        of sensor: SensorID, from: UTCInstant, to: UTCInstant, limit: Int, after cursor: PageCursor?
    ) async throws(AdapterFailure) -> [StoredObservation] {
        try read { state in
            let rows = state.observations.filter { row in
                row.sensor == sensor && from <= row.observation.time && row.observation.time < to
                    && cursor.map { (row.observation.time, row.row) > ($0.time, $0.row) } ?? true
            }
            return Array(
                rows.sorted { ($0.observation.time, $0.row) < ($1.observation.time, $1.row) }
                    .prefix(limit))
        }
    }

    func rollUps(
        of sensor: SensorID, resolution: RollUp.Resolution, from: UTCInstant, to: UTCInstant
    ) async throws(AdapterFailure) -> [RollUp] {
        let rows = try await observations(of: sensor, from: from, to: to, limit: .max, after: nil)
        let groups = Dictionary(grouping: rows) {
            $0.observation.time.milliseconds / resolution.rawValue
        }
        return groups.sorted { $0.key < $1.key }.map { key, rows in
            let usable = rows.filter { $0.observation.flag != .fail }
            let values = usable.compactMap(\.observation.value)
            return RollUp(
                start: UTCInstant(milliseconds: key * resolution.rawValue), count: values.count,
                totalCount: rows.count, minimum: values.min(),
                mean: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count),
                maximum: values.max(), last: values.last,
                sum: values.isEmpty ? nil : values.reduce(0, +),
                worstFlag: rows.contains { $0.observation.flag == .suspect } ? .suspect : .good)
        }
    }

    func observations(
        rows: ClosedRange<Int64>, limit: Int
    ) async throws(AdapterFailure) -> [StoredObservation] { [] }

    func transitions(
        after row: Int64, limit: Int
    ) async throws(AdapterFailure) -> [StoredTransition] { [] }

    func detections(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredDetection]
    {
        []
    }

    func alarms(openOnly: Bool, limit: Int) async throws(AdapterFailure) -> [StoredAlarm] {
        try read { state in
            Array(
                state.alarms.filter { !openOnly || $0.state.isOpen }
                    .sorted { $0.number > $1.number }.prefix(limit))
        }
    }

    func alarm(
        number: Int64
    ) async throws(AdapterFailure) -> (alarm: StoredAlarm, transitions: [StoredTransition])? {
        try read { state in
            state.alarms.first { $0.number == number }.map { alarm in
                (alarm, state.transitions.filter { $0.alarmNumber == number })
            }
        }
    }

    func detections(
        before row: Int64?, limit: Int
    ) async throws(AdapterFailure) -> [StoredDetection] {
        try read { state in
            Array(
                state.detections.filter { $0.row < row ?? .max }.sorted { $0.row > $1.row }
                    .prefix(limit))
        }
    }

    func detection(row: Int64) async throws(AdapterFailure) -> StoredDetection? {
        try read { $0.detections.first { $0.row == row } }
    }

    func losses(limit: Int) async throws(AdapterFailure) -> [StoredLoss] {
        try read { state in
            state.losses.prefix(limit).enumerated().map { index, loss in
                StoredLoss(
                    row: Int64(index + 1), firstRow: Int64(index + 1), firstFrom: loss.from,
                    record: loss)
            }
        }
    }

    func losses(after row: Int64, limit: Int) async throws(AdapterFailure) -> [StoredLoss] {
        try await losses(limit: limit).filter { $0.row > row }
    }

    func rejections(limit: Int) async throws(AdapterFailure) -> [StoredRejection] {
        try read { Array($0.rejections.prefix(limit)) }
    }

    func progress() async throws(AdapterFailure) -> [TargetProgress] { [] }

    func account(named name: String) async throws(AdapterFailure) -> Account? {
        try read { $0.accounts[name] }
    }

    func audit(limit: Int) async throws(AdapterFailure) -> [AuditEntry] {
        try read { Array($0.audit.prefix(limit)) }
    }

    func streamEnds() async throws(AdapterFailure) -> StreamPositions { StreamPositions() }

    func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?
    ) async throws(CommandRefusal) {
        try command { state in
            for index in state.alarms.indices where state.alarms[index].state.subject == subject {
                state.alarms[index].state.phase = .acknowledged
                state.alarms[index].state.acknowledgedBy = actor
                state.alarms[index].state.comment = comment
            }
        }
    }

    func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String
    ) async throws(CommandRefusal) {
        try command {
            $0.alarmRequests.append("\(request) \(subject.rule) no. \(occurrence) by \(actor)")
        }
    }

    func drill(_ request: DrillRequest, by actor: String) async throws(CommandRefusal) {
        var text = "\(request.name) drill at \(request.station) by \(actor)"
        if case .start(let plan) = request { text += ": \(plan.summary)" }
        try command { [text] in $0.alarmRequests.append(text) }
    }

    func save(_ account: Account, by actor: String) async throws(CommandRefusal) {
        try command { $0.accounts[account.name] = account }
    }

    func testOutput(_ name: String, by actor: String) async throws(CommandRefusal) {
        try command { $0.testedOutputs.append("\(name) by \(actor)") }
    }

    func adopt(
        _ device: DeviceID, as sensor: SensorID, by actor: String
    ) async throws(CommandRefusal) {
        try command { $0.deviceRequests.append("adopt \(device) as \(sensor) by \(actor)") }
    }

    func adopt(
        _ device: DeviceID, asNew sensor: NewSensor, by actor: String
    ) async throws(CommandRefusal) -> SensorID {
        try command { state in
            state.deviceRequests.append(
                "adopt \(device) as new \(sensor.station).\(sensor.local ?? "?")"
                    + " kind \(sensor.kind ?? "?") lines \(sensor.lines ?? "?") by \(actor)")
        }
        guard let id = SensorID(station: sensor.station, local: sensor.local ?? "made") else {
            throw .notPossible("no id")
        }
        return id
    }

    func refuse(_ device: DeviceID, by actor: String) async throws(CommandRefusal) {
        try command { $0.deviceRequests.append("refuse \(device) by \(actor)") }
    }

    func order(
        _ order: DeviceOrder, to device: DeviceID, expiresSeconds: UInt32, by actor: String
    ) async throws(CommandRefusal) {
        try command {
            $0.deviceRequests.append(
                "\(order.name) \(order.arguments) to \(device) for \(expiresSeconds) s by \(actor)")
        }
    }

    func calibrate(_ new: NewCalibration, by actor: String) async throws(CommandRefusal) {
        try command { $0.calibrations.append(new) }
    }

    func recalibrate(
        _ order: RecalibrationOrder, by actor: String
    ) async throws(CommandRefusal) {
        try command { $0.recalibrations.append(order) }
    }

    func record(actor: String, action: String, detail: String) async throws(CommandRefusal) {
        try command {
            $0.audit.append(
                AuditEntry(
                    time: UTCInstant(milliseconds: 0), actor: actor, action: action, detail: detail)
            )
        }
    }
}
