import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct GatewayAlarmsTests {
    private let subject: AlarmSubject

    init() throws {
        subject = AlarmSubject(station: try testStation().id, rule: "system.line.rain")
    }

    private func condition(_ isFailing: Bool, at seconds: Double) -> SideMessage {
        .condition(
            SystemCondition(
                subject: subject, isFailing: isFailing, detail: "gpiochip0 is gone",
                time: instant(seconds).utc))
    }

    @Test func `a failed part raises an urgent alarm that the pages see, once`() throws {
        var pipeline = Pipeline(try testStart())
        pipeline.take(condition(false, at: 0))
        #expect(pipeline.output.batch.isEmpty && pipeline.takeNews().isEmpty)
        pipeline.take(condition(true, at: 1))
        pipeline.take(condition(true, at: 2))
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.failed])
        #expect(pipeline.output.isUrgent)
        #expect(pipeline.takeNews().hasNewAlarms)
        #expect(pipeline.alarms.map(\.subject) == [subject])
        #expect(!pipeline.isFlood, "a broken line is no flood")
        pipeline.take(condition(false, at: 3))
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.failed, .recovered])
    }

    @Test func `a station that nobody has configured is counted and passed over`() throws {
        var pipeline = Pipeline(try testStart())
        let stranger = AlarmSubject(
            station: try #require(StationID("elsewhere")), rule: "system.line.rain")
        pipeline.take(
            .condition(
                SystemCondition(
                    subject: stranger, isFailing: true, detail: "", time: instant().utc)))
        #expect(pipeline.output.batch.isEmpty && pipeline.alarms.isEmpty)
        #expect(pipeline.takeNews().counters == [.rejected(.unknownSensor): 1])
    }

    @Test func `a person acknowledges a system alarm as any other, and it goes on over a restart`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        pipeline.take(condition(true, at: 1))
        #expect(throws: CommandRefusal.self) {
            try pipeline.acknowledge(
                subject, occurrence: 2, by: "sato", comment: nil, at: instant(2).utc)
        }
        try pipeline.acknowledge(
            subject, occurrence: 1, by: "sato", comment: "直します", at: instant(2).utc)
        #expect(throws: CommandRefusal.alreadyAcknowledged(by: "sato")) {
            try pipeline.acknowledge(
                subject, occurrence: 1, by: "ito", comment: nil, at: instant(3).utc)
        }
        #expect(pipeline.output.batch.transitions.map(\.to) == [.active, .acknowledged])
        var start = try testStart()
        let gone = AlarmState(
            subject: AlarmSubject(
                station: try #require(StationID("elsewhere")), rule: "system.line.x"),
            occurrence: 1, phase: .active, openedAt: instant().utc, since: instant().utc)
        start.alarms = pipeline.alarms + [gone]
        var restarted = Pipeline(start)
        #expect(restarted.alarms == pipeline.alarms)
        restarted.take(condition(true, at: 4))
        #expect(restarted.output.batch.isEmpty)
        restarted.take(condition(false, at: 5))
        #expect(restarted.output.batch.transitions.map(\.from) == [.acknowledged])
    }

    @Test func `level alarms and system alarms do not answer for each other`() throws {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(1.2, sequence: 1))
        pipeline.take(condition(true, at: 1))
        try pipeline.acknowledge(
            subject, occurrence: 1, by: "sato", comment: nil, at: instant(2).utc)
        #expect(pipeline.alarms.map(\.phase) == [.active, .acknowledged])
    }
}
