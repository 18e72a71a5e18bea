import Foundation
import GatewayModel
import GatewayPorts
import Logging
import MQTTSource
import SQLiteStore
import SampleRing

/// What keeps the gateway going without a store, and the disk from filling.
extension GatewayAssembly {
    /// The ear hears what is published now, a few readings at a time.
    private static let earRingCapacity = 2048

    /// What listens while the store is down.
    struct EarParts {
        var lane: IntakeLane
        var source: AdapterLoop
        var listens: ListeningSwitch
    }

    /// Makes the session that hears readings while the acknowledged one keeps away.
    static func makeEar(
        _ runtime: GatewayRuntime, topics: TopicBook, devices: DeviceDesk, bell: Doorbell,
        stop: StopFlag
    ) throws(AdapterFailure) -> EarParts {
        let mqtt = runtime.configuration.mqtt
        let name = "mqtt-listener"
        let sideLane = SideLane<SideMessage>(capacity: sideLaneCapacity)
        let ends = SampleRing.make(capacity: earRingCapacity)
        let producer = ends.producer
        let listens = try ListeningSwitch()
        // Nothing is acknowledged through this gate; the lane wants one all the same.
        let gate = AcknowledgementGate(
            sourceBell: listens.bell, pipelineBell: bell, commitWindowNanoseconds: 1)
        let session = ListeningSession(
            name: name, settings: try AdapterCatalog.session(mqtt, role: "-listener"),
            subscriptions: topics.topics.subscriptions(forCameras: false), listens: listens,
            pipelineBell: bell, clock: runtime.options.clock,
            handler: ReadingHandler(
                sourceName: name, samples: producer, sideLane: sideLane, topics: topics,
                greatestByteCount: mqtt.greatestMessageByteCount,
                devices: ReadingHandler.Devices(registrar: devices, keys: devices.keys)))
        return EarParts(
            lane: IntakeLane(
                name: name, kind: .overheard, consumer: ends.consumer, sideLane: sideLane,
                gate: gate),
            source: AdapterLoop(
                adapter: session, bell: listens.bell, stop: stop, logger: runtime.logger),
            listens: listens)
    }

    /// Shows the stations, and forgets what the run before showed, where there was one.
    static func clear(_ board: LiveBoard, stations: [Station]) {
        board.update { live in
            live.stations = stations
            live.targets = []
            live.sources = []
            live.drills = []
            live.store.failure = nil
            live.store.downSince = nil
        }
    }

    /// What is the matter at the start.
    static func conditions(
        _ runtime: GatewayRuntime, _ opened: OpenedStore, _ trouble: String?, spool: String?
    ) throws(AdapterFailure) -> [SystemCondition] {
        StartConditions(
            opening: opened.report, configurationTrouble: trouble, spoolTrouble: spool,
            alarms: try opened.store.alarmStates(),
            stations: runtime.configuration.stations.map(\.id),
            at: runtime.options.clock.now()
        ).all
    }

    /// Opens the spool; without it the gateway runs, and cameras wait at the broker.
    static func openSpool(
        _ runtime: GatewayRuntime, _ opened: OpenedStore
    ) -> (spool: PictureSpool?, trouble: String?) {
        guard opened.failure == nil else { return (nil, nil) }
        let configuration = runtime.configuration
        do {
            return (
                try PictureSpool(
                    directory: configuration.gateway.statePath + "/spool",
                    byteLimit: configuration.retention.spoolMegabytes * 1_000_000), nil
            )
        } catch {
            runtime.logger.critical("pictures cannot be kept, and cameras wait: \(error)")
            return (nil, error.description)
        }
    }

    /// Watches the disk of the state directory; nil where there is no store on it.
    static func makeRoomKeeper(
        _ configuration: GatewayConfiguration, _ opened: OpenedStore, spool: PictureSpool?
    ) -> RoomKeeper? {
        guard let database = opened.database else { return nil }
        return RoomKeeper(
            lowWaterBytes: Int64(configuration.retention.lowWaterMegabytes) * 1_000_000,
            spool: spool, freeBytes: { database.freeBytes })
    }
}
