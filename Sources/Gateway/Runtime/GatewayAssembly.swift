import Alerting
import Console
import Forwarding
import Foundation
import GPIOSource
import GatewayModel
import GatewayPorts
import Hydrology
import Logging
import MQTTSource
import SampleRing
import SQLiteStore

/// The parts of one run of the gateway, made from the configuration and wired to one another.
final class GatewayAssembly: Sendable {
    /// A ring outlasts ten seconds of a stalled SD card at 800 readings a second: 8192 slots of
    /// 64 bytes are half a megabyte.
    private static let ringCapacity = 8192
    static let sideLaneCapacity = 512

    /// Ends the pipeline; its loop also tells the watchdog by it that it lives.
    let stop = StopFlag()
    /// Ends the sources, earlier, so that the last commit holds all that they handed over.
    private let sourceStop = StopFlag()
    let archive: any ObservationArchive
    /// Tells when the database turns out to be damaged. One for each run: waiting ends it.
    let corruption = CorruptionSignal()
    let commands: CommandQueue
    let workers: [DeliveryWorker]
    let adapters: [AdapterLoop]
    let pages: ConsoleServer
    private let runner: Handover<PipelineRunner>
    private let opened: Handover<OpenedStore>
    private let bell: Doorbell
    private let clock: any GatewayClock
    private let logger: Logger

    init(_ runtime: GatewayRuntime, _ opened: OpenedStore) async throws(AdapterFailure) {
        let configuration = runtime.configuration
        let clock = runtime.options.clock
        logger = runtime.logger
        self.clock = clock
        self.opened = Handover(opened)
        let (store, archive) = (opened.store, opened.archive)
        clock.restore(opened.database?.clockAnchor)
        self.archive = archive
        Self.clear(runtime.board, stations: opened.calibrations.stations)
        let calibrations = CalibrationDesk(opened.ledger)
        let bell = try Doorbell()
        self.bell = bell
        let publisher = MQTTPublisher(
            name: "mqtt-publisher",
            settings: try AdapterCatalog.session(configuration.mqtt, role: "-publisher"),
            bell: try Doorbell())
        let channels = opened.channels
        let (spool, spoolTrouble) = Self.openSpool(runtime, opened)
        let devices = try Self.makeDevices(runtime, store: store, channels: channels)
        let topics = TopicBook(Self.topics(configuration, channels))
        let intake = try Self.makeIntake(
            runtime, topics: topics, spool: spool, devices: devices.desk, bell: bell,
            stop: sourceStop)
        if opened.failure != nil { for lane in intake.lanes { lane.gate.refuse(true) } }
        let ear = try Self.makeEar(
            runtime, topics: topics, devices: devices.desk, bell: bell, stop: sourceStop)
        let lines = try Self.makeLines(runtime, channels: channels, bell: bell, stop: sourceStop)
        commands = CommandQueue(
            bell: bell, relays: lines.relays,
            adoption: Self.makeAdoption(runtime, desk: devices.desk),
            mirrorDevices: devices.writeMirror)
        adapters =
            intake.sources + lines.sources + [
                ear.source,
                AdapterLoop(
                    adapter: publisher, bell: publisher.bell, stop: sourceStop, logger: logger),
            ]
        let ends = StreamEnds(try store.positions())
        let progress = ProgressBoard(saved: try await archive.progress())
        workers = Self.makeWorkers(
            runtime, archive: archive, firstEnds: opened.ends, ends: ends, progress: progress)
        for worker in workers {
            runtime.board.update { $0.targets.append(TargetStatus(name: worker.forwarder.name)) }
        }
        let messages = DeviceMessages(
            publish: publisher.publish, keys: devices.desk.keys, clock: clock)
        let trouble = Self.configurationTrouble(runtime)
        let parts = PipelineRunner.Parts(
            store: store, lanes: intake.lanes + lines.lanes + [ear.lane], bell: bell,
            board: runtime.board, commands: commands, progress: progress,
            targetNames: workers.filter { $0.appetite == .everything }.map(\.forwarder.name),
            ends: ends, devices: devices.desk, calibrations: calibrations,
            enter: opened.enter, listen: Self.listening(with: topics, at: configuration.stations),
            keepModes: devices.keepModes, acknowledge: messages.acknowledge, send: messages.send,
            tellTime: { _ = messages.answer($0) },
            alarmsHaveChanged: Self.tellRelays(lines.relays, runtime),
            storeBytes: { Self.fileBytes(in: configuration.gateway.statePath) }, clock: clock,
            windows: CommitSchedule.Windows(configuration.commit), stop: stop,
            room: Self.makeRoomKeeper(configuration, opened, spool: spool),
            conditions: try Self.conditions(runtime, opened, trouble, spool: spoolTrouble),
            watch: Self.makeWatch(runtime, desk: devices.desk),
            drills: try Self.makeDrills(runtime, opened), openingFailure: opened.failure,
            storeIsDown: ear.listens.set, whenCorrupt: corruption.report, logger: logger)
        runner = Handover(
            PipelineRunner(parts: parts, pipeline: try Self.makePipeline(runtime, opened, trouble)))
        pages = Self.makePages(
            runtime, archive: archive, commands: commands, spool: spool, lines: lines.board,
            devices: devices.desk, calibrations: calibrations)
    }

