import GatewayModel

extension ChannelState {
    /// Takes down the number of a reading that is to be kept. What firmware devices number the register
    /// follows, and lines of the gateway's own count their edges.
    mutating func noteNumber(of sample: Sample, _ observation: Observation) {
        guard sample.deviceID == 0, !sample.marks.contains(.isWithoutPayload) else { return }
        gaps.take(observation, of: sensor.id)
    }

    /// Goes on from the number of a stored reading.
    mutating func restoreGaps(_ observation: Observation) {
        guard observation.deviceID == 0 else { return }
        gaps.restore(observation, of: sensor.id)
    }

    /// Lets time pass for what is missing.
    ///
    /// - Returns: what is to be entered in the loss ledger now.
    mutating func stepGaps(at now: SteadyInstant) -> LossRecord? {
        gaps.step(at: now, of: sensor.id)
    }

    /// Waits for nothing any more.
    mutating func endGaps(at now: SteadyInstant) -> LossRecord? { gaps.end(at: now, of: sensor.id) }
}
