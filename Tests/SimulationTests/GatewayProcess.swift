import CFaultyFiles
import Forwarding
import GatewayModel
import GatewayPorts
import Logging
import MQTTSource
import SQLiteStore
import SampleRing

@testable import Gateway

/// One life of the gateway's process: the real store, pipeline, register of devices, runner and
/// delivery, stepped by hand.
final class GatewayProcess {
    /// What outlives the process.
    struct Surroundings {
        var folder: String
        var clock: VirtualClock
        var broker: SimulatedBroker
        var target: SimulatedTarget
        var stations: [Station]
        var mutant: Mutant?
    }

    private let store: SQLiteStore
    private let archive: SQLiteArchive
    private let runner: PipelineRunner
    private let session: SimulatedSession
    private let worker: DeliveryWorker
    private let commands: CommandQueue
    private let clock: VirtualClock
    private let corruption: Corruption
    private let progress: ProgressBoard
    private let streamEnds: StreamEnds
    private let mutant: Mutant?
    /// The clock that decides intervals, in nanoseconds.
    private let intervals: @Sendable () -> Int64
    private var schedule: DeliveryWorker.Position
    private var wakeUps: [Int64] = [0, 0, 0]

    /// Whether the store asked for a restart, because its file is damaged.
    var wantsRestart: Bool { corruption.isReported }

    private final class Corruption {
        var isReported = false
    }

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - around: what it works on.
    ///   - bootID: the machine's boot.
    ///   - number: which process of the world's it is.
    /// - Throws: `AdapterFailure` where the store cannot be opened now.
    /// Whether this boot's time is on disk: who sets the clock after that is found out. A clock that
    /// is wrong when it first counts as synchronised is believed.
    var knowsTime: Bool { store.clockAnchor != nil }

    private static let limits = StoreLimits(
        recentRows: 200, walPages: 60, sliceMilliseconds: 40, readerCount: 1, reserveBytes: 65_536)

