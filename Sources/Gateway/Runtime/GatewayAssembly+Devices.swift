import GatewayModel
import GatewayPorts
import Logging
import MQTTSource
import SQLiteStore

extension GatewayAssembly {
    /// The register of devices, and how it is copied out of the database's reach.
    struct DeviceParts {
        var desk: DeviceDesk
        var writeMirror: @Sendable () async -> Void
        var keepModes: () -> Void
    }

    /// Makes the register from what is remembered.
    static func makeDevices(
        _ runtime: GatewayRuntime, store: any ObservationStore, channels: [SensorID: ChannelIndex]
    ) throws(AdapterFailure) -> DeviceParts {
        let configuration = runtime.configuration
        let sensors = configuration.stations.flatMap(\.sensors).filter { !$0.kind.isCamera }
        let mirror = DeviceMirror(
            statePath: configuration.gateway.statePath, logger: runtime.logger)
        let modes = ModeMirror(
            statePath: configuration.gateway.statePath, logger: runtime.logger)
        let known = Set(configuration.stations.map(\.id))
        let desk = DeviceDesk(
            sensors: sensors, adopted: configuration.adopted,
            records: mirror.complete(
                try store.deviceRecords(), now: runtime.options.clock.now().utc),
            commands: try store.deviceCommands(),
            modes: modes.read().filter { known.contains($0.key) },
            keys: DeviceKeys(settings: configuration.keys, logger: runtime.logger))
        desk.restore(
            storedReadings(
                try store.newestIdentities(limitPerChannel: IdentityWindow.capacity),
                sensors: Dictionary(
                    channels.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })))
        let writeMirror: @Sendable () async -> Void = {
            // It waits for the disk, which a shared thread must not.
            await NamedThread.run("device-mirror") {
                mirror.write { desk.devices.map(\.record) }
            }
        }
        return DeviceParts(desk: desk, writeMirror: writeMirror) { modes.write(desk.modes) }
    }

    /// Makes sensors of devices while the gateway runs.
    static func makeAdoption(_ runtime: GatewayRuntime, desk: DeviceDesk) -> SensorAdoption {
        SensorAdoption(
            files: AdoptedSensors(statePath: runtime.configuration.gateway.statePath), desk: desk,
            stations: { [board = runtime.board] in board.snapshot.stations })
    }

    /// Lets the sources take a new sensor's readings.
    static func listening(
        with topics: TopicBook, at stations: [Station]
    ) -> (SensorDescription, ChannelIndex) -> Void {
        { sensor, index in
            let station = stations.first { $0.id == sensor.id.station }
            topics.update { $0.add(sensor.id, topicChannel(sensor, index, at: station)) }
        }
    }

    /// What is wrong with the configuration, files of adopted sensors included: those that cannot be
    /// used are set aside now.
    static func configurationTrouble(_ runtime: GatewayRuntime) -> String? {
        let options = runtime.options
        let files = AdoptedSensors(statePath: runtime.configuration.gateway.statePath)
        let sentences = files.setAsideUnusable(at: options.clock.now().utc)
        for sentence in sentences { runtime.logger.critical("\(sentence)") }
        let all = [options.configurationTrouble].compactMap(\.self) + sentences
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    /// The readings of devices among what was stored.
    static func storedReadings(
        _ identities: [StoredIdentity], sensors: [ChannelIndex: SensorID]
    ) -> [StoredReading] {
        identities.compactMap { stored in
            guard stored.deviceID != 0, let sensor = sensors[stored.channel],
                case .sequence(let boot, let sequence) = stored.identity
            else { return nil }
            return StoredReading(
                sensor: sensor, deviceID: stored.deviceID, bootCounter: boot, sequence: sequence,
                time: stored.time, wantsAcknowledgement: false)
        }
    }
}
