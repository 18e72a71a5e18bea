import GatewayModel
import GatewayPorts

/// What a run without a store has made, on its way into the store that could be opened at last.
///
/// Readings of sensors that the broker keeps the originals of are left out: they come again. Cursors
/// of targets are left out too, for that run knew of no rows.
struct CarriedOver: Sendable {
    var observations: [(sensor: SensorID, observation: Observation)] = []
    var transitions: [AlarmTransition] = []
    var peaks: [AlarmPeak] = []
    var handlings: [(subject: AlarmSubject, record: HandlingRecord)] = []
    var detections: [Detection] = []
    var losses: [LossRecord] = []
    /// What each sensor said last. It is not stored; it tells that what comes from the broker now is
    /// older than what the alarms know.
    var newest: [(sensor: SensorID, observation: Observation)] = []

    /// Sorts out what waits.
    ///
    /// - Parameters:
    ///   - batch: what waits for its commit.
    ///   - channels: that run's numbers.
    ///   - lineSensors: the sensors on the machine's own lines, whose readings come once.
    ///   - newest: the newest reading of each sensor.
    ///   - losses: what the ledger is to say of the time without a store.
    init(
        _ batch: StoreBatch, channels: [SensorID: ChannelIndex], lineSensors: Set<SensorID>,
        newest: [(sensor: SensorID, observation: Observation)], losses: [LossRecord]
    ) {
        self.newest = newest
        let sensors = Dictionary(
            channels.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        observations = batch.observations.compactMap { observation in
            guard let sensor = sensors[observation.channel], lineSensors.contains(sensor) else {
                return nil
            }
            return (sensor, observation)
        }
        transitions = batch.transitions
        peaks = Array(batch.peaks.values)
        handlings = batch.handlings.map { ($0.key, $0.value) }
        detections = batch.detections
        self.losses = batch.losses + losses
    }

    /// Both, this one first.
    func followed(by later: CarriedOver) -> CarriedOver {
        var both = self
        both.observations += later.observations
        both.transitions += later.transitions
        both.peaks += later.peaks
        both.handlings += later.handlings
        both.detections += later.detections
        both.losses += later.losses
        both.newest = later.newest
        return both
    }

    /// The newest readings under the store's numbers.
    func remembered(channels: [SensorID: ChannelIndex]) -> [Observation] {
        newest.compactMap { Self.renumbered($0.observation, of: $0.sensor, channels) }
    }

    private static func renumbered(
        _ observation: Observation, of sensor: SensorID, _ channels: [SensorID: ChannelIndex]
    ) -> Observation? {
        channels[sensor].map { channel in
            var observation = observation
            observation.channel = channel
            return observation
        }
    }

    /// The batch that brings everything into the store.
    ///
    /// - Parameters:
    ///   - channels: the store's numbers.
    ///   - alarms: the alarms as the store has them.
    /// - Returns: the batch, without cursors and without anything of the devices' register.
    func batch(channels: [SensorID: ChannelIndex], alarms: [AlarmState]) -> StoreBatch {
        var batch = StoreBatch()
        batch.observations = observations.compactMap {
            Self.renumbered($0.observation, of: $0.sensor, channels)
        }
        let shifts = self.shifts(alarms)
        batch.transitions = transitions.map { transition in
            var transition = transition
            transition.occurrence += shifts[transition.subject] ?? 0
            return transition
        }
        for peak in peaks {
            var peak = peak
            peak.occurrence += shifts[peak.subject] ?? 0
            batch.peaks[peak.subject] = peak
        }
        for (subject, record) in handlings {
            var record = record
            record.occurrence += shifts[subject] ?? 0
            batch.handlings[subject] = record
        }
        batch.detections = detections
        batch.losses = losses
        return batch
    }

    /// How far the occurrences of each alarm have to move, because the run without a store could not
    /// know how often it had been raised: an alarm that the store has open goes on, another begins
    /// after the last one.
    private func shifts(_ alarms: [AlarmState]) -> [AlarmSubject: UInt32] {
        var shifts: [AlarmSubject: UInt32] = [:]
        for transition in transitions where shifts[transition.subject] == nil {
            guard let stored = alarms.first(where: { $0.subject == transition.subject }) else {
                shifts[transition.subject] = 0
                continue
            }
            let isOpening = transition.from == .normal || transition.from == .cleared
            let next = stored.occurrence + (isOpening && !stored.isOpen ? 1 : 0)
            shifts[transition.subject] =
                next > transition.occurrence ? next - transition.occurrence : 0
        }
        return shifts
    }
}
