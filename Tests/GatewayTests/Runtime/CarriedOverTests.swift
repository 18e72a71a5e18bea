import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct CarriedOverTests {
    private func transition(
        _ level: FloodLevel, _ occurrence: UInt32, from: AlarmPhase, to: AlarmPhase
    ) throws -> AlarmTransition {
        AlarmTransition(
            subject: AlarmSubject(station: try testStation().id, level: level),
            occurrence: occurrence, from: from, to: to, time: instant().utc, cause: .reached)
    }

    private func state(_ level: FloodLevel, _ occurrence: UInt32, _ phase: AlarmPhase) throws
        -> AlarmState
    {
        AlarmState(
            subject: AlarmSubject(station: try testStation().id, level: level),
            occurrence: occurrence, phase: phase, openedAt: instant(-100).utc,
            since: instant(-100).utc)
    }

    private func observation(_ channel: UInt32) -> Observation {
        Observation(
            channel: ChannelIndex(channel), time: instant().utc, deviceTime: nil,
            received: instant(), rawValue: 1, value: 1, flag: .good, report: QualityReport(),
            errorCode: 0, calibrationVersion: 1, identity: .none, marks: [])
    }

    @Test func `readings of lines come along under the store's numbers, those of brokers do not`()
        throws
    {
        let level = try testSensorID("pole-1.level")
        let rain = try testSensorID("pole-1.rain")
        var batch = StoreBatch()
        batch.observations = [observation(1), observation(2), observation(1)]
        batch.progress = [TargetProgress(target: "city", stream: .observations, position: 0)]
        let loss = LossRecord(
            source: "store", cause: .storeDown, from: instant().utc, to: instant(9).utc, count: 0)
        let carried = CarriedOver(
            batch, channels: [level: ChannelIndex(1), rain: ChannelIndex(2)],
            lineSensors: [level], newest: [(rain, observation(2))], losses: [loss])
        let store = [level: ChannelIndex(7), rain: ChannelIndex(1)]
        #expect(carried.remembered(channels: store).map(\.channel) == [ChannelIndex(1)])
        let kept = carried.batch(
            channels: store, alarms: [])
        #expect(kept.observations.map(\.channel) == [ChannelIndex(7), ChannelIndex(7)])
        #expect(kept.progress.isEmpty, "that run's cursors say nothing of the store's rows")
        #expect(kept.losses == [loss])
    }

    @Test func `an alarm goes on from what the store knows of it`() throws {
        var batch = StoreBatch()
        batch.transitions = [
            try transition(.caution, 1, from: .normal, to: .active),
            try transition(.danger, 1, from: .normal, to: .active),
            try transition(.danger, 1, from: .active, to: .cleared),
            try transition(.danger, 2, from: .cleared, to: .active),
            try transition(.standby, 4, from: .active, to: .cleared),
            try transition(.overflow, 1, from: .normal, to: .active),
        ]
        let peak = AlarmPeak(subject: batch.transitions[0].subject, occurrence: 1, metres: 3)
        batch.peaks[peak.subject] = peak
        let carried = CarriedOver(batch, channels: [:], lineSensors: [], newest: [], losses: [])
        let kept = carried.batch(
            channels: [:],
            alarms: [
                try state(.caution, 5, .active), try state(.danger, 3, .cleared),
                try state(.standby, 4, .active),
            ])
        // Open already: the same alarm. Over: the next ones. Known: as it is.
        #expect(kept.transitions.map(\.occurrence) == [5, 4, 4, 5, 4, 1])
        #expect(kept.peaks.values.map(\.occurrence) == [5])
    }

    @Test func `two runs without a store come one after the other`() throws {
        var first = StoreBatch()
        first.transitions = [try transition(.danger, 1, from: .normal, to: .active)]
        var second = StoreBatch()
        second.transitions = [try transition(.danger, 1, from: .active, to: .cleared)]
        let carried = { (batch: StoreBatch) in
            CarriedOver(batch, channels: [:], lineSensors: [], newest: [], losses: [])
        }
        let both = carried(first).followed(by: carried(second))
        #expect(both.transitions.map(\.to) == [.active, .cleared])
    }
}