    // MARK: - Running and ending

    /// Whether the store could not be opened.
    var isWithoutStore: Bool { opened.value.failure != nil }

    /// Runs the pipeline on a thread of its own until `stopPipeline`.
    func runPipeline() async {
        let runner = runner
        await NamedThread.run("pipeline") { runner.value.run() }
    }

    /// Makes the sources' threads end.
    func stopSources() {
        sourceStop.raise()
        for loop in adapters {
            loop.adapter.stop()
            loop.bell.ring()
        }
    }

    /// Makes the pipeline's thread commit what is left and end.
    func stopPipeline() {
        stop.raise()
        bell.ring()
    }

    /// Closes the file; everything else has ended.
    func close() {
        do {
            try opened.value.close(at: clock.now())
        } catch {
            logger.error("the store could not be closed in order: \(error)")
        }
    }

    /// What the run has made and no store has; everything has ended.
    func carriedOver(lineSensors: Set<SensorID>) -> CarriedOver {
        runner.value.carriedOver(
            channels: opened.value.channels, lineSensors: lineSensors)
    }
}

extension GatewayAssembly {
    /// The bytes of the database and its log.
    private static func fileBytes(in statePath: String) -> Int64 {
        ["kawamori.db", "kawamori.db-wal"].reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: "\(statePath)/\(name)")
            return sum + (attributes?[.size] as? Int64 ?? 0)
        }
    }
}

// MARK: - Making the parts

extension GatewayAssembly {
    private static func makePipeline(
        _ runtime: GatewayRuntime, _ opened: OpenedStore, _ trouble: String?
    ) throws(AdapterFailure) -> Pipeline {
        let configuration = runtime.configuration
        var start = try Pipeline.Start(
            recalling: opened.store, stations: opened.calibrations.stations,
            channels: opened.channels, remembered: opened.remembered,
            isSimulated: runtime.options.isSimulated, time: configuration.time,
            calibrations: opened.calibrations.histories)
        start.alarmRules = configuration.alarms
        // Where a part of the configuration cannot be read, nobody has taken anything away.
        if trouble == nil, !runtime.options.isSimulated {
            start.configured = ConfiguredParts(
                configuration, stations: opened.calibrations.stations)
        }
        return Pipeline(start)
    }

    private static func makeIntake(
        _ runtime: GatewayRuntime, topics: TopicBook, spool: PictureSpool?,
        devices: DeviceDesk, bell: Doorbell, stop: StopFlag
    ) throws(AdapterFailure) -> (lanes: [IntakeLane], sources: [AdapterLoop]) {
        // Where no picture can be kept, their events wait at the broker.
        let hasCameras =
            spool != nil
            && runtime.configuration.stations.contains { station in
                station.sensors.contains { $0.kind.isCamera }
            }
        var lanes: [IntakeLane] = []
        var sources: [AdapterLoop] = []
        for forCameras in hasCameras ? [false, true] : [false] {
            let (lane, source) = try makeSession(
                runtime, topics: topics, devices: devices, bell: bell, stop: stop,
                spool: forCameras ? spool : nil)
            lanes.append(lane)
            sources.append(source)
        }
        return (lanes, sources)
    }

