import GatewayModel
import SQLiteStore

extension SQLiteStore {
    /// How many readings of a channel tell how far it had counted: a day and more at one a minute,
    /// and with them the counts of the boots that a device may still have readings of.
    static let countedReadings = 2000

    /// What the channels with a cumulative count received last, in the order of arrival, so that
    /// they go on counting over a restart.
    func counted(
        by stations: [Station], channels: [SensorID: ChannelIndex]
    ) throws(AdapterFailure) -> [Observation] {
        var counted: [Observation] = []
        for sensor in stations.flatMap(\.sensors) {
            guard sensor.calibration.isCumulative, let channel = channels[sensor.id] else {
                continue
            }
            counted += try newestArrivals(of: channel, limit: Self.countedReadings)
        }
        return counted
    }
}
