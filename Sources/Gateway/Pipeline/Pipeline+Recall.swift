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
        // Trends and quality checks go on where they were: two readings after a restart in a flood say
        // nothing, and a spike or a leap would pass for the first of its kind.
        var history: [Observation] = []
        for sensor in stations.flatMap(\.sensors) {
            guard let channel = channels[sensor.id],
                let last = newest.first(where: { $0.channel == channel })
            else { continue }
            let milliseconds = Int64(Self.memorySeconds(of: sensor, at: stations) * 1000)
            let recent =
                try database?.observations(
                    of: channel, since: last.time.advanced(byMilliseconds: -milliseconds)) ?? []
            if sensor.speaksOfLevel, !recent.contains(where: \.isWordOnLevel) {
                // What it said of the level before it failed stands until it takes it back.
                history +=
                    try database?.lastWords(of: channel).filter { !recent.contains($0) } ?? []
            }
            history += recent
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

    /// How far back a sensor's readings are needed after a restart, in seconds: as far as its trend, its
    /// checks, three of its readings, and for a rain gauge a day and the checks of others look back; no
    /// farther than two days. The store gives 2000 readings of a sensor at most; of a longer window what is
    /// there is gone by.
    static func memorySeconds(of sensor: SensorDescription, at stations: [Station]) -> Double {
        let rain = stations.flatMap(\.sensors).compactMap(\.limits.multiVariate)
            .filter { $0.rainSensor == sensor.id }.map(\.rainWindowSeconds)
        let reaches =
            [
                Double(StageTrend.windowMinutes) * 60, sensor.limits.memorySeconds,
                3 * (sensor.expectedIntervalSeconds ?? 0), sensor.kind.isRain ? 86_400 : 0,
            ] + rain
        return min(reaches.max() ?? 0, QualityLimits.MultiVariate.longestRainSeconds)
    }
}

extension Observation {
    /// Whether it puts what its sensor says of the level in place of all that it said before.
    fileprivate var isWordOnLevel: Bool {
        value != nil && ![.suspect, .fail, .missing].contains(flag)
    }
}
