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
                at: instant(seconds)))
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
                    subject: stranger, isFailing: true, detail: "", at: instant())))
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

    @Test func `what people do with an alarm is stored with its step and goes on over a restart`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        pipeline.step(at: instant(0))
        pipeline.take(condition(true, at: 1))
        let shelve = AlarmRequest.shelve(seconds: 600, reason: "修理中")
        func handle(_ request: AlarmRequest, at seconds: Double) throws -> Bool {
            try pipeline.handle(
                request, of: subject, occurrence: 1, by: "sato", at: instant(seconds))
        }
        #expect(try handle(shelve, at: 2))
        #expect(try !handle(shelve, at: 3), "asked again")
        #expect(throws: CommandRefusal.self) { try handle(.shelve(seconds: 9, reason: "x"), at: 4) }
        #expect(throws: CommandRefusal.self) {
            try pipeline.handle(.unshelve, of: subject, occurrence: 2, by: "x", at: instant(4))
        }
        let batch = pipeline.output.batch
        #expect(batch.transitions.map(\.cause) == [.failed, .shelved])
        #expect(batch.handlings[subject]?.handling.shelf?.actor == "sato")
        #expect(batch.essentials.handlings.count == 1 && pipeline.output.isUrgent)
        var start = try testStart()
        start.alarms = pipeline.alarms
        var restarted = Pipeline(start)
        #expect(restarted.alarms == pipeline.alarms)
        restarted.take(condition(false, at: 10))
        restarted.take(condition(true, at: 20))
        #expect(restarted.output.batch.transitions.map(\.isQuiet) == [false, true])
        restarted.step(at: instant(601))
        #expect(restarted.output.batch.transitions.count == 2)
        restarted.step(at: instant(602))
        let back = try #require(restarted.output.batch.transitions.last)
        #expect(back.cause == .shelfExpired && !back.isQuiet && back.occurrence == 2)
        #expect(restarted.takeNews().hasNewAlarms)
        #expect(
            restarted.output.batch.handlings[subject]
                == HandlingRecord(
                    occurrence: 2,
                    handling: try #require(restarted.alarms.first { $0.subject == subject })
                        .handling))
    }

    @Test func `an unconfirmed rise is stored and wakes nobody, and nobody can silence it`() throws
    {
        var pipeline = Pipeline(try testStart())
        try pipeline.take(stage(3.1, at: 0, sequence: 1), past: .none)
        #expect(pipeline.alarms.map(\.phase) == [.pending, .pending])
        #expect(pipeline.output.batch.transitions.map(\.isQuiet) == [true, true])
        let rise = try #require(pipeline.alarms.first).subject
        for (request, refusal) in [
            (nil, "acknowledge the alarm once it is on"),
            (AlarmRequest.shelve(seconds: 600, reason: "x"), "put the alarm aside once it is on"),
        ] {
            let refused = #expect(throws: CommandRefusal.self) {
                guard let request else {
                    try pipeline.acknowledge(
                        rise, occurrence: 1, by: "sato", comment: nil, at: instant(1).utc)
                    return
                }
                _ = try pipeline.handle(
                    request, of: rise, occurrence: 1, by: "sato", at: instant(1))
            }
            guard case .notPossible(let why) = refused else {
                Issue.record("\(String(describing: refused))")
                continue
            }
            #expect(why.hasSuffix(refusal), "\(why)")
        }
        try pipeline.take(stage(0.5, at: 2, sequence: 2), past: .none)
        let ends = pipeline.output.batch.transitions.suffix(2)
        #expect(ends.map(\.cause) == [.refuted, .refuted] && ends.allSatisfy(\.isQuiet))
    }

    @Test func `an animal is an alarm that the picture tells of, until none was seen for an hour`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        pipeline.take(.detection(try detection("tanuki", confidence: 0.4)))
        #expect(pipeline.alarms.isEmpty)
        pipeline.take(.detection(try detection("bear", at: 1)))
        pipeline.take(.detection(try detection("bear", at: 30)))
        let animal = AlarmSubject(camera: try testSensorID("pole-1.camera"), species: "bear")
        #expect(pipeline.output.batch.transitions.map(\.subject) == [animal])
        #expect(pipeline.output.batch.transitions.map(\.isQuiet) == [true])
        #expect(pipeline.output.batch.holds[animal]?.since == instant(30).steady)
        #expect(!pipeline.isFlood)
        try pipeline.acknowledge(
            animal, occurrence: 1, by: "sato", comment: "出動", at: instant(40).utc)
        var start = try testStart()
        start.alarms = pipeline.alarms
        var restarted = Pipeline(start)
        #expect(restarted.alarms == pipeline.alarms)
        restarted.step(at: instant(3629))
        #expect(restarted.output.batch.transitions.isEmpty)
        restarted.step(at: instant(3630))
        let over = try #require(restarted.output.batch.transitions.first)
        #expect(over.cause == .departed && !over.isQuiet, "whoever was told is told of the end")
    }

    @Test func `an animal whose alarm is put aside is kept, wakes nobody, and begins no cooldown`()
        throws
    {
        var pipeline = Pipeline(try testStart())
        pipeline.take(.detection(try detection("monkey", at: 0)))
        let animal = AlarmSubject(camera: try testSensorID("pole-1.camera"), species: "monkey")
        _ = try pipeline.handle(
            .shelve(seconds: 600, reason: "追い払い中"), of: animal, occurrence: 1, by: "sato",
            at: instant(10))
        pipeline.take(.detection(try detection("monkey", at: 590)))
        pipeline.take(.detection(try detection("bear", at: 591)))
        pipeline.step(at: instant(610))
        pipeline.take(.detection(try detection("monkey", at: 611)))
        #expect(
            pipeline.output.batch.detections.map(\.verdict)
                == [.notified, .shelved, .notified, .notified])
    }

    @Test func `a level whose threshold is gone is not told again`() throws {
        var start = try testStart()
        var forgotten = AlarmState(
            subject: AlarmSubject(station: start.stations[0].id, level: .overflow), occurrence: 1,
            phase: .active, openedAt: instant().utc, since: instant().utc)
        forgotten.handling.unknownSince = instant().steady
        start.alarms = [forgotten]
        start.alarmRules = AlarmRules(escalationSeconds: 60)
        var pipeline = Pipeline(start)
        pipeline.step(at: instant(3600))
        #expect(pipeline.output.batch.isEmpty && pipeline.alarms.isEmpty)
    }

    @Test func `a flood that nobody acknowledges is told again by the rules of the gateway`() throws
    {
        var start = try testStart()
        start.alarmRules = AlarmRules(escalationSeconds: 900, escalationLimit: 1)
        var pipeline = Pipeline(start)
        try pipeline.take(stage(2.2, at: 0, sequence: 1))
        pipeline.step(at: instant(899))
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.reached, .reached])
        pipeline.step(at: instant(901))
        pipeline.step(at: instant(9000))
        let reminder = pipeline.output.batch.transitions.dropFirst(2)
        #expect(reminder.map(\.subject.level) == [.danger] && reminder.first?.escalation == 1)
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