    /// One session with its lane: for cameras where there is a spool, else for readings.
    private static func makeSession(
        _ runtime: GatewayRuntime, topics: TopicBook, devices: DeviceDesk, bell: Doorbell,
        stop: StopFlag, spool: PictureSpool?
    ) throws(AdapterFailure) -> (IntakeLane, AdapterLoop) {
        let mqtt = runtime.configuration.mqtt
        let name = spool == nil ? "mqtt" : "mqtt-camera"
        let windows = CommitSchedule.Windows(runtime.configuration.commit)
        let gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: bell,
            commitWindowNanoseconds: windows.floodNanoseconds)
        let sideLane = SideLane<SideMessage>(capacity: sideLaneCapacity)
        // Cameras send no samples; the smallest ring stands in for theirs.
        let ends = SampleRing.make(capacity: spool == nil ? ringCapacity : 2)
        let producer = ends.producer
        let lane = IntakeLane(name: name, consumer: ends.consumer, sideLane: sideLane, gate: gate)
        let handler: any MessageHandler
        if let spool {
            handler = CameraHandler(
                sourceName: name, samples: producer, sideLane: sideLane, topics: topics.topics,
                greatestByteCount: mqtt.greatestMessageByteCount
            ) { picture throws(AdapterFailure) in
                let kept = try spool.store(
                    picture.bytes, mediaType: picture.mediaType, camera: picture.camera,
                    eventID: picture.eventID)
                return (kept.image, kept.removedCount)
            }
        } else {
            handler = ReadingHandler(
                sourceName: name, samples: producer, sideLane: sideLane, topics: topics,
                greatestByteCount: mqtt.greatestMessageByteCount,
                devices: ReadingHandler.Devices(registrar: devices, keys: devices.keys))
        }
        let session = MQTTSession(
            name: name,
            settings: try AdapterCatalog.session(mqtt, role: spool == nil ? "" : "-camera"),
            subscriptions: topics.topics.subscriptions(forCameras: spool != nil), gate: gate,
            clock: runtime.options.clock, handler: handler)
        let loop = AdapterLoop(
            adapter: session, bell: gate.sourceBell, stop: stop, logger: runtime.logger)
        return (lane, loop)
    }

    private static func topics(
        _ configuration: GatewayConfiguration, _ channels: [SensorID: ChannelIndex]
    ) -> TopicMap {
        var known: [SensorID: TopicMap.Channel] = [:]
        for station in configuration.stations {
            for sensor in station.sensors {
                known[sensor.id] = channels[sensor.id].map { topicChannel(sensor, $0, at: station) }
            }
        }
        return TopicMap(
            channels: known, extraRoutes: AdapterCatalog.routes(configuration.topics))
    }

    static func topicChannel(
        _ sensor: SensorDescription, _ index: ChannelIndex, at station: Station?
    ) -> TopicMap.Channel {
        var channel = TopicMap.Channel(
            index: index, rawUnit: sensor.rawUnit, isCamera: sensor.kind.isCamera)
        if let position = station?.position, let limits = sensor.limits.location {
            channel.place = (position, limits)
        }
        return channel
    }

    private static func makeWorkers(
        _ runtime: GatewayRuntime, archive: any ObservationArchive, firstEnds: StreamPositions,
        ends: StreamEnds, progress: ProgressBoard
    ) -> [DeliveryWorker] {
        let configuration = runtime.configuration
        let clock = runtime.options.clock
        let composer = DeliveryComposer(
            gateway: configuration.gateway.id,
            offsetSeconds: { configuration.station($0)?.offsetSeconds ?? 0 },
            sentences: { stored in sentences(of: stored, in: configuration) })
        let worker = { (forwarder: any Forwarder, appetite: DeliveryWorker.Appetite) in
            DeliveryWorker(
                forwarder: forwarder, appetite: appetite, archive: archive, composer: composer,
                firstEnds: firstEnds, ends: ends, progress: progress, told: runtime.told,
                board: runtime.board,
                clock: clock, logger: runtime.logger)
        }
        var workers: [DeliveryWorker] = []
        for target in configuration.forward {
            do {
                let forwarder = try AdapterCatalog.forwarder(
                    target, composer: composer, clock: clock)
                workers.append(worker(forwarder, .everything))
            } catch {
                leaveOut(target.name, runtime, error)
            }
        }
        for target in configuration.notify {
            do {
                let notifier = try AdapterCatalog.notifier(
                    target, gateway: configuration.gateway.id, clock: clock)
                let forwarder = NoticeForwarder(
                    notifier: notifier, stations: configuration.stations,
                    leastEscalation: target.afterReminders)
                workers.append(worker(forwarder, .notices))
            } catch {
                leaveOut(target.name, runtime, error)
            }
        }
        return workers
    }

    /// Shows a target that cannot be set up; the river is measured without it.
    private static func leaveOut(
        _ name: String, _ runtime: GatewayRuntime, _ failure: AdapterFailure
    ) {
        runtime.logger.error("target \(name) is left out until a restart: \(failure)")
        var status = TargetStatus(name: name)
        status.isReachable = false
        status.lastFailure = failure.description
        runtime.board.update { $0.targets.append(status) }
    }

    private static func sentences(
        of stored: StoredTransition, in configuration: GatewayConfiguration
    ) -> DeliveryComposer.Sentences {
        guard let station = configuration.station(stored.transition.subject.station) else {
            return DeliveryComposer.Sentences(japanese: "", english: "")
        }
        let sentence = AlarmSentence(
            transition: stored.transition, station: station, isSimulated: stored.isSimulated,
            isStored: stored.isStored)
        return DeliveryComposer.Sentences(japanese: sentence.japanese, english: sentence.english)
    }
}
