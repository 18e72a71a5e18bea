import GatewayModel
import GatewayPorts
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PipelineRunnerAdoptionTests {
    @Test func `a sensor that is adopted is measured from the next reading on`() async throws {
        let runner = try TestRunner(windowSeconds: 0.01)
        _ = runner.devices.admit(
            try deviceFrame(deviceB, at: "pole-1.level-2"), received: instant())
        try runner.start()
        let adopted = try AdoptedSensor.parse(
            "- { id: level-2, device: \(deviceB), kind: stage.radar, unit: m }", file: "lines",
            station: try #require(StationID("pole-1")))
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self)
        runner.commands.put(
            CommandQueue.Command(request: .device(.adoptNew(adopted), actor: "sato")) { result in
                continuation.yield((try? result.get()) != nil)
            })
        var iterator = answers.makeAsyncIterator()
        #expect(await iterator.next() == true)
        #expect(runner.store.batches.contains { $0.audit.map(\.action) == ["device.adopt"] })
        #expect(runner.listened.sensors.withLock { $0 } == [adopted.sensor.id: ChannelIndex(4)])
        #expect(runner.board.snapshot.stations.first?.sensors.last == adopted.sensor)
        #expect(runner.devices.device(of: adopted.sensor.id) == deviceB)
        runner.source.send(
            Sample(
                channel: ChannelIndex(4), rawValue: 0.4, received: instant(),
                identity: .sequence(bootCounter: 1, sequence: 0), deviceID: deviceB.number))
        #expect(eventually { runner.store.observations.map(\.value) == [0.4] })
        #expect(eventually { runner.board.snapshot.readings[adopted.sensor.id] != nil })
        #expect(runner.end())
    }
}
