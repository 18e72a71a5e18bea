import GatewayModel
import GatewayPorts
import SQLiteStore

/// A sensor's place in the pipeline, with what is stored of it.
struct KnownChannel: Sendable {
    var index: ChannelIndex
    /// The newest identities, oldest first.
    var identities: [StoredIdentity] = []
    /// The newest observations, the newest one last.
    var newest: [Observation] = []
    /// What a cumulative count received last, in the order of arrival.
    var counted: [Observation] = []
    /// Whether rows of a database that was set aside are still to come.
    var hidesPast = false
}

extension SQLiteStore {
    /// Gives a sensor its channel, and recalls what is stored of it; called on the writer's thread.
    func enter(_ sensor: SensorDescription) throws(AdapterFailure) -> KnownChannel {
        guard let index = try channels(of: [sensor])[sensor.id] else {
            throw AdapterFailure(
                .rejected, operation: "enter the sensor \(sensor.id)", cause: "it got no channel")
        }
        let isCounter = sensor.calibration.isCumulative
        return KnownChannel(
            index: index,
            identities: try newestIdentities(limitPerChannel: IdentityWindow.capacity)
                .filter { $0.channel == index },
            newest: try newestObservations().filter { $0.channel == index },
            counted: isCounter ? try newestArrivals(of: index, limit: Self.countedReadings) : [],
            hidesPast: isSalvaging)
    }
}
