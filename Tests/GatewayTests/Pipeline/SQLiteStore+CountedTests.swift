import GatewayModel
import GatewayPorts
import SQLiteStore
import TestSupport
import Testing

@testable import Gateway

@Suite struct CountedTests {
    @Test func `a counter goes on over a restart although its clock was set back`() throws {
        let directory = try TemporaryDirectory()
        var station = try testStation()
        station.sensors[1].calibration = Calibration(form: .counter(scale: 0.5), unit: "mm")
        func run(_ readings: [(count: Double, sequence: UInt32, at: Double)]) throws -> [Double?] {
            let (store, _, _) = try SQLiteStore.open(
                directory: directory.path, gatewayID: "g", bootID: "b", now: instant())
            let channels = try store.channels(of: station.sensors)
            let rain = try #require(channels[station.sensors[1].id])
            var start = try testStart()
            start.stations = [station]
            start.channels = channels
            start.newest = try store.newestObservations()
            start.counted = try store.counted(by: [station], channels: channels)
            #expect(start.counted.allSatisfy { $0.channel == rain })
            var pipeline = Pipeline(start)
            try pipeline.take(stage(0.5, at: 1))
            for reading in readings {
                try pipeline.take(
                    Sample(
                        channel: rain, rawValue: reading.count, received: instant(reading.at),
                        identity: .sequence(bootCounter: 1, sequence: reading.sequence)),
                    past: .none)
            }
            let values = pipeline.output.batch.observations.filter { $0.channel == rain }
            _ = try store.commit(pipeline.output.batch)
            try store.close()
            return values.map(\.value)
        }
        #expect(try run([(100, 1, 9000), (104, 2, 60)]) == [0, 2])
        #expect(try run([(110, 3, 120)]) == [3])
    }
}
