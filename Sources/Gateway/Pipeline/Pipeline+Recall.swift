import GatewayModel
import GatewayPorts
import Hydrology
import SQLiteStore

extension Pipeline.Start {
    /// Takes up what the store remembers.
    ///
    /// - Parameters:
    ///   - store: the database, or its stand-in, which remembers no readings.
    ///   - stations: all stations.
    ///   - channels: the store's numbers.
    ///   - remembered: what sensors said last in a run without a store.
    ///   - isSimulated: whether a demo or a drill runs.
    ///   - time: which device times are believed.
    ///   - calibrations: the versions of calibrations.
    /// - Throws: `AdapterFailure` where it cannot be read.
    init(
        recalling store: any ObservationStore, stations: [Station],
        channels: [SensorID: ChannelIndex], remembered: [Observation] = [],
        isSimulated: Bool, time: GatewayConfiguration.Time,
        calibrations: [SensorID: CalibrationHistory] = [:]
    ) throws(AdapterFailure) {
        let database = store as? SQLiteStore
        let newest = try store.newestObservations()
        // The trends go on where they were: two readings after a restart in a flood say nothing.
        let trendMilliseconds = StageTrend.windowMinutes * 60_000
        var history: [Observation] = []
        for sensor in stations.compactMap(\.stageSensor) {
            guard let channel = channels[sensor.id],
                let last = newest.first(where: { $0.channel == channel })
            else { continue }
            history +=
                try database?.observations(
                    of: channel, since: last.time.advanced(byMilliseconds: -trendMilliseconds))
                ?? []
        }
        self.init(
            stations: stations, channels: channels, isSimulated: isSimulated,
            oldestPlausible: time.oldest, futureToleranceSeconds: time.futureToleranceSeconds,
            alarms: try store.alarmStates(),
            identities: try store.newestIdentities(limitPerChannel: IdentityWindow.capacity),
            newest: history + newest + remembered,
            counted: try database?.counted(by: stations, channels: channels) ?? [],
            notified: try store.newestNotifiedDetections(), hidesPast: store.isSalvaging)
        self.calibrations = calibrations
    }
}
