import GatewayModel
import GatewayPorts
import SampleRing
import Testing

@testable import Gateway

/// One source as a test plays it: hands over, then announces.
final class TestSource {
    private var producer: SampleRing.Producer
    let lane: IntakeLane
    let gate: AcknowledgementGate
    let sideLane: SideLane<SideMessage>
    private var number: UInt64 = 0

    init(
        name: String = "mqtt", kind: IntakeLane.Kind = .acknowledged, capacity: Int = 4096,
        sideLaneCapacity: Int = 16, pipelineBell: Doorbell? = nil
    ) throws {
        let ends = SampleRing.make(capacity: capacity)
        producer = ends.producer
        sideLane = SideLane(capacity: sideLaneCapacity)
        gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: try pipelineBell ?? Doorbell(),
            commitWindowNanoseconds: 1)
        lane = IntakeLane(
            name: name, kind: kind, consumer: ends.consumer, sideLane: sideLane, gate: gate)
    }

    @discardableResult
    func push(_ sample: Sample) -> Bool { producer.push(sample) }

    func announce() {
        number += 1
        gate.announce(number)
    }

    /// One message with one sample.
    func send(_ sample: Sample) {
        push(sample)
        announce()
    }
}

@Suite struct IntakeLaneTests {
    @Test func `what was announced before a whole drain is taken`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        #expect(try source.lane.drain(into: &pipeline, past: .none))
        #expect(source.lane.takenNumber == 0)
        source.send(stage(0.5, sequence: 1))
        source.sideLane.pushNow(.detection(try detection("bear")))
        source.send(stage(0.5, sequence: 2))
        #expect(try source.lane.drain(into: &pipeline, past: .none))
        #expect(source.lane.takenNumber == 2)
        #expect(pipeline.output.batch.observations.count == 2)
        #expect(pipeline.output.batch.detections.count == 1)
        #expect(pipeline.takeNews().counters[.samples(source: "mqtt")] == 2)
    }

    @Test func `what is not yet announced is in the batch and not in the number`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        source.push(stage(0.5, sequence: 1))
        #expect(try source.lane.drain(into: &pipeline, past: .none))
        #expect(pipeline.output.batch.observations.count == 1)
        #expect(source.lane.takenNumber == 0)
        source.announce()
        #expect(try source.lane.drain(into: &pipeline, past: .none))
        #expect(source.lane.takenNumber == 1)
    }

    @Test func `a drain that leaves something behind takes no number`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1...1500 { source.push(stage(0.5, sequence: sequence)) }
        source.announce()
        #expect(try !source.lane.drain(into: &pipeline, past: .none))
        #expect(source.lane.takenNumber == 0)
        #expect(pipeline.output.batch.observations.count == 1024)
        #expect(try source.lane.drain(into: &pipeline, past: .none))
        #expect(source.lane.takenNumber == 1)
        #expect(pipeline.output.batch.observations.count == 1500)
    }

    @Test func `what is announced during a drain waits for the next`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1000..<1256 { source.push(stage(0.5, sequence: sequence)) }
        source.send(stage(0.5, sequence: 1))
        let past = PastReadings.answering { _ throws(AdapterFailure) in
            // The ring is empty here; its message and number come too late for this drain.
            source.announce()
            return .absent
        }
        let isEmpty = try source.lane.drain(into: &pipeline, past: past)
        #expect(isEmpty)
        #expect(source.lane.takenNumber == 1)
        #expect(source.gate.announced == 2)
    }

    @Test func `a look-up that fails loses nothing and takes no number`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1000..<1256 { source.push(stage(0.5, sequence: sequence)) }
        source.push(stage(0.5, sequence: 1))
        source.send(stage(0.5, sequence: 2000))
        let failure = AdapterFailure(.inputOutput, operation: "look up", cause: "disk")
        #expect(throws: failure) {
            try source.lane.drain(
                into: &pipeline, past: .answering { _ throws(AdapterFailure) in throw failure })
        }
        #expect(source.lane.takenNumber == 0)
        #expect(pipeline.output.batch.observations.count == 256)
        source.send(stage(0.5, sequence: 2001))
        // The kept ones come first; what waits in the ring comes after them.
        var isEmpty = try source.lane.drain(into: &pipeline, past: .none)
        #expect(!isEmpty)
        #expect(pipeline.output.batch.observations.count == 258)
        isEmpty = try source.lane.drain(into: &pipeline, past: .none)
        #expect(isEmpty)
        #expect(source.lane.takenNumber == 2)
        #expect(pipeline.output.batch.observations.count == 259)
        #expect(pipeline.takeNews().counters[.samples(source: "mqtt")] == 259)
    }

    @Test func `a request counts once everything that its source waits for is taken`() throws {
        let source = try TestSource()
        var pipeline = Pipeline(try testStart())
        for sequence: UInt32 in 1...1500 { source.push(stage(0.5, sequence: sequence)) }
        source.announce()
        source.gate.requestCommit()
        _ = try source.lane.drain(into: &pipeline, past: .none)
        source.lane.takeCommitRequest()
        #expect(!source.lane.isCommitDue)
        // A commit that comes in between does not use the request up.
        source.lane.confirm()
        _ = try source.lane.drain(into: &pipeline, past: .none)
        source.lane.takeCommitRequest()
        #expect(source.lane.isCommitDue)
        source.lane.confirm()
        #expect(!source.lane.isCommitDue)
        #expect(source.gate.committed == 1)
    }

    @Test func `what ring and side lane refuse becomes a loss, once`() throws {
        let source = try TestSource(capacity: 2, sideLaneCapacity: 1)
        var pipeline = Pipeline(try testStart())
        for second in 0..<5 { source.push(stage(0.5, at: Double(second))) }
        source.sideLane.pushNow(.detection(try detection("bear")))
        source.sideLane.pushNow(.detection(try detection("boar")))
        _ = try source.lane.drain(into: &pipeline, past: .none)
        _ = try source.lane.drain(into: &pipeline, past: .none)
        #expect(
            pipeline.output.batch.losses == [
                LossRecord(
                    source: "mqtt", cause: .ringFull, from: instant(2).utc, to: instant(4).utc,
                    count: 3),
                LossRecord(
                    source: "mqtt", cause: .sideLaneFull, from: instant().utc, to: instant().utc,
                    count: 1),
            ])
        #expect(
            source.lane.status
                == RingStatus(source: "mqtt", capacity: 2, highWaterMark: 2, refusedCount: 4))
    }
}

extension SideLane {
    /// Pushes what a test knows to be received at its first instant.
    func pushNow(_ element: Element) { _ = push(element, receivedUTC: instant().utc) }
}
