import GPIOSource
import GatewayModel
import GatewayPorts
import SampleRing
import Synchronization

/// What people ask of the gateway, on its way to the pipeline's thread, which is the one writer.
final class CommandQueue: GatewayCommands {
    /// More than this many people do not press a button in the time of one commit.
    static let capacity = 64

    /// One thing asked for, and how to answer it.
    struct Command: Sendable {
        enum Request: Sendable {
            case acknowledge(AlarmSubject, occurrence: UInt32, actor: String, comment: String?)
            case handle(AlarmRequest, AlarmSubject, occurrence: UInt32, actor: String)
            case drill(DrillRequest, actor: String)
            case save(Account, actor: String)
            case record(actor: String, action: String, detail: String)
            case device(DeviceRequest, actor: String)
            case calibrate(PreparedCalibration, actor: String)
            case recalibrate(RecalibrationOrder, actor: String)
        }

        var request: Request
        var answer: @Sendable (Result<Void, CommandRefusal>) -> Void
    }

    private let waiting = Mutex<(commands: [Command], isOpen: Bool)>(([], true))
    private let bell: Doorbell

    /// Whose outputs people may test; nil where the gateway has none.
    private let relays: RelaySession?

    /// Makes sensors for devices; nil where the gateway hears none.
    private let adoption: SensorAdoption?

    /// Copies what people have decided about devices out of the database's reach.
    private let mirrorDevices: @Sendable () async -> Void

    init(
        bell: Doorbell, relays: RelaySession? = nil, adoption: SensorAdoption? = nil,
        mirrorDevices: @escaping @Sendable () async -> Void = {}
    ) {
        self.bell = bell
        self.relays = relays
        self.adoption = adoption
        self.mirrorDevices = mirrorDevices
    }

    func acknowledge(
        _ subject: AlarmSubject, occurrence: UInt32, by actor: String, comment: String?
    ) async throws(CommandRefusal) {
        try await ask(
            .acknowledge(subject, occurrence: occurrence, actor: actor, comment: comment))
    }

    func handle(
        _ request: AlarmRequest, of subject: AlarmSubject, occurrence: UInt32, by actor: String
    ) async throws(CommandRefusal) {
        try await ask(.handle(request, subject, occurrence: occurrence, actor: actor))
    }

    func drill(_ request: DrillRequest, by actor: String) async throws(CommandRefusal) {
        try await ask(.drill(request, actor: actor))
    }

    func save(_ account: Account, by actor: String) async throws(CommandRefusal) {
        try await ask(.save(account, actor: actor))
    }

    func testOutput(_ name: String, by actor: String) async throws(CommandRefusal) {
        guard let relays else {
            throw .notPossible("this gateway has no outputs; they stand under `gpio`")
        }
        try await record(actor: actor, action: "output.test", detail: name)
        do {
            try await relays.test(output: name)
        } catch {
            throw .notPossible(error.description)
        }
    }

    func adopt(
        _ device: DeviceID, as sensor: SensorID, by actor: String
    ) async throws(CommandRefusal) {
        try await ask(.device(.adopt(device, as: sensor), actor: actor))
        await mirrorDevices()
    }

    func adopt(
        _ device: DeviceID, asNew sensor: NewSensor, by actor: String
    ) async throws(CommandRefusal) -> SensorID {
        guard let adoption else { throw .notPossible("this gateway hears no devices") }
        let adopted = try adoption.prepare(sensor, for: device)
        // It waits for the disk, which a shared thread must not.
        let written = Mutex<Result<@Sendable () -> Void, CommandRefusal>>(.failure(.tooBusy))
        await NamedThread.run("adoption") {
            let result: Result<@Sendable () -> Void, CommandRefusal>
            do throws(CommandRefusal) {
                result = .success(try adoption.write(adopted))
            } catch {
                result = .failure(error)
            }
            written.withLock { $0 = result }
        }
        let undo = try written.withLock { $0 }.get()
        do throws(CommandRefusal) {
            try await ask(.device(.adoptNew(adopted), actor: actor))
        } catch {
            await NamedThread.run("adoption") { undo() }
            throw error
        }
        await mirrorDevices()
        return adopted.sensor.id
    }

    func refuse(_ device: DeviceID, by actor: String) async throws(CommandRefusal) {
        try await ask(.device(.refuse(device), actor: actor))
        await mirrorDevices()
    }

    func order(
        _ order: DeviceOrder, to device: DeviceID, expiresSeconds: UInt32, by actor: String
    ) async throws(CommandRefusal) {
        try await ask(
            .device(.order(order, to: device, expiresSeconds: expiresSeconds), actor: actor))
        await mirrorDevices()
    }

    func calibrate(_ new: NewCalibration, by actor: String) async throws(CommandRefusal) {
        try await ask(
            .calibrate(
                try CalibrationDesk.prepare(new, in: adoption?.stations() ?? []), actor: actor))
    }

    func recalibrate(
        _ order: RecalibrationOrder, by actor: String
    ) async throws(CommandRefusal) {
        try await ask(.recalibrate(order, actor: actor))
    }

    func record(actor: String, action: String, detail: String) async throws(CommandRefusal) {
        try await ask(.record(actor: actor, action: action, detail: detail))
    }

    /// Takes what waits; called by the pipeline's thread.
    func takeAll() -> [Command] {
        waiting.withLock { waiting in
            defer { waiting.commands.removeAll(keepingCapacity: true) }
            return waiting.commands
        }
    }

    /// Refuses what waits and what may still come; called when the gateway stops.
    func close() {
        let left = waiting.withLock { waiting in
            waiting.isOpen = false
            defer { waiting.commands.removeAll() }
            return waiting.commands
        }
        for command in left { command.answer(.failure(.tooBusy)) }
    }

    private func ask(_ request: Command.Request) async throws(CommandRefusal) {
        let result = await withCheckedContinuation { continuation in
            put(Command(request: request) { continuation.resume(returning: $0) })
        }
        try result.get()
    }

    /// Lets a command wait for the pipeline's thread, or refuses it at once where too many do.
    func put(_ command: Command) {
        let isTaken = waiting.withLock { waiting in
            guard waiting.isOpen, waiting.commands.count < Self.capacity else { return false }
            waiting.commands.append(command)
            return true
        }
        if isTaken { bell.ring() } else { command.answer(.failure(.tooBusy)) }
    }
}
