import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct ConfiguredPartsTests {
    private let folder: ConfigurationFolder
    private let configuration: GatewayConfiguration

    init() throws {
        folder = try ConfigurationFolder()
        try folder.write(
            "stations/one.yaml",
            """
            station: { id: pole-1, name: 一番, river: 川 }
            sensors:
              - { id: stage, kind: stage.radar, unit: m }
              - { id: lid, kind: contact.tamper, unit: state }
              - { id: eye, kind: camera }
            levels: { caution: 1, danger: 2 }
            """)
        try folder.write(
            "stations/two.yaml",
            """
            station: { id: pole-2, name: 二番, river: 川 }
            sensors: [{ id: rain, kind: rain.tipping, unit: mm }]
            levels: { caution: 1 }
            """)
        try folder.write("ca.pem", "")
        configuration = try folder.load(
            """
            gateway: { id: g }
            stations: [stations/*.yaml]
            mqtt: { host: 127.0.0.1, tls: { ca_file: ca.pem } }
            gpio:
              inputs: [{ sensor: pole-1.lid, line: LID }]
              outputs: [{ name: lamp, station: pole-1, line: LAMP, level: danger }]
            forward:
              - { name: hub, type: mqtt, host: hub.example.jp }
              - name: hook
                type: webhook
                url: https://example.jp/hook
            notify: [{ name: mail, type: email, from: a@example.jp, to: [b@example.jp] }]
            """)
    }

    private func subject(_ rule: String, at station: String = "pole-1") throws -> AlarmSubject {
        AlarmSubject(station: try #require(StationID(station)), rule: rule)
    }

    @Test(arguments: [
        ("level.caution", true), ("level.danger", true), ("level.overflow", false),
        ("system.line.lid", true), ("system.line.stage", false), ("system.output.lamp", true),
        ("system.output.siren", false), ("system.target.hub", true), ("system.target.hook", true),
        ("system.target.mail", true), ("system.target.gone", false),
        ("system.certificate.mqtt", true), ("system.certificate.hub", false),
        ("system.silent.stage", true), ("system.silent.gone", false), ("system.silent.eye", false),
        ("system.battery.stage", true), ("system.battery.gone", false),
        ("system.clock.stage", true), ("system.clock.gone", false), ("system.clock", true),
        ("system.tamper.lid", true), ("system.tamper.stage", false), ("system.broker", true),
        ("system.records", true), ("system.later", true), ("system.later.thing", true),
        ("wildlife.eye.bear", true), ("wildlife.gone.bear", true),
        ("drill.level.overflow", true), ("drill.exercise", true),
    ])
    func `an alarm has something left that can end it, or has not`(
        rule: String, isThere: Bool
    ) throws {
        let parts = ConfiguredParts(configuration, stations: configuration.stations)
        #expect(parts.has(try subject(rule)) == isThere)
    }

    @Test func `the gateway's own matters belong to its first station, and none to a former one`()
        throws
    {
        let parts = ConfiguredParts(configuration, stations: configuration.stations)
        for rule in ["system.broker", "system.target.hub", "system.disk", "system.line.lid"] {
            #expect(try !parts.has(subject(rule, at: "pole-2")), "\(rule)")
        }
        #expect(try !parts.has(subject("level.caution", at: "pole-2")), "nothing measures it")
        #expect(try parts.has(subject("system.silent.rain", at: "pole-2")))
        for rule in ["level.caution", "system.silent.stage", "wildlife.eye.bear"] {
            #expect(try !parts.has(subject(rule, at: "pole-3")), "\(rule)")
        }
    }

    // MARK: - What becomes of the alarms

    private func state(
        _ rule: String, _ phase: AlarmPhase = .active, isTold: Bool = true,
        at station: String = "pole-1"
    ) throws -> AlarmState {
        var state = AlarmState(
            subject: try subject(rule, at: station), occurrence: 3, phase: phase,
            openedAt: instant(-60).utc, since: instant(-60).utc, holdSince: instant(-60).steady)
        state.handling.isTold = isTold
        state.handling.unknownSince = instant(-60).steady
        return state
    }

    private func start(_ alarms: [AlarmState], isWhole: Bool = true) -> Pipeline.Start {
        var start = Pipeline.Start(
            stations: configuration.stations, channels: [:],
            oldestPlausible: UTCInstant(milliseconds: 0), futureToleranceSeconds: 300,
            alarms: alarms)
        start.alarmRules = AlarmRules(escalationSeconds: 60)
        if isWhole {
            start.configured = ConfiguredParts(
                configuration, stations: configuration.stations)
        }
        return start
    }

    @Test func `what is not configured any more ends at the start, told to whom its beginning was`()
        throws
    {
        let alarms = [
            try state("level.caution", .acknowledged), try state("level.overflow"),
            try state("level.standby", .pending, isTold: false), try state("system.silent.gone"),
            try state("system.silent.stage"), try state("wildlife.eye.bear", at: "pole-3"),
        ]
        var pipeline = Pipeline(start(alarms))
        pipeline.closeUnconfiguredAlarms(at: instant(5, quality: .unknown))
        let told = pipeline.output.batch.transitions
        #expect(
            told.map(\.subject.rule) == [
                "level.overflow", "level.standby", "system.silent.gone", "wildlife.eye.bear",
            ])
        #expect(told.allSatisfy { $0.cause == .configurationChanged && $0.to == .cleared })
        #expect(told.allSatisfy { $0.occurrence == 3 && $0.time == instant(5).utc })
        #expect(told.allSatisfy { $0.isTimeUncertain })
        #expect(told.map(\.from) == [.active, .pending, .active, .active])
        #expect(told.map(\.isQuiet) == [false, true, false, false])
        #expect(Set(pipeline.output.batch.handlings.keys) == Set(told.map(\.subject)))
        #expect(pipeline.output.isUrgent && pipeline.takeNews().hasNewAlarms)
        #expect(
            pipeline.alarms.filter(\.isOpen).map(\.subject.rule)
                == ["level.caution", "system.silent.stage"])
        // Once: nobody is reminded of it, and a part that comes back opens a new alarm.
        pipeline.closeUnconfiguredAlarms(at: instant(6))
        pipeline.step(at: instant(7200))
        let later = pipeline.output.batch.transitions.dropFirst(told.count)
        #expect(later.map(\.subject.rule) == ["system.silent.stage"], "it alone is told again")
        pipeline.take(
            .condition(
                SystemCondition(
                    subject: try subject("system.silent.gone"), isFailing: true, detail: "",
                    at: instant(7300))))
        let again = try #require(pipeline.output.batch.transitions.last)
        #expect(again.cause == .failed && again.from == .cleared && again.occurrence == 4)
    }

    @Test func `a level that nothing measures any more ends, and begins anew with a sensor`()
        throws
    {
        var start = start([try state("level.caution")])
        start.stations[0].sensors.removeFirst()
        start.configured = ConfiguredParts(configuration, stations: start.stations)
        var pipeline = Pipeline(start)
        pipeline.closeUnconfiguredAlarms(at: instant())
        #expect(pipeline.output.batch.transitions.map(\.cause) == [.configurationChanged])
        #expect(!pipeline.isFlood)
        let sensor = try #require(configuration.stations[0].stageSensor)
        pipeline.add(sensor, KnownChannel(index: ChannelIndex(1)))
        try pipeline.take(
            Sample(channel: ChannelIndex(1), rawValue: 1.5, received: instant(60)), past: .none)
        let risen = try #require(pipeline.output.batch.transitions.last)
        #expect(risen.cause == .reached && risen.occurrence == 4 && risen.from == .cleared)
    }

    @Test func `where the configuration could not be read whole nothing ends`() throws {
        let alarms = [try state("system.silent.gone"), try state("level.caution")]
        var pipeline = Pipeline(start(alarms, isWhole: false))
        pipeline.closeUnconfiguredAlarms(at: instant())
        #expect(pipeline.output.batch.isEmpty)
        #expect(pipeline.alarms.count { $0.isOpen } == 2)
    }
}