/// A lid's contact that is not on the machine's own lines.
@Suite struct TamperTests {
    private let lid: SensorID
    private let channel = ChannelIndex(9)
    private var pipeline: Pipeline

    init() throws {
        lid = try testSensorID("pole-1.lid")
        var start = try testStart()
        start.stations[0].sensors.append(
            SensorDescription(
                id: lid, kind: SensorKind("contact.tamper"), rawUnit: "state",
                calibration: Calibration(form: .linear(offset: 0, scale: 1), unit: "state"),
                limits: QualityLimits(
                    grossRange: .init(fail: .init(low: 0, high: 1), suspect: nil))))
        start.channels[lid] = channel
        pipeline = Pipeline(start)
    }

    private mutating func take(
        _ state: Double, at seconds: Double, device: Double? = nil, errorCode: UInt16 = 0,
        quality: ClockQuality = .synchronised, keeping: Pipeline.Keeping = .row
    ) throws {
        try pipeline.take(
            Sample(
                channel: channel, rawValue: state, received: instant(seconds, quality: quality),
                deviceTime: device.map { instant($0).utc }, errorCode: errorCode), past: .none,
            keeping: keeping)
    }

    @Test mutating func `an open lid is an alarm until it is closed, once`() throws {
        try take(0, at: 0)
        #expect(pipeline.output.batch.transitions.isEmpty)
        for second in [60.0, 120] { try take(1, at: second) }
        let opened = try #require(pipeline.output.batch.transitions.first)
        #expect(pipeline.output.batch.transitions.count == 1)
        #expect(opened.subject.rule == "system.tamper.lid" && opened.cause == .failed)
        #expect(opened.time == instant(60).utc && !opened.isTimeUncertain)
        #expect(pipeline.output.isUrgent && pipeline.takeNews().hasNewAlarms)
        try take(0, at: 180, quality: .unknown)
        let closed = try #require(pipeline.output.batch.transitions.last)
        #expect(closed.cause == .recovered && closed.isTimeUncertain)
        #expect(pipeline.output.batch.transitions.count == 2)
    }

    @Test mutating func `what failed, or came late, says nothing of the lid`() throws {
        try take(.nan, at: 0, errorCode: 7)
        try take(5, at: 10)
        #expect(pipeline.output.batch.transitions.isEmpty)
        try take(1, at: 100, device: 90)
        try take(0, at: 110, device: 20)
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.failed])
        try take(.nan, at: 120, device: 120, errorCode: 7)
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.failed])
    }

    @Test mutating func `a lid that is opened while the store is down is told`() throws {
        try take(1, at: 0, keeping: .judgement)
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.failed])
        #expect(pipeline.output.batch.observations.isEmpty)
    }
}
