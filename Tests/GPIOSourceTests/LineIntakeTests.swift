import GatewayModel
import GatewayPorts
import SampleRing
import Testing

@testable import GPIOSource

@Suite struct LineIntakeTests {
    private let gate: AcknowledgementGate
    private let lane = SideLane<SideMessage>(capacity: 2)
    private let now = UTCInstant(milliseconds: 0)
    private let condition: SideMessage

    init() throws {
        gate = AcknowledgementGate(
            sourceBell: try Doorbell(), pipelineBell: try Doorbell(), commitWindowNanoseconds: 1)
        let station = try #require(StationID("pole-1"))
        condition = .condition(
            SystemCondition(
                subject: AlarmSubject(station: station, rule: "system.line.rain-1"),
                isFailing: true, detail: "", time: now, isTimeUncertain: false))
    }

    private func sample(_ value: Double) -> Sample {
        Sample(
            channel: ChannelIndex(1), rawValue: value,
            received: GatewayInstant(
                monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: Int64(value)),
                quality: .unknown))
    }

    @Test func `a full lane is not asked, so that it counts no loss`() {
        let ends = SampleRing.make(capacity: 2)
        let producer = ends.producer
        let intake = LineIntake(samples: producer, sideLane: lane, gate: gate)
        let isTaken = (0..<3).map { _ in intake.offer(condition, at: now) }
        #expect(isTaken == [true, true, false])
        #expect(lane.takeRefusals() == nil)
        _ = ends.consumer
    }

    @Test func `a full ring refuses and counts`() {
        let ends = SampleRing.make(capacity: 2)
        let producer = ends.producer
        var consumer = ends.consumer
        let intake = LineIntake(samples: producer, sideLane: lane, gate: gate)
        intake.push(sample(1))
        #expect(intake.hasRoom)
        intake.push(sample(2))
        #expect(!intake.hasRoom)
        intake.push(sample(3))
        let refusals = consumer.takeRefusals()
        #expect(refusals?.count == 1)
        #expect(refusals?.first.milliseconds == 3)
        var drained: [Sample] = []
        _ = consumer.drain(max: 9, into: &drained)
        #expect(drained.map(\.rawValue) == [1, 2])
    }

    @Test func `the bell is rung once for all that was handed over, and not for nothing`() {
        let ends = SampleRing.make(capacity: 16)
        let producer = ends.producer
        let intake = LineIntake(samples: producer, sideLane: lane, gate: gate)
        intake.announce()
        #expect(gate.announced == 0)
        #expect(!gate.pipelineBell.clear())
        for value in 0..<3 { intake.push(sample(Double(value))) }
        _ = intake.offer(condition, at: now)
        #expect(!gate.pipelineBell.clear())
        intake.announce()
        #expect(gate.announced == 1)
        #expect(gate.pipelineBell.clear())
        intake.announce()
        #expect(gate.announced == 1)
        _ = ends.consumer
    }
}