    init(
        _ around: Surroundings, bootID: String, number: Int
    ) async throws(AdapterFailure) {
        let clock = around.clock
        let mutant = around.mutant
        self.clock = clock
        var logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let gatewayID = mutant == .newKeysAfterRestart ? "gw-\(number)" : "gw"
        let sensors = around.stations.flatMap(\.sensors)
        let (store, archive, _) = try SQLiteStore.open(
            directory: around.folder, gatewayID: gatewayID, bootID: bootID, now: clock.now(),
            limits: Self.limits)
        self.store = store
        let believed: any GatewayClock =
            mutant == .believesEveryClock
            ? clock : AnchoredClock(clock, restoring: store.clockAnchor)
        self.archive = archive
        let channels = try store.channels(of: sensors)
        let bell = try Doorbell()
        let desk = try Self.makeDesk(around, store, channels, logger)
        let gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: bell,
            commitWindowNanoseconds: 1_000_000_000)
        let (lane, handler) = Self.makeLane(sensors, channels, desk, gate)
        session = SimulatedSession(
            broker: around.broker, gate: gate, handler: handler, clock: clock, believed: believed,
            takesRetainedAsNew: mutant == .retainedCountsAsNew,
            measuresByWallClock: mutant == .wallClockForHold)
        let board = LiveBoard(
            LiveSnapshot(
                gatewayID: gatewayID, isSimulated: false, started: believed.now(),
                stations: around.stations))
        commands = CommandQueue(bell: bell)
        let streamEnds = StreamEnds(try store.positions())
        let progress = ProgressBoard(saved: try await archive.progress())
        (self.progress, self.streamEnds, self.mutant) = (progress, streamEnds, mutant)
        let intervals: @Sendable () -> Int64 = {
            mutant == .wallClockForIntervals
                ? clock.now().utc.milliseconds * 1_000_000 : clock.nanoseconds
        }
        self.intervals = intervals
        worker = Self.makeWorker(
            around, gatewayID: gatewayID, archive: archive, ends: streamEnds, progress: progress,
            board: board, logger: logger, clock: believed, intervals: intervals)
        schedule = worker.begin()
        let broker = around.broker
        let messages = DeviceMessages(
            // A dead process says nothing more.
            publish: { [broker = Unchecked(broker)] payload, topic in
                !faulty_files_are_dead() && broker.value.publish(payload, to: topic)
            }, keys: desk.keys, clock: believed)
        let corruption = Corruption()
        self.corruption = corruption
        let parts = PipelineRunner.Parts(
            store: FaultyStore(store, mutant: mutant), lanes: [lane], bell: bell, board: board,
            commands: commands, progress: progress, targetNames: [around.target.name],
            ends: streamEnds, devices: desk, enter: store.enter, listen: { _, _ in },
            acknowledge: messages.acknowledge, send: messages.send,
            tellTime: { _ = messages.answer($0) }, alarmsHaveChanged: { _, _ in },
            storeBytes: { 0 }, clock: believed, nanoseconds: intervals, chance: { 0.5 },
            windows: CommitSchedule.Windows(
                floodNanoseconds: 1_000_000_000, calmNanoseconds: 30_000_000_000),
            stop: StopFlag(), whenCorrupt: { _ in corruption.isReported = true }, logger: logger)
        let start = try Pipeline.Start(
            recalling: store, stations: around.stations, channels: channels,
            isSimulated: false, time: GatewayConfiguration.Time())
        runner = PipelineRunner(parts: parts, pipeline: Pipeline(start))
        runner.begin()
    }

    private static func makeDesk(
        _ around: Surroundings, _ store: SQLiteStore, _ channels: [SensorID: ChannelIndex],
        _ logger: Logger
    ) throws(AdapterFailure) -> DeviceDesk {
        let mirror = DeviceMirror(statePath: around.folder, logger: logger)
        let desk = DeviceDesk(
            sensors: around.stations.flatMap(\.sensors),
            records: mirror.complete(try store.deviceRecords(), now: around.clock.now().utc),
            commands: try store.deviceCommands(),
            keys: DeviceKeys(settings: GatewayConfiguration.Keys(), logger: logger))
        desk.restore(
            GatewayAssembly.storedReadings(
                try store.newestIdentities(limitPerChannel: IdentityWindow.capacity),
                sensors: Dictionary(
                    channels.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })))
        return desk
    }

    private static func makeWorker(
        _ around: Surroundings, gatewayID: String, archive: SQLiteArchive, ends: StreamEnds,
        progress: ProgressBoard, board: LiveBoard, logger: Logger, clock: any GatewayClock,
        intervals: @escaping @Sendable () -> Int64
    ) -> DeliveryWorker {
        DeliveryWorker(
            forwarder: around.target, appetite: .everything, archive: archive,
            composer: DeliveryComposer(
                gateway: gatewayID, offsetSeconds: { _ in 0 },
                sentences: { _ in .init(japanese: "", english: "") }),
            firstEnds: ends.positions, ends: ends, progress: progress,
            told: ToldBoard(), board: board, clock: clock, logger: logger,
            nanoseconds: intervals, jitter: { 0.5 })
    }

    private static func makeLane(
        _ sensors: [SensorDescription], _ channels: [SensorID: ChannelIndex], _ desk: DeviceDesk,
        _ gate: AcknowledgementGate
    ) -> (IntakeLane, ReadingHandler) {
        let sideLane = SideLane<SideMessage>(capacity: 64)
        let ends = SampleRing.make(capacity: 1024)
        let producer = ends.producer
        let lane = IntakeLane(name: "mqtt", consumer: ends.consumer, sideLane: sideLane, gate: gate)
        var routes: [SensorID: TopicMap.Channel] = [:]
        for sensor in sensors {
            routes[sensor.id] = channels[sensor.id].map {
                TopicMap.Channel(index: $0, rawUnit: sensor.rawUnit, isCamera: false)
            }
        }
        let handler = ReadingHandler(
            sourceName: "mqtt", samples: producer, sideLane: sideLane,
            topics: TopicBook(TopicMap(channels: routes, extraRoutes: [:])),
            greatestByteCount: 65_536,
            devices: ReadingHandler.Devices(registrar: desk, keys: desk.keys))
        return (lane, handler)
    }

    /// Does all that is to do now.
    ///
    /// - Returns: when there is more to do, in the world's milliseconds.
    func settle() async -> Int64 {
        var isBusy = true
        while isBusy, !faulty_files_are_dead() {
            isBusy = false
            if let wakeUp = session.turn() { wakeUps[0] = wakeUp } else { isBusy = true }
            if faulty_files_are_dead() { break }
            if let wakeUp = runner.turn() { wakeUps[1] = boot(wakeUp) } else { isBusy = true }
            if faulty_files_are_dead() { break }
            if mutant == .cursorOutsideTransaction { passWhatIsThere() }
            switch await worker.turn(&schedule) {
            case .attempt: isBusy = true
            case .wait(let deadline): wakeUps[2] = boot(deadline ?? .max)
            }
        }
        let next = wakeUps.map(clock.milliseconds(atNanoseconds:)).min() ?? .max
        return max(clock.milliseconds + 1, next)
    }

    /// Takes down as delivered what is only about to be.
    private func passWhatIsThere() {
        progress.note(
            TargetProgress(
                target: worker.forwarder.name, stream: .observations,
                position: streamEnds.positions.observations))
    }

    /// The boot's monotonic clock at a moment of the clock that decides intervals.
    private func boot(_ nanoseconds: Int64) -> Int64 {
        guard nanoseconds < .max else { return .max }
        // A moment before all others is now, too.
        return clock.nanoseconds + (max(nanoseconds, 0) - intervals())
    }

    /// Stops in good order.
    func stop() {
        runner.finish()
        try? store.close(at: clock.now())
    }

    /// Lets go of everything, as the kernel does for a process that was killed.
    func abandon() {
        commands.close()
        try? store.close()
    }
}

/// What one thread uses at a time, handed to a closure that could run on any.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
