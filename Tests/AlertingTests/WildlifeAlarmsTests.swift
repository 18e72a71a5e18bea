import Alerting
import GatewayModel
import Testing

@Suite struct WildlifeAlarmsTests {
    private let camera: SensorID

    init() throws { camera = try #require(SensorID("seiryuji-01.camera-1")) }

    private func now(_ seconds: Double) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(seconds * 1e9),
            utc: UTCInstant(milliseconds: Int64(seconds * 1000)), quality: .synchronised)
    }

    private func seen(_ species: String, at seconds: Double) -> Detection {
        Detection(
            camera: camera, eventID: "\(seconds)", species: species, confidence: 0.9,
            received: now(seconds))
    }

    private func alarms(cooldown: Double = 600, restoring: [AlarmState] = []) -> WildlifeAlarms {
        WildlifeAlarms(
            cameras: [
                camera: WildlifeRules(
                    minimumConfidence: 0.5, cooldownSeconds: cooldown, species: [])
            ], restoring: restoring)
    }

    @Test func `a troop before the lens is one alarm, and ends an hour after the last of it`() {
        var alarms = alarms()
        let opened = alarms.sight(seen("Monkey", at: 0), opens: true)
        #expect(opened?.cause == .sighted && opened?.to == .active && opened?.occurrence == 1)
        #expect(opened?.subject.rule == "wildlife.camera-1.monkey")
        for seconds in stride(from: 300.0, through: 3000, by: 300) {
            #expect(alarms.sight(seen("monkey", at: seconds), opens: false) == nil)
            #expect(alarms.step(at: now(seconds)).isEmpty)
        }
        var restarted = self.alarms(restoring: alarms.states)
        #expect(restarted == alarms)
        #expect(restarted.step(at: now(6599)).isEmpty)
        let over = restarted.step(at: now(6600))
        #expect(over.map(\.cause) == [.departed] && over.first?.to == .cleared)
        #expect(restarted.step(at: now(9999)).isEmpty)
        let again = restarted.sight(seen("monkey", at: 10_000), opens: true)
        #expect(again?.occurrence == 2 && again?.from == .cleared)
    }

    @Test func `what is not told opens nothing, and a long cooldown keeps the alarm longer`() {
        var alarms = alarms(cooldown: 7200)
        #expect(alarms.sight(seen("bear", at: 0), opens: false) == nil)
        #expect(alarms.states.isEmpty)
        _ = alarms.sight(seen("bear", at: 0), opens: true)
        #expect(alarms.step(at: now(14_399)).isEmpty)
        #expect(alarms.step(at: now(14_400)).count == 1)
    }

    @Test func `a person acknowledges it, once, while it is on`() throws {
        var alarms = alarms()
        let subject = AlarmSubject(camera: camera, species: "bear")
        #expect(throws: AcknowledgementRefusal.notOpen(subject)) {
            try alarms.acknowledge(subject, by: "sato", comment: nil, at: now(0).utc)
        }
        _ = alarms.sight(seen("bear", at: 0), opens: true)
        let known = try alarms.acknowledge(subject, by: "sato", comment: "出動", at: now(1).utc)
        #expect(known.from == .active && known.to == .acknowledged && known.comment == "出動")
        #expect(throws: AcknowledgementRefusal.alreadyAcknowledged(subject, by: "sato")) {
            try alarms.acknowledge(subject, by: "ito", comment: nil, at: now(2).utc)
        }
        #expect(alarms.step(at: now(3600)).map(\.from) == [.acknowledged])
    }

    @Test func `a camera that invents species fills no memory`() {
        var alarms = alarms()
        for index in 0..<1000 { _ = alarms.sight(seen("s\(index)", at: 0), opens: true) }
        #expect(alarms.states.count == WildlifeAlarms.subjectLimit + 1)
        #expect(alarms.subject(of: seen("new", at: 1)).rule == "wildlife.camera-1")
        #expect(alarms.subject(of: seen("s3", at: 1)).rule == "wildlife.camera-1.s3")
    }

    @Test func `restored without its last sighting it ends after the time from now`() {
        var first = alarms()
        _ = first.sight(seen("bear", at: 0), opens: true)
        var states = first.states
        states[0].holdSince = nil
        var alarms = alarms(restoring: states)
        #expect(alarms.step(at: now(5000)).isEmpty)
        #expect(alarms.step(at: now(8599)).isEmpty)
        #expect(alarms.step(at: now(8600)).count == 1)
    }
}
