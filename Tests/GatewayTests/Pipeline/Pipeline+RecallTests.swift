import GatewayModel
import Testing

@testable import Gateway

@Suite struct PipelineRecallTests {
    @Test func `readings are recalled as far back as trend, checks and others look`() throws {
        var stations = [try testStation()]
        func memory(_ index: Int) -> Double {
            Pipeline.Start.memorySeconds(of: stations[0].sensors[index], at: stations)
        }
        #expect(memory(0) == 1800)
        stations[0].sensors[0].expectedIntervalSeconds = 3600
        #expect(memory(0) == 10_800)
        stations[0].sensors[0].limits.flatLine = .init(
            tolerance: 0.001, suspectSeconds: 21_600, failSeconds: 43_200)
        #expect(memory(0) == 43_200)
        stations[0].sensors[0].limits.attenuatedSignal = .init(
            measure: .range, periodSeconds: 604_800, suspectThreshold: 1, failThreshold: 0)
        #expect(memory(0) == 172_800, "no farther than two days")
        #expect(memory(1) == 86_400)
        stations[0].sensors[0].limits.multiVariate = .init(
            rainSensor: try testSensorID("pole-1.rain"), riseThreshold: 1, windowSeconds: 600,
            rainThresholdMillimetres: 1, rainWindowSeconds: 90_000, greatestAgeSeconds: 600)
        #expect(memory(1) == 90_000)
    }
}
