import GatewayModel
import Testing

@testable import Gateway

@Suite struct PipelineMeasureNowTests {
    private let level: SensorID
    private var pipeline: Pipeline

    init() throws {
        level = try testSensorID("pole-1.level")
        pipeline = Pipeline(try testStart())
    }

    private mutating func take(_ metres: Double, at seconds: Double) throws -> [AlarmPhase] {
        try pipeline.take(stage(metres, at: seconds), past: .none)
        return pipeline.alarms.map(\.phase)
    }

    @Test mutating func `a doubted sensor is to be asked, at most once a minute`() throws {
        _ = try take(0.5, at: 0)
        #expect(pipeline.takeMeasurementWishes() == [])
        for second in [10.0, 20, 69.9] { _ = try take(3.1, at: second) }
        #expect(pipeline.takeMeasurementWishes() == [level])
        #expect(pipeline.takeMeasurementWishes() == [])
        _ = try take(3.1, at: 70)
        #expect(pipeline.takeMeasurementWishes() == [level])
    }

    @Test mutating func `what comes after the asking confirms, and without it time does`() throws {
        #expect(try take(3.1, at: 0) == [.pending, .pending])
        var asked = self
        asked.pipeline.didAskToMeasure(level, at: instant(1).steady)
        #expect(try take(3.1, at: 5) == [.pending, .pending])
        #expect(try asked.take(3.1, at: 5) == [.active, .active])
        #expect(try take(3.1, at: 599) == [.pending, .pending])
        #expect(try take(3.1, at: 600) == [.active, .active])
    }

    @Test mutating func `a sensor that is described anew was asked all the same`() throws {
        _ = try take(3.1, at: 0)
        pipeline.didAskToMeasure(level, at: instant(1).steady)
        let sensor = try testStation().sensors[0]
        pipeline.add(sensor, KnownChannel(index: levelChannel))
        #expect(try take(3.1, at: 5) == [.active, .active])
    }
}
