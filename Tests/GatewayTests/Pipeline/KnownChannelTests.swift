import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct KnownChannelTests {
    private func radar() throws -> SensorDescription {
        SensorDescription(
            id: try testSensorID("pole-1.level-2"), kind: SensorKind("stage.radar"), rawUnit: "m",
            calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "m"))
    }

    private func sample(_ channel: ChannelIndex, _ value: Double, sequence: UInt32) -> Sample {
        Sample(
            channel: channel, rawValue: value, received: instant(Double(sequence)),
            identity: .sequence(bootCounter: 1, sequence: sequence), deviceID: 0xB2)
    }

    @Test func `a sensor that was measured before knows what is stored of it`() throws {
        let directory = try TemporaryDirectory()
        let (store, _, _) = try SQLiteStore.open(
            directory: directory.path, gatewayID: "g", bootID: "b", now: instant())
        let start = try testStart()
        _ = try store.channels(of: start.stations[0].sensors)
        var first = Pipeline(start)
        let new = try store.enter(try radar())
        #expect(new.index == ChannelIndex(4) && new.identities.isEmpty && !new.hidesPast)
        first.add(try radar(), new)
        try first.take(sample(new.index, 0.4, sequence: 7))
        _ = try store.commit(first.output.batch)

        var second = Pipeline(start)
        try second.take(sample(new.index, 0.4, sequence: 7))
        #expect(second.output.batch.observations.isEmpty, "nobody has adopted it")
        let known = try store.enter(try radar())
        #expect(known.index == new.index)
        second.add(try radar(), known)
        #expect(second.live(known.index)?.reading.observation.value == 0.4)
        try second.take(sample(known.index, 0.4, sequence: 7))
        #expect(second.output.batch.observations.isEmpty, "it is stored already")
        try second.take(sample(known.index, 0.5, sequence: 8))
        #expect(second.output.batch.observations.map(\.value) == [0.5])
        try store.close()
    }
}
