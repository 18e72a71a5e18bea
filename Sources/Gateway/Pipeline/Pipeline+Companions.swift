import GatewayModel
import QualityControl

/// What a channel's calibration and checks learn from the other channels of its station.
extension Pipeline {
    /// What the sensor behind a companion says at a time; nil where it says nothing of that age.
    func value(of companion: Companion?, at measured: SteadyInstant) -> Double? {
        guard let source = companion?.source, let index = companions[source.sensor] else {
            return nil
        }
        return channels[index]?.companion?.value(
            at: measured, greatestAgeSeconds: source.greatestAgeSeconds)
    }

    /// What other sensors say at the time of a reading, and how it came in.
    func context(
        of sample: Sample, _ observation: Observation, _ channel: ChannelState,
        measured: SteadyInstant
    ) -> QualityContext {
        let limits = channel.sensor.limits
        var context = QualityContext(
            rangeEnd: channel.rangeEnd(observation), isWhole: channel.isWhole(sample, observation),
            location: channel.location(sample))
        if let neighbor = limits.neighbor, let index = companions[neighbor.sensor] {
            context.neighbour = channels[index]?.measurement?.value(
                at: measured, greatestAgeSeconds: neighbor.greatestAgeSeconds)
        }
        if let artefact = limits.temperatureArtefact, let index = companions[artefact.sensor] {
            context.celsius = channels[index]?.measurement?.value(
                at: measured, greatestAgeSeconds: artefact.greatestAgeSeconds)
        }
        if let rise = limits.multiVariate, let index = companions[rise.rainSensor] {
            context.rainMillimetres = channels[index]?.rain?.millimetres(
                ofSeconds: rise.rainWindowSeconds, before: measured,
                greatestAgeSeconds: rise.greatestAgeSeconds, enough: rise.rainThresholdMillimetres)
        }
        return context
    }
}
