import Alerting
import GatewayModel

/// What the pipeline wants measured at once, and who was told.
extension Pipeline {
    /// The sensors that are to be told to measure at once, because a level is unconfirmed by them; those
    /// since the last call.
    mutating func takeMeasurementWishes() -> [SensorID] {
        guard !measurementWishes.isEmpty else { return [] }
        defer { measurementWishes = [] }
        return measurementWishes.sorted()
    }

    /// Takes down that a sensor was told to measure at once, by whomever: what it says then is an answer.
    ///
    /// - Parameters:
    ///   - sensor: the sensor.
    ///   - moment: when the command went out.
    mutating func didAskToMeasure(_ sensor: SensorID, at moment: SteadyInstant) {
        for index in channels.indices where channels[index]?.sensor.id == sensor {
            channels[index]?.measureNow.didAsk(at: moment)
        }
    }
}
